"""`python -m irene.studies.accuracy.own_voice`: does irene hear itself, and who is heard."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from irene.audio.played import PlayedSound
from irene.audio.samples import frame_powers, power_db, to_float32, to_int16, to_mono
from irene.components.assembly import Assembly
from irene.components.own_voice.cancelling import Cancelling
from irene.components.own_voice.echo_removal import EchoRemoval
from irene.components.voice_trigger.component import VoiceTriggerComponent
from irene.config.loading import load_config
from irene.domain.audio import AudioChunk, ResampleQuality, Samples
from irene.domain.kinds import Kind
from irene.performance.measuring.machine import Machine
from irene.performance.publishing.markdown import table
from irene.performance.publishing.publish import publish
from irene.performance.speech.recordings import BUNDLED, read_manifest
from irene.plugin.registry import ComponentRegistry
from irene.providers.tts import SpeechRequest, Tts
from irene.providers.voice_trigger import VoiceTrigger
from irene.studies.accuracy.vad_trial import find_utterances
from irene.studies.accuracy.wake_trial import hear

RATE = 16000
Sound = npt.NDArray[np.float64]
LEVELS_DB = (-20.0, -10.0, 0.0, 10.0)
MODES = ("off", "gate", "kalman", "webrtc", "mute")
"""values of `audio.echo`; for `cancel`, the canceller"""
_CANCELLERS = ("kalman", "webrtc")
ANSWER = (
    "It is half past seven. You can say hey Jarvis, and then, what time is it, or set a timer for "
    "ten minutes. Tomorrow will be sunny, with a light wind from the west."
)
"""what the assistant says: it even speaks a wake word and commands"""
_PERSON_DB = -25.0
"""level of the person who interrupts, dBFS over the loud half of the recording"""
_NOISE_DB = -65.0
_DELAY_S = 0.15
_REVERBERATION_S = 0.3
_PAUSE_S = 2.0
_INTO_ANSWER_S = 2.0
"""when the person begins, after the second answer does"""
_STEP = 320
_DRIFT = 50e-6


@dataclass(frozen=True)
class EchoScore:
    """What was heard with one mode at one level of the echo."""

    mode: str
    loudspeaker: str
    """`good`, or `cheap`: it distorts, and its clock is off by 50 ppm"""
    echo_db: float
    """level of the echo relative to the person"""
    own_utterances: int
    """utterances that endpointing found in two answers, as if no wake word were needed"""
    own_wakes: int
    """wake words that were heard in two answers"""
    n_people: int
    n_heard: int
    """people whose wake word was heard over the second answer"""
    removed_db: float | None
    """how much of the second answer's echo the canceller removed; None without one"""


class Scene:
    """An answer that is given twice in a room, and people who speak into the second one."""

    def __init__(self, assembly: Assembly, loudspeaker: str) -> None:
        self.loudspeaker = loudspeaker
        """`good` or `cheap`"""
        self._answer = _spoken(assembly, ANSWER)
        pause = np.zeros(round(_PAUSE_S * RATE))
        parts = (pause, self._answer, pause, self._answer, pause)
        self.played: Sound = np.concatenate(parts).astype(np.float64)
        """what the loudspeaker is given, float, 16 kHz"""
        self._at = round((2 * _PAUSE_S + _INTO_ANSWER_S) * RATE) + self._answer.shape[0]
        loud = self.played if loudspeaker == "good" else _distorted(self.played)
        self._echo = _in_room(loud)
        self._noise = np.random.default_rng(1).standard_normal(self.played.shape[0])

    def captured(self, echo_db: float, person: Samples | None = None) -> Samples:
        """Return what the microphone hears, int16."""
        heard: Sound = np.multiply(self._noise, 10 ** (_NOISE_DB / 20))
        heard += self._echo * 10 ** ((_PERSON_DB + echo_db - _loud_db(self._echo)) / 20)
        if person is not None:
            level = 10 ** ((_PERSON_DB - _loud_db(person)) / 20)
            heard[self._at : self._at + person.shape[0]] += to_float32(person) * level
        return to_int16(heard.astype(np.float32))

    def second(self, samples: Samples) -> Samples:
        """Return the part in which the second answer is heard."""
        return samples[samples.shape[0] - self._answer.shape[0] - round(_PAUSE_S * RATE) :]


