"""The engine side of PocketSphinx: options, model files, open decoders and their pool, means."""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from irene import ProviderFailedError, Samples, find_model

OPEN_SEARCH = "_default"
"""the engine's name of the search that its language model drives"""
_MEAN = "irene-mean"


@dataclass(frozen=True)
class PocketSphinxOptions:
    """The `[asr.providers.pocketsphinx]` table."""

    model: str = field(default="", metadata={"path": "model"})
    """path or name of a model folder; empty: US English, inside the package"""
    language: str = "en"
    """BCP 47 tag of the model"""
    dictionary: str = field(default="", metadata={"path": "model"})
    """path of a pronunciation dictionary; empty: the `*.dict` in the model folder"""
    language_model: str = field(default="", metadata={"path": "model"})
    """path of an n-gram model; empty: the `*.lm.bin` in the model folder"""
    mean_window_ms: int = 1500
    """audio heard before decoding begins, from which the microphone's colour is learnt, ms"""
    language_weight: float = 6.5
    """weight of the language model against the sound; higher prefers common phrases"""
    word_insertion_penalty: float = 0.65
    """below 1 prefers fewer, longer words"""
    beam: float = 1e-48
    """hypotheses less likely than this, relative to the best, are dropped"""
    word_beam: float = 7e-29
    """the same where words end"""
    max_hmms_per_frame: int = 3000
    """most sounds that are followed at a time; fewer is faster, 30000 is the engine's own"""
    gaussians: int = 2
    """densities of each sound that are evaluated; 4 is the engine's own"""
    second_pass: bool = True
    """whether the utterance is searched again among the words found, when it is over"""
    grammar_beam: float = 1e-80
    """the beam within a grammar, where wide ones are cheap"""
    grammar_word_beam: float = 1e-60
    """the same where words end"""
    grammar_weight: float = 3.0
    """weight of the penalties for silence and for each word within a grammar, against the sound;
    the engine gives the grammar's own probabilities a weight of 1, whatever stands here"""
    least_confidence: float = 0.5
    """sentences of a grammar that are less sure, 0 to 1, count as something else that was said"""


@dataclass(frozen=True)
class ModelFiles:
    """The three parts of a model."""

    acoustic: Path
    dictionary: Path
    language_model: Path


def locate_model(options: PocketSphinxOptions) -> ModelFiles:
    """Return the parts of the model that the options name, or of the one inside the package.

    Raises:
        FileNotFoundError: a part is not there; the message names it.
    """
    if options.model:
        folder = find_model("pocketsphinx", options.model)
        if folder is None:
            raise FileNotFoundError(f"model {options.model!r} is not installed")
    else:
        spec = importlib.util.find_spec("pocketsphinx")
        package = Path((spec and spec.origin) or "").parent
        folder = package / "model" / "en-us"
    return _parts_of(folder, options)


def _parts_of(folder: Path, options: PocketSphinxOptions) -> ModelFiles:
    """Return the parts of the model in a folder.

    Raises:
        FileNotFoundError: one is not there; the message names it.
    """
    mdefs = sorted([*folder.glob("mdef"), *folder.glob("*/mdef")])
    models = (path for path in folder.glob("*.lm.bin") if "phone" not in path.name)
    dictionary = options.dictionary or min(map(str, folder.glob("*.dict")), default="")
    language_model = options.language_model or min(map(str, models), default="")
    if not mdefs:
        raise FileNotFoundError(f"{folder} holds no acoustic model (a file 'mdef')")
    for part, path in (("*.dict", dictionary), ("*.lm.bin", language_model)):
        if not path or not Path(os.path.expanduser(path)).is_file():  # noqa: PTH111 - never raises
            raise FileNotFoundError(f"{path or folder / part} is not there")
    paths = (Path(os.path.expanduser(path)) for path in (dictionary, language_model))  # noqa: PTH111 - never raises
    return ModelFiles(mdefs[0].parent, *paths)


def new_decoder(files: ModelFiles, options: PocketSphinxOptions) -> Any:
    """Return a decoder with the open search active and the one for means ready."""
    import pocketsphinx

    decoder = pocketsphinx.Decoder(
        hmm=str(files.acoustic),
        dict=str(files.dictionary),
        lm=str(files.language_model),
        lw=options.language_weight,
        wip=options.word_insertion_penalty,
        beam=options.beam,
        pbeam=options.beam,
        wbeam=options.word_beam,
        maxhmmpf=options.max_hmms_per_frame,
        pl_window=10,
        topn=options.gaussians,
        fwdflat=options.second_pass,
        logfn="/dev/null",
        loglevel="FATAL",
    )
    _add_mean_search(decoder)
    decoder.activate_search(OPEN_SEARCH)
    return decoder


def new_mean_decoder(acoustic: Path) -> Any:
    """Return a small decoder that is good for `cepstral_mean` only (3 MB)."""
    import pocketsphinx

    decoder = pocketsphinx.Decoder(
        hmm=str(acoustic), dict=None, lm=None, topn=1, logfn="/dev/null", loglevel="FATAL"
    )
    _add_mean_search(decoder)
    return decoder


def _add_mean_search(decoder: Any) -> None:
    decoder.add_fsg(_MEAN, decoder.create_fsg(_MEAN, 0, 1, [(0, 1, 1.0, "<sil>")]))


class DecoderPool:
    """Open decoders (95 MB each for the bundled model), lent to one utterance at a time."""

    def __init__(self, create: Callable[[], Any], limit: int) -> None:
        self._create = create
        self._limit = limit
        self._lock = threading.Lock()
        self._idle: list[Any] = [create()]
        self._lent = 0

    def take(self) -> Any:
        """Lend a decoder, a new one if need be.

        Raises:
            ProviderFailedError: as many as allowed are lent already.
        """
        with self._lock:
            if self._lent >= self._limit:
                raise ProviderFailedError(
                    f"pocketsphinx: {self._limit} utterance(s) at once is its limit; "
                    "raise asr.providers.pocketsphinx.max_concurrency or wait"
                )
            decoder = self._idle.pop() if self._idle else self._create()
            self._lent += 1
            return decoder

    def give_back(self, decoder: Any) -> None:
        """Take a decoder back; its utterance is over."""
        with self._lock:
            self._lent -= 1
            self._idle.append(decoder)


def cepstral_mean(decoder: Any, samples: Samples) -> str:
    """Return the cepstral mean of the samples as the engine writes it.

    The engine's own front end computes it in batch mode; the search over silence alone, which the
    pass cannot do without, costs next to nothing.
    """
    decoder.activate_search(_MEAN)
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(
        np.ascontiguousarray(samples, dtype="<i2").tobytes(), no_search=True, full_utt=True
    )
    decoder.end_utt()
    return str(decoder.get_cmn())
