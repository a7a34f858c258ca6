"""The mouth: sentence by sentence, ahead of playback, and quiet as soon as it is told."""

import asyncio
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mouth_bench import (
    RATE,
    WAIT_S,
    WORD,
    KeepingOutput,
    NumberVoice,
    no_fault,
    on_bench,
    sentences,
)
from waiting import until

from irene import ProviderFailedError
from irene.domain.events import ProviderFailed
from irene.pipeline.speaking.look_ahead import AHEAD_S

LENGTHS = st.lists(st.integers(1, 4), min_size=1, max_size=5)
FEW = settings(max_examples=20, deadline=None)


def flat(numbers):
    return [number for sentence in numbers for number in sentence]


def failing_at(count):
    """Return a fault that raises at the call of this number, counted from 0."""
    calls = iter(range(10**9))

    def fault():
        if next(calls) == count:
            raise RuntimeError("gave up")

    return fault


def test_an_answer_is_said_sentence_by_sentence():
    """Each sentence is a text of its own for the voice, and everything is heard in order."""
    texts, numbers = sentences(2, 1, 3)

    async def test(bench):
        spoken = await bench.say(" ".join(texts))
        assert bench.output.words == flat(numbers)
        assert bench.voices[0].texts == texts == bench.known
        assert spoken.text == spoken.written == " ".join(texts)
        assert (spoken.provider, spoken.to_end, spoken.cached) == ("number", True, False)
        assert spoken.seconds == pytest.approx(6 * WORD / RATE)
        assert bench.stages.told == ["synthesized", "heard", "finish"]

    on_bench(test)


def test_the_first_sentence_is_heard_before_the_last_word_is_synthesised():
    """The voice waits in the second sentence until the output has played the first."""
    heard = threading.Event()
    voice, output = NumberVoice(), KeepingOutput()
    output.on_write = heard.set
    waited = []

    def wait_in_the_second_sentence():
        if voice.n_blocks == 2:
            waited.append(heard.wait(WAIT_S))

    voice.fault = wait_in_the_second_sentence

    async def test(bench):
        await bench.say("Say w1 w2. Say w3.")
        assert waited == [True]
        assert output.words == [1, 2, 3]

    on_bench(test, voices=[voice], output=output)


def test_the_next_sentence_is_synthesised_while_one_is_played():
    """The output waits in its first write until the voice has done the second sentence."""
    voice, output = NumberVoice(), KeepingOutput()
    done = threading.Event()
    voice.fault = lambda: done.set() if voice.n_blocks == 2 else None
    waited = []
    output.on_write = lambda: waited.append(done.wait(WAIT_S))

    async def test(bench):
        await bench.say("Say w1 w2. Say w3.")
        assert all(waited)

    on_bench(test, voices=[voice], output=output)


def test_synthesis_does_not_run_away():
    """No more than ten seconds of audio wait to be played, however long the answer is."""
    voice, output = NumberVoice(), KeepingOutput()
    texts = ["Say" + " w5" * 40 + "."] * 30
    most = [0]

    def look():
        ahead = voice.n_blocks * WORD - sum(piece.size for piece in output.played)
        most[0] = max(most[0], ahead)

    output.on_write = look

    async def test(bench):
        await bench.say(" ".join(texts))

    on_bench(test, voices=[voice], output=output)
    assert 0 < most[0] <= (AHEAD_S + 0.1) * RATE + 2 * WORD


def test_there_is_a_pause_between_sentences_and_no_click():
    """The pause is as long as it is set to be; every sentence rises and falls softly."""

    async def test(bench):
        await bench.say("Say w9. Say w9. Say w9.")
        return bench.output.samples.astype(int)

    samples = on_bench(test, sentence_pause_ms=100, rate=2.0)
    assert samples.size == pytest.approx(3 * WORD + 2 * 0.05 * RATE, abs=0.003 * RATE)
    assert np.abs(np.diff(samples, prepend=0, append=0)).max() < 900 / 20


