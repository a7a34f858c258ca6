"""Engines that understand commands of numbers; each does all that the contract of its kind asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from irene.domain.audio import Samples
from irene.domain.intents import Intent, Response
from irene.domain.speech import Hypothesis
from irene.providers.asr import Asr, AsrCapabilities, AsrRequest, AsrStream
from irene.providers.echo_cancellation import EchoCanceller, EchoCancellerStream
from irene.providers.intent_recognition import (
    NO_CONTEXT,
    Context,
    IntentMatcher,
    IntentRecognizer,
    SentenceSource,
)
from irene.providers.intents import HandlerContext, IntentHandler
from irene.providers.output import Output, OutputStream
from irene.providers.tts import SpeechRequest, Tts
from irene.testing.chaos.speech import heard_number, heard_text, spoken_text

_COMMAND = re.compile(r"command (\d+)")


class NumberAsr(Asr[None]):
    """Recognises the number that is spoken, or says that it was damaged."""

    name = "numbers"
    capabilities = AsrCapabilities(max_concurrency=1)

    def open_stream(self, request: AsrRequest) -> AsrStream:
        """Start on a command."""
        return _NumberStream(request.sample_rate)


class _NumberStream(AsrStream):
    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._blocks: list[Samples] = []

    def accept(self, samples: Samples) -> Hypothesis | None:
        self._blocks.append(samples.copy())
        return Hypothesis("command", is_final=False)

    def finish(self) -> Hypothesis:
        audio = np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.int16)
        number = heard_number(audio, self._rate)
        return Hypothesis("damaged" if number is None else f"command {number}", is_final=True)


class NumberRecognizer(IntentRecognizer[None]):
    """Understands `command NUMBER`."""

    name = "numbers"

    def open_matcher(self, sources: Sequence[SentenceSource]) -> IntentMatcher:
        """There is nothing to compile."""
        return _NumberMatcher()

    def read_folder(self, folder: str) -> list[SentenceSource]:
        """There are no folders."""
        return []


class _NumberMatcher(IntentMatcher):
    def match(self, text: str, language: str, context: Context = NO_CONTEXT) -> Intent | None:
        found = _COMMAND.fullmatch(text)
        return Intent("Number", text, slots={"number": int(found[1])}) if found else None


class NumberHandler(IntentHandler[None]):
    """Answers a number with the number."""

    name = "numbers"
    intents = ("Number",)

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Answer."""
        return Response(answer_to(int(intent.slots["number"])))


def answer_to(number: int) -> str:
    """Return the answer to a command."""
    return f"done {number}"


class NumberVoice(Tts[None]):
    """Says one level of sound per character."""

    name = "numbers"
    rate: ClassVar[int] = 16000

    @property
    def sample_rate(self) -> int:
        """The rate of its class."""
        return self.rate

    def synthesize(self, request: SpeechRequest) -> Iterator[Samples]:
        """Yield one block per character."""
        for character in request.text:
            yield spoken_text(character, self.rate)


class OtherNumberVoice(NumberVoice):
    """The same at another rate: an answer may change its rate in the middle."""

    name = "other_numbers"
    rate = 24000


class NumberCanceller(EchoCanceller[None]):
    """Takes nothing away: its loudspeaker cannot be heard by its microphone."""

    name = "numbers"

    def open_stream(self, sample_rate: int) -> EchoCancellerStream:
        """Begin."""
        return _CancellerStream()


class _CancellerStream(EchoCancellerStream):
    def process(self, captured: Samples, played: Samples) -> Samples:
        return np.array(captured)


class Heard:
    """What came out of all loudspeakers, in order; used by one answer after the other."""

    def __init__(self) -> None:
        self._pieces: list[tuple[int, Samples]] = []

    def add(self, samples: Samples, sample_rate: int) -> None:
        """Note a piece."""
        self._pieces.append((sample_rate, samples.copy()))

    def clear(self) -> None:
        """Forget what was heard."""
        self._pieces.clear()

    def ends_with(self, text: str) -> bool:
        """Whether the last that was heard is this text, as a whole."""
        pieces = list(self._pieces)
        if not pieces:
            return False
        rate = pieces[-1][0]
        audio = np.concatenate([samples for its_rate, samples in pieces if its_rate == rate])
        return heard_text(audio, rate, len(text)) == text


class NumberOutput(Output[None]):
    """A loudspeaker; all of them are heard in the same room."""

    name = "numbers"
    live = True
    heard: ClassVar[Heard]

    def open_stream(self, sample_rate: int) -> OutputStream:
        """Begin an answer."""
        return _OutputStream(self.heard, sample_rate)


class _OutputStream(OutputStream):
    def __init__(self, heard: Heard, sample_rate: int) -> None:
        self._heard = heard
        self._rate = sample_rate
        self._aborted = False

    def write(self, samples: Samples) -> None:
        if not self._aborted:
            self._heard.add(samples, self._rate)

    def finish(self) -> None:
        """Everything has been heard."""

    def abort(self) -> None:
        self._aborted = True