def listen(mode: str, assembly: Assembly, captured: Samples, played: Sound) -> Samples:
    """Return what is left of the captured sound for the assistant to listen to."""
    if mode == "off":
        return captured
    line = PlayedSound(RATE, assembly.open_converter())
    cancelling = _cancelling(assembly, mode) if mode in _CANCELLERS else None
    removal = EchoRemoval(line, mode == "mute", cancelling)
    left = []
    for start in range(0, captured.shape[0], _STEP):
        piece = played[start : start + _STEP]
        if np.any(piece):
            line.write(to_int16(piece.astype(np.float32)))
        chunk = AudioChunk(captured[start : start + _STEP], RATE, start / RATE)
        left.append(removal.clean(chunk).samples)
    removal.close()
    return np.concatenate(left)


def measure(folder: Path, modes: Sequence[str] = MODES) -> list[EchoScore]:
    """Let every mode listen at every level.

    Raises:
        IreneError: recordings or engines cannot be used.
    """
    registry = ComponentRegistry.installed()
    assembly = Assembly(load_config({}, registry=registry, environ={}), registry)
    scenes = [Scene(assembly, loudspeaker) for loudspeaker in ("good", "cheap")]
    people = list(_people(folder, registry, assembly))
    return [
        _score(mode, db, assembly, scene, people)
        for mode in modes
        for scene in scenes
        for db in LEVELS_DB
    ]