@pytest.mark.parametrize(("silence_ms", "pause_ms"), [(0, 100), (60, 100), (250, 250)])
def test_the_silence_that_a_voice_ends_with_is_part_of_the_pause(silence_ms, pause_ms):
    """A voice with pauses of its own gets no second one."""

    class Pausing(NumberVoice):
        def synthesize(self, request):
            yield from super().synthesize(request)
            yield np.zeros(silence_ms * RATE // 2000, np.int16)
            yield np.zeros(silence_ms * RATE // 2000, np.int16)

    async def test(bench):
        await bench.say("Say w9. Say w9.")
        loud = np.flatnonzero(np.abs(bench.output.samples.astype(int)) > 100)
        return int(np.diff(loud).max()) / RATE

    pause_s = on_bench(test, voices=[Pausing()], sentence_pause_ms=100)
    assert pause_s == pytest.approx(pause_ms / 1000, abs=0.005)


@FEW
@given(LENGTHS, st.integers(0, 20))
def test_a_voice_that_fails_anywhere_is_replaced_and_nothing_is_lost(lengths, at):
    """Sentences said before are not repeated; the broken one is said by the next voice."""
    texts, numbers = sentences(*lengths)
    first, second = NumberVoice(), NumberVoice("second", offset=10000)
    first.fault = failing_at(at)

    async def test(bench):
        spoken = await bench.say(" ".join(texts))
        return bench.output.words, spoken, bench.events

    words, spoken, events = on_bench(test, voices=[first, second])
    by_first = [word for word in words if word < 100]
    by_second = [word - 100 for word in words if word >= 100]
    assert words == by_first + [word + 100 for word in by_second]
    if at >= len(flat(numbers)):
        assert (by_first, by_second) == (flat(numbers), [])
        return
    broken = next(index for index, sentence in enumerate(numbers) if at + 1 in sentence)
    before, after = flat(numbers[:broken]), flat(numbers[broken:])
    assert by_second == after
    assert by_first[: len(before)] == before
    assert by_first[len(before) :] == numbers[broken][: len(by_first) - len(before)]
    assert spoken.provider == "second"
    assert spoken.text.split(". ")[-1].rstrip(".") == texts[-1].rstrip(".")
    assert isinstance(events[0], ProviderFailed)


def test_half_a_sentence_that_nobody_heard_is_never_heard():
    """A voice that breaks off ahead of playback leaves no trace."""
    first, second, output = NumberVoice(), NumberVoice("second", offset=10000), KeepingOutput()
    first.fault = failing_at(3)
    replaced = threading.Event()
    second.fault = replaced.set
    output.on_write = lambda: replaced.wait(WAIT_S)

    async def test(bench):
        spoken = await bench.say("Say w1. Say w2 w3 w4.")
        assert output.words == [1, 102, 103, 104]
        assert spoken.text == "Say w1. Say w2 w3 w4."

    on_bench(test, voices=[first, second], output=output)


def test_voices_of_different_rates_follow_each_other():
    """A new rate gets a stream of its own, after the one before was heard to its end."""
    first, second = NumberVoice(), NumberVoice("second", offset=10000, rate=24000)
    first.fault = failing_at(1)

    async def test(bench):
        await bench.say("Say w1. Say w2.")
        assert bench.output.rates == [16000, 24000]
        assert bench.output.ends[:2] == ["finish", "finish"]
        assert bench.output.words == [1, 102]

    on_bench(test, voices=[first, second])


def test_when_the_last_voice_fails_what_was_said_is_heard_to_its_end():
    """The error comes after it."""
    voice = NumberVoice()
    voice.fault = failing_at(2)

    async def test(bench):
        with pytest.raises(ProviderFailedError, match="gave up"):
            await bench.say("Say w1 w2. Say w3.")
        assert bench.output.words == [1, 2]
        assert bench.output.ends[0] == "finish"

    on_bench(test, voices=[voice])


def test_a_failing_output_gives_what_it_was_given_to_the_next():
    """No slice is lost."""
    from irene.components.chain.candidate import Candidate
    from irene.components.chain.provider_chain import ProviderChain
    from irene.domain.kinds import Kind

    bad, good = KeepingOutput(), KeepingOutput()
    calls = iter(range(100))

    def fail():
        if next(calls) == 1:
            bad.played.pop()
            raise OSError("unplugged")

    bad.on_write = fail

    async def test(bench):
        candidates = [Candidate("bad", bad), Candidate("good", good)]
        bench.mouth.outputs = ProviderChain(Kind.OUTPUT, candidates, bench.events.append)
        await bench.say("Say w1. Say w2. Say w3.")
        assert bad.words + good.words == [1, 2, 3]

    on_bench(test)


@FEW
@given(LENGTHS, st.integers(1, 30))
def test_an_interruption_after_any_write_ends_it_there(lengths, at):
    """Nothing is written after it, the voice is free, and what was said is told."""
    texts, numbers = sentences(*lengths)
    voice, output = NumberVoice(), KeepingOutput()

    async def test(bench):
        def interrupt():
            if len(output.played) == at:
                bench.mouth.interrupt()

        output.on_write = interrupt
        spoken = await bench.say(" ".join(texts))
        assert len(output.played) <= at
        assert spoken.to_end == (len(output.played) < at)
        begun = sum(1 for sentence in numbers if sentence[0] in output.words)
        assert spoken.text == " ".join(texts[:begun])
        output.on_write = no_fault
        again = await bench.say("Say w50.")
        assert again.to_end
        assert output.words[-1] == 50

    on_bench(test, voices=[voice], output=output)


def test_an_interruption_ends_a_long_block_within_a_slice():
    """A voice that gives a whole sentence at once is cut after a tenth of a second."""

    class Whole(NumberVoice):
        def synthesize(self, request):
            yield np.full(10 * RATE, 1000, np.int16)

    output = KeepingOutput()

    async def test(bench):
        output.on_write = bench.mouth.interrupt
        await bench.say("Say w1.")
        assert sum(piece.size for piece in output.played) <= RATE // 10

    on_bench(test, voices=[Whole()], output=output)


def test_an_interruption_does_not_wait_for_a_voice_that_takes_its_time():
    """The mouth is free at once, although the voice is still inside its engine."""
    voice, held = NumberVoice(), threading.Event()
    voice.fault = lambda: held.wait(WAIT_S) if voice.n_blocks == 1 else None

    async def test(bench):
        saying = asyncio.ensure_future(bench.say("Say w1 w2."))
        while not bench.output.played:
            await asyncio.sleep(0.001)
        bench.mouth.interrupt()
        spoken = await asyncio.wait_for(saying, WAIT_S)
        assert not spoken.to_end
        held.set()

    on_bench(test, voices=[voice])


def test_whoever_was_interrupted_before_it_began_says_nothing():
    """Its pieces are closed, and the voice is not asked."""
    closed = []

    def pieces():
        try:
            yield "Say w1."
        finally:
            closed.append(True)

    async def test(bench):
        began = bench.mouth.interruptions
        bench.mouth.interrupt()
        written = pieces()
        next(written)
        assert await bench.say(pieces=written, since=began) is None
        assert closed == [True]
        assert bench.voices[0].texts == []

    on_bench(test)


def test_pieces_are_said_while_they_are_written():
    """Whoever writes waits for the first sentence to be played before going on."""
    output, played = KeepingOutput(), threading.Event()
    output.on_write = lambda: played.set() if output.words == [1, 2] else None

    def pieces():
        yield "Say w1 w2."
        assert played.wait(WAIT_S)
        yield "Say w3."

    async def test(bench):
        spoken = await bench.say(pieces=pieces())
        assert output.words == [1, 2, 3]
        assert bench.known == ["Say w1 w2.", "Say w3."]
        assert spoken.written == "Say w1 w2. Say w3."
        assert spoken.text == "Say w1 w2. Say w3."

    on_bench(test, output=output)


def test_pieces_are_read_as_they_come_not_as_they_are_spoken():
    """A language model is not held up by a loudspeaker."""
    texts = ["Say" + " w5" * 20 + "."] * 10
    output, all_read = KeepingOutput(), threading.Event()
    output.on_write = lambda: all_read.wait(WAIT_S)

    def pieces():
        yield from texts
        all_read.set()

    async def test(bench):
        await bench.say(pieces=pieces())
        assert all_read.is_set()

    on_bench(test, output=output)


def test_an_interruption_closes_the_pieces_at_once():
    """The generator of a language model ends where it stands, from whatever thread."""
    ended = threading.Event()

    def pieces():
        try:
            number = 0
            while True:
                number += 1
                yield f"Say w{number}."
        finally:
            ended.set()

    output = KeepingOutput()

    async def test(bench):
        output.on_write = lambda: (
            threading.Thread(target=bench.mouth.interrupt).start()
            if len(output.played) == 3
            else None
        )
        spoken = await bench.say(pieces=pieces())
        assert not spoken.to_end
        assert ended.wait(WAIT_S)

    on_bench(test, output=output)


def test_an_interruption_closes_pieces_that_are_waited_for():
    """An iterator whose `close` works from another thread is closed while it waits."""

    class Waiting:
        def __init__(self):
            self.closed = threading.Event()
            self.asked = threading.Event()

        def __iter__(self):
            return self

        def __next__(self):
            self.asked.set()
            assert self.closed.wait(WAIT_S)
            raise StopIteration

        def close(self):
            self.closed.set()

    async def test(bench):
        waiting = Waiting()
        saying = asyncio.ensure_future(bench.say(pieces=waiting))
        while not waiting.asked.is_set():
            await asyncio.sleep(0.001)
        bench.mouth.interrupt()
        assert not (await asyncio.wait_for(saying, WAIT_S)).to_end
        assert waiting.closed.is_set()

    on_bench(test)


def test_pieces_that_fail_are_said_as_far_as_they_are_known():
    """Also the sentence that was begun; then the error is told."""

    def pieces():
        yield "Say w1. Say w2"
        raise ConnectionError("the line is dead")

    async def test(bench):
        with pytest.raises(ProviderFailedError, match="the line is dead"):
            await bench.say(pieces=pieces())
        assert bench.output.words == [1, 2]
        assert bench.known == ["Say w1.", "Say w2"]

    on_bench(test)


def test_pieces_that_stop_coming_are_given_up():
    """The voice and the output are not blamed."""

    def pieces():
        yield "Say w1."
        threading.Event().wait(1)
        yield "Say w2."

    async def test(bench):
        with pytest.raises(ProviderFailedError, match="response_timeout_ms = 250"):
            await bench.say(pieces=pieces())
        assert bench.output.words == [1]
        assert bench.events == []

    on_bench(test, timeout_s=0.25)


def test_a_voice_that_hangs_is_not_asked_next_time():
    """The next text is spoken by the next voice."""
    first, second, held = NumberVoice(), NumberVoice("second", offset=10000), threading.Event()
    first.fault = lambda: held.wait(60)

    async def test(bench):
        with pytest.raises(ProviderFailedError, match="response_timeout_ms"):
            await bench.say("Say w1.")
        assert bench.events[0].provider == "number"
        await bench.say("Say w2.")
        assert bench.output.words == [102]
        held.set()

    on_bench(test, voices=[first, second], timeout_s=0.5)


def test_an_output_that_hangs_is_blamed():
    """And not the voice."""
    output, held = KeepingOutput(), threading.Event()
    output.on_write = lambda: held.wait(WAIT_S)

    async def test(bench):
        with pytest.raises(ProviderFailedError, match="response_timeout_ms"):
            await bench.say("Say w1.")
        assert [event.provider for event in bench.events] == ["output"]
        held.set()

    on_bench(test, output=output, timeout_s=0.25)


class StuckOutput(KeepingOutput):
    """Hangs in one of its calls until it is let go."""

    def __init__(self, call, held):
        super().__init__()
        self.call, self.held = call, held
        self.hangs = threading.Event()

    def _hang(self, call):
        if call == self.call:
            self.hangs.set()
            assert self.held.wait(60)

    def open_stream(self, sample_rate):
        self._hang("open_stream")
        stream = super().open_stream(sample_rate)
        for call in ("write", "finish", "abort"):
            method = getattr(stream, call)
            setattr(stream, call, lambda *args, _m=method, _c=call: (self._hang(_c), _m(*args)))
        return stream


def abandoned(bench):
    """Return who was left in which call."""
    return [(one.provider, one.call) for one in bench.events if one.event == "call_abandoned"]


@pytest.mark.parametrize("call", ["open_stream", "write"])
def test_an_output_that_hangs_is_stood_in_for(call):
    """The next one goes on with the same piece; what was opened too late is ended."""
    held, other = threading.Event(), KeepingOutput()
    stuck = StuckOutput(call, held)

    async def test(bench):
        spoken = await bench.say("Say w1 w2.")
        assert spoken.to_end
        assert other.words == [1, 2]
        assert other.ends == ["finish"]
        assert abandoned(bench) == [("output", call)]
        assert [one.in_flight for one in bench.outputs.router.snapshots()] == [1, 0]
        held.set()
        until(lambda: not bench.outputs.abandoned.running and "abort" in stuck.ends)
        until(lambda: bench.outputs.router.snapshots()[0].in_flight == 0)

    on_bench(test, output=stuck, others=[other], hung_s=0.5)


def test_an_output_that_hangs_at_the_end_is_counted_and_named():
    """Nobody knows what was heard: it is an error, and is not said again."""
    held, other = threading.Event(), KeepingOutput()

    async def test(bench):
        with pytest.raises(ProviderFailedError, match=r"_ms = 500, and 0\.05 s more"):
            await bench.say("Say w1 w2.")
        assert other.played == []
        assert abandoned(bench) == [("output", "finish")]
        held.set()
        until(lambda: not bench.outputs.abandoned.running)

    on_bench(test, output=StuckOutput("finish", held), others=[other], hung_s=0.5)


def test_an_output_that_hangs_when_it_is_to_stop_holds_nobody_up():
    """Whoever interrupts is on the event loop, which has more to do."""
    held = threading.Event()
    stuck = StuckOutput("abort", held)

    async def test(bench):
        loop = asyncio.get_running_loop()

        def interrupted():
            loop.call_soon_threadsafe(bench.mouth.interrupt)
            assert stuck.hangs.wait(60)

        stuck.on_write = interrupted
        spoken = await bench.say("Say w1 w2 w3.")
        assert not spoken.to_end
        until(lambda: ("output", "abort") in abandoned(bench))
        held.set()
        until(lambda: not bench.outputs.abandoned.running)

    on_bench(test, output=stuck, hung_s=0.5)


def test_an_output_that_hangs_while_it_lowers_others_is_counted_and_named():
    """Nobody waits for it."""
    held = threading.Event()

    class Ducking(KeepingOutput):
        def duck(self):
            assert held.wait(60)

    async def test(bench):
        assert (await bench.say("Say w1.")).to_end
        until(lambda: abandoned(bench) == [("scripted", "duck")])
        held.set()

    on_bench(test, output=Ducking(), hung_s=0.5)


def test_voices_that_hang_one_after_another_each_have_their_time():
    """That another one is asked is progress."""
    held = threading.Event()
    voices = [NumberVoice(), NumberVoice("second"), NumberVoice("third", offset=10000)]
    for voice in voices[:2]:
        voice.fault = lambda: held.wait(60)

    async def test(bench):
        await bench.say("w1")
        assert bench.output.words == [101]
        assert abandoned(bench) == [("number", "synthesize"), ("second", "synthesize")]
        held.set()

    on_bench(test, voices=voices, timeout_s=1.5, hung_s=0.5)


def test_without_a_voice_pieces_are_read_all_the_same():
    """Text mode: the sentences are told, and nothing is played."""

    async def test(bench):
        spoken = await bench.say(pieces=iter(["Say w1.", "Say w2."]))
        assert (spoken.provider, spoken.text, spoken.seconds) == ("", "", 0)
        assert spoken.written == "Say w1. Say w2."
        assert bench.known == ["Say w1.", "Say w2."]
        assert bench.output.played == []

    on_bench(test, speaks=False)


def test_repeated_sentences_come_from_the_cache():
    """Of two sentences one is new; nothing new is all from the cache."""

    async def test(bench):
        cached = [
            (await bench.say(text)).cached
            for text in ("Say w1.", "Say w1. Say w2.", "Say w2. Say w1.")
        ]
        assert cached == [False, False, True]
        assert bench.voices[0].texts == ["Say w1.", "Say w2."]

    on_bench(test)


def test_the_volume_can_be_turned_while_it_speaks():
    """It counts from the next slice on, without a click."""
    output = KeepingOutput()

    async def test(bench):
        def turn_down():
            if len(output.played) == 4:
                bench.mouth.volume = 0.5

        output.on_write = turn_down
        await bench.say("Say w9 w9 w9 w9 w9 w9 w9 w9.")
        loud, quiet = output.samples[3 * WORD], output.samples[6 * WORD]
        assert (loud, quiet) == (900, 450)
        assert np.abs(np.diff(output.samples.astype(int))).max() < 50

    on_bench(test, output=output)


def test_the_volume_is_that_of_the_configuration_at_first():
    """And it stays between silent and full."""

    async def test(bench):
        await bench.say("Say w9.")
        assert bench.output.samples[WORD // 2] == 225
        bench.mouth.volume = 3
        assert bench.mouth.volume == 1
        bench.mouth.volume = -1
        assert bench.mouth.volume == 0

    on_bench(test, volume=0.25)


def test_one_text_waits_for_the_other():
    """Two that want to speak at once are heard one after the other."""

    async def test(bench):
        await asyncio.gather(bench.say("Say w1 w2."), bench.say("Say w3 w4."))
        assert bench.output.words == [1, 2, 3, 4]

    on_bench(test)


def test_it_says_whether_it_speaks():
    """While something is said, and not before or after."""
    output = KeepingOutput()
    seen = []

    async def test(bench):
        output.on_write = lambda: seen.append(bench.mouth.is_speaking)
        assert not bench.mouth.is_speaking
        await bench.say("Say w1.")
        assert not bench.mouth.is_speaking

    on_bench(test, output=output)
    assert set(seen) == {True}


def test_hushing_stops_what_is_said_and_nothing_else():
    """It counts as an interruption of this text; the next one is said."""
    output = KeepingOutput()

    async def test(bench):
        output.on_write = lambda: bench.mouth.hush() if output.words == [1] else None
        first, second = await asyncio.gather(bench.say("Say w1. Say w2."), bench.say("Say w3."))
        assert (first.to_end, first.text) == (False, "Say w1.")
        assert second.to_end
        assert output.words == [1, 3]

    on_bench(test, output=output)


def test_whoever_is_cancelled_closes_the_pieces():
    """Also while it still waits for its turn."""
    output, held, closed = KeepingOutput(), threading.Event(), []
    output.on_write = lambda: held.wait(WAIT_S)

    class Pieces:
        def __iter__(self):
            return self

        def __next__(self):
            raise StopIteration

        def close(self):
            closed.append(True)

    async def test(bench):
        first = asyncio.ensure_future(bench.say("Say w1."))
        second = asyncio.ensure_future(bench.say(pieces=Pieces()))
        while not output.played:
            await asyncio.sleep(0.001)
        second.cancel()
        await asyncio.wait({second})
        assert closed
        held.set()
        assert (await first).to_end

    on_bench(test, output=output)
