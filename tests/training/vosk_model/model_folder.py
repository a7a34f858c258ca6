"""A Vosk model as a folder: acoustic model, settings, both kinds of graph."""

from __future__ import annotations

from pathlib import Path

from vosk_model.alignment import STRIDE
from vosk_model.features import CONFIGURATION
from vosk_model.graphs import Durations, Lexicon, language_model, words_txt
from vosk_model.kaldi_files import final_mdl
from vosk_model.network import Trained
from vosk_model.topology import Topology
from vosk_model.transducers import SORTED_BY_OUTPUT

_SETTINGS = (
    "--min-active=200",
    "--max-active=3000",
    "--beam=12.0",
    "--lattice-beam=6.0",
    "--acoustic-scale=0.3",
    f"--frame-subsampling-factor={STRIDE}",
    "--endpoint.silence-phones=1",
    "--endpoint.rule2.min-trailing-silence=0.5",
    "--endpoint.rule3.min-trailing-silence=0.75",
    "--endpoint.rule4.min-trailing-silence=1.0",
)


def write_model(folder: Path, topology: Topology, trained: Trained) -> None:
    """Write a model whose grammar is chosen at run time, and the graph of one with a fixed one.

    In `graph/` are HCLr.fst and Gr.fst, which the engine composes. `whole/HCLG.fst` may stand in
    for both; it lies aside, because the engine would prefer it.
    """
    durations = Durations.of_alignment(trained.aligned, topology.n_states, STRIDE)
    lexicon = Lexicon(topology, durations)
    phones = range(1, len(topology.lengths) + 1)
    boundaries = (f"{phone} {'nonword' if phone == 1 else 'singleton'}" for phone in phones)
    files: dict[str, bytes] = {
        "am/final.mdl": final_mdl(topology, durations, trained),
        "conf/mfcc.conf": _lines(CONFIGURATION),
        "conf/model.conf": _lines(_SETTINGS),
        "graph/words.txt": _lines(words_txt()),
        "graph/HCLr.fst": lexicon.open().packed(SORTED_BY_OUTPUT),
        "graph/Gr.fst": language_model().packed(),
        "graph/disambig_tid.int": _lines([str(2 * topology.n_states + 1)]),
        "whole/HCLG.fst": lexicon.fixed().packed(),
        "graph/phones/word_boundary.int": _lines(boundaries),
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _lines(lines) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