def describe(scores: Sequence[EchoScore]) -> str:
    """Return the table."""
    return table(
        (
            "`echo`",
            "loudspeaker",
            "echo",
            "own utterances",
            "own wake words",
            "people heard",
            "echo removed",
        ),
        [
            (
                f"cancel, {one.mode}" if one.mode in _CANCELLERS else one.mode,
                one.loudspeaker,
                f"{one.echo_db:+.0f} dB",
                one.own_utterances,
                one.own_wakes,
                f"{one.n_heard} of {one.n_people}",
                "" if one.removed_db is None else f"{one.removed_db:.0f} dB",
            )
            for one in scores
        ],
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m irene.studies.accuracy.own_voice")
    parser.add_argument("--audio", metavar="DIR", default=str(BUNDLED), help="labelled recordings")
    parser.add_argument("--mode", choices=MODES, action="append", help="measure only this mode")
    parser.add_argument("--write", metavar="PAGE", help="put the table between a page's markers")
    options = parser.parse_args(arguments)
    return publish(partial(_blocks, options), options.write)


def _blocks(options: argparse.Namespace) -> dict[str, str]:
    scores = measure(Path(options.audio), options.mode or MODES)
    return {"": f"Measured on: {Machine.here()}.\n\n{describe(scores)}"}


def _score(
    mode: str,
    echo_db: float,
    assembly: Assembly,
    scene: Scene,
    people: Sequence[tuple[str, Samples]],
) -> EchoScore:
    words = sorted({word for word, _ in people})
    trigger = VoiceTriggerComponent(_with_words(assembly, words))
    alone = scene.captured(echo_db)
    left = AudioChunk(listen(mode, assembly, alone, scene.played), RATE)
    n_heard = 0
    for word, voice in people:
        mixed = listen(mode, assembly, scene.captured(echo_db, voice), scene.played)
        n_heard += any(
            one.wake_word == word for one in hear(trigger, AudioChunk(mixed, RATE), True)
        )
    return EchoScore(
        mode=mode,
        loudspeaker=scene.loudspeaker,
        echo_db=echo_db,
        own_utterances=len(find_utterances(assembly.vad_slot(), left)),
        own_wakes=len(hear(trigger, left, True)),
        n_people=len(people),
        n_heard=n_heard,
        removed_db=_removed_db(mode, assembly, scene, alone) if mode in _CANCELLERS else None,
    )


def _removed_db(mode: str, assembly: Assembly, scene: Scene, captured: Samples) -> float:
    """Return by how much the canceller alone lowers the second answer."""
    cancelling = _cancelling(assembly, mode)
    played = to_int16(scene.played.astype(np.float32))
    step = RATE // 100
    left = np.concatenate(
        [
            cancelling.process(captured[i : i + step], played[i : i + step])
            for i in range(0, captured.shape[0] - step, step)
        ]
    )
    cancelling.close()
    before, after = (scene.second(one[: left.shape[0]]) for one in (captured, left))
    return _level_db(before) - _level_db(after)


def _with_words(assembly: Assembly, words: Sequence[str]) -> Any:
    settings = {"voice_trigger": {"wake_words": list(words), "fallback_providers": []}}
    config = load_config(settings, registry=assembly.registry, environ={})
    return Assembly(config, assembly.registry).voice_trigger_slot()


def _cancelling(assembly: Assembly, provider: str) -> Cancelling:
    settings = {"echo_cancellation": {"default_provider": provider}}
    config = load_config(settings, registry=assembly.registry, environ={})
    return Cancelling(Assembly(config, assembly.registry).chain(Kind.ECHO_CANCELLATION), RATE)


def _people(
    folder: Path, registry: ComponentRegistry, assembly: Assembly
) -> Iterator[tuple[str, Samples]]:
    """Yield the recordings of the wake words that the default engine knows, at 16 kHz."""
    slot = assembly.voice_trigger_slot()
    for one in read_manifest(folder):
        word = VoiceTrigger.word_name(one.phrase)
        if one.is_wake_word and slot.chain.current.provider.hears(word):
            clip = one.read(registry)
            mono = to_float32(to_mono(clip.samples))
            yield word, to_int16(_converted(assembly, mono, clip.sample_rate))


def _spoken(assembly: Assembly, text: str) -> npt.NDArray[np.float32]:
    voice = cast("Tts[Any]", assembly.chain(Kind.TTS).current.provider)
    blocks = [block.copy() for block in voice.synthesize(SpeechRequest(text, language="en"))]
    return _converted(assembly, to_float32(np.concatenate(blocks)), voice.sample_rate)


def _converted(assembly: Assembly, mono: Samples, rate: int) -> npt.NDArray[np.float32]:
    if rate == RATE:
        return to_float32(mono)
    stream = assembly.resampling.chain.current.provider.open_stream(
        rate, RATE, 1, ResampleQuality.HQ
    )
    return to_float32(np.concatenate((stream.process(mono), stream.flush())))


def _distorted(played: Sound) -> Sound:
    """Return the sound of a small loudspeaker: peaks flattened, and a clock that is slow."""
    flat = np.tanh(3.0 * played) / 3.0
    places = np.arange(played.shape[0])
    slow: Sound = np.interp(places * (1 - _DRIFT), places, flat)
    return slow


def _in_room(played: Sound) -> Sound:
    """Return the sound after its way through a room: delayed, with decaying random reflections."""
    n = round(_REVERBERATION_S * RATE)
    response = np.random.default_rng(2).standard_normal(n) * 10 ** (-3 * np.arange(n) / n) * 0.15
    response[0] = 1.0
    late = round(_DELAY_S * RATE)
    length = played.shape[0] + n
    spectrum = np.fft.rfft(played, length) * np.fft.rfft(response, length)
    echo: Sound = np.fft.irfft(spectrum, length)[: played.shape[0] - late]
    return np.concatenate((np.zeros(late), echo))


def _loud_db(samples: npt.NDArray[Any]) -> float:
    """Return the level of the louder half of what is above silence."""
    powers = frame_powers(
        samples.astype(np.float32) if samples.dtype == np.float64 else samples, 160
    )
    heard = np.sort(powers[powers > powers.max() / 1000])
    return power_db(float(heard[heard.shape[0] // 2 :].mean()))


def _level_db(samples: Samples) -> float:
    real = to_float32(samples)
    return power_db(float(np.dot(real, real)) / max(1, real.shape[0]))


if __name__ == "__main__":
    sys.exit(main())
