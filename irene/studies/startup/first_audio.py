"""From a text to the first sound of it: as a whole, and sentence by sentence."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping

from irene.components.assembly import Assembly
from irene.components.spoken_text.sentences import SentenceCutter
from irene.components.voice import VoiceComponent
from irene.config.loading import load_config
from irene.domain.intents import Response
from irene.performance.measuring.spread import Spread, interleaved
from irene.performance.publishing.markdown import table
from irene.pipeline.speaking.answer_text import AnswerText
from irene.pipeline.speaking.look_ahead import LookAhead
from irene.plugin.registry import ComponentRegistry
from irene.providers.tts import SpeechRequest

ANSWER = (
    "Tomorrow it will be mostly sunny, with a few clouds in the afternoon. "
    "The temperature rises from nine degrees in the morning to twenty one in the afternoon. "
    "A light wind comes from the west. "
    "In the evening there may be a short shower, so take a jacket if you stay out late. "
    "The day after will be cooler, with rain from the morning on. "
    "On Saturday the sun comes back. "
    "The coming week looks dry and warm, and there will be no frost at night. "
    "That is all I know about the weather."
)
"""what is said: half a minute"""
_WORDS_PER_S = 20
"""how fast the language model writes"""
_ROUNDS = 9

WHOLE, STREAMED, SENTENCES = "whole text, then played", "whole text, streamed", "by sentences"
WRITTEN_WHOLE = "language model: once all is written"
WRITTEN_SENTENCES = "language model: by sentences"


def first_audio(
    voice: VoiceComponent, rounds: int, words_per_s: float = _WORDS_PER_S
) -> Mapping[str, Spread]:
    """Return the milliseconds until the first audio, for each way of speaking `ANSWER`.

    The cache is emptied before each: every sentence is new.
    """

    def written() -> Iterator[str]:
        return _written(words_per_s)

    probes: dict[str, Callable[[], float]] = {
        WHOLE: lambda: _ms(lambda: list(_blocks(voice))),
        STREAMED: lambda: _ms(lambda: next(_blocks(voice))),
        SENTENCES: lambda: _ms(lambda: _hear(voice, Response(ANSWER))),
        WRITTEN_WHOLE: lambda: _ms(lambda: _hear(voice, Response(" ".join(written())))),
        WRITTEN_SENTENCES: lambda: _ms(lambda: _hear(voice, Response("", pieces=written()))),
    }
    return interleaved(rounds, probes)


def main() -> int:
    """Measure with a voice of the installed providers and print the table."""
    parser = argparse.ArgumentParser(prog="python -m irene.studies.startup.first_audio")
    parser.add_argument("--voice", default="espeak", help="provider that speaks (default espeak)")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="times that each is measured")
    chosen = parser.parse_args()
    registry = ComponentRegistry.installed()
    overrides = (f"tts.default_provider={chosen.voice}",)
    config = load_config("default", registry=registry, overrides=overrides, environ={})
    voice = Assembly(config, registry).voice()
    assert voice is not None
    voice.load()
    measured = first_audio(voice, chosen.rounds)
    voice.close()
    rows = [
        (way, f"{spread.median:.1f}", _ratio(measured, way)) for way, spread in measured.items()
    ]
    sys.stdout.write(table(("way", "first audio, ms", "of the whole"), rows) + "\n")
    return 0


def _ratio(measured: Mapping[str, Spread], way: str) -> str:
    whole = WRITTEN_WHOLE if way.startswith("language model") else WHOLE
    return f"{measured[way].median / measured[whole].median:.2f}"


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def _blocks(voice: VoiceComponent) -> Iterator[object]:
    return iter(voice.chain.current.provider.synthesize(SpeechRequest(ANSWER, "en")))


def _hear(voice: VoiceComponent, response: Response) -> None:
    """Wait for the first sound of a response, and leave the rest."""
    voice.cache.clear()
    source = LookAhead(voice, AnswerText(response))
    next(source.sounds())
    source.stop()


def _written(words_per_s: float) -> Iterator[str]:
    """Write the answer as a language model does, and hand over whole sentences."""
    pause = threading.Event()
    cutter = SentenceCutter("en")
    for word in ANSWER.split(" "):
        pause.wait(1 / words_per_s)
        yield from cutter.feed(f"{word} ")
    yield from cutter.finish()


if __name__ == "__main__":
    sys.exit(main())
