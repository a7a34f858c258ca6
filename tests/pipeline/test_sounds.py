"""Earcons and alarms: heard where somebody listens, never in the way of speech."""

import asyncio
import threading
import wave

import numpy as np
import pytest
from mouth_bench import RATE, WAIT_S, KeepingOutput, NumberVoice, no_fault, on_bench

from irene import ConfigurationError, Response
from irene.audio import earcons
from irene.config.sections import SoundsSection
from irene.pipeline.speaking.earcons import Earcons
from irene.pipeline.speaking.ring import QUIETEST

TEXT = Response("Say w7.", "en")


async def settled(bench):
    """Wait until no signal is being played."""
    while bench.mouth._signals:
        await asyncio.sleep(0.001)


class Paced(KeepingOutput):
    """Takes a moment for each slice, so that a voice can keep up."""

    def __init__(self):
        super().__init__()
        self.on_write = lambda: threading.Event().wait(0.001)


def loudest(samples):
    return int(np.abs(samples.astype(int)).max(initial=0))


def test_a_signal_is_played_where_somebody_listens():
    """The whole earcon, at the rate it was made for."""

    async def test(bench):
        await bench.mouth.signal("listening")
        await settled(bench)
        assert bench.output.rates == [earcons.SAMPLE_RATE]
        np.testing.assert_array_equal(bench.output.samples, earcons.listening().samples)
        assert not bench.mouth.is_speaking

    on_bench(test)


def test_a_signal_holds_nobody_up():
    """It returns before anything is played."""
    output, held = KeepingOutput(), threading.Event()
    output.on_write = lambda: held.wait(WAIT_S)

    async def test(bench):
        await bench.mouth.signal("listening")
        held.set()
        await settled(bench)

    on_bench(test, output=output)


def test_a_signal_does_not_go_into_a_file():
    """An output that nobody hears while it is written gets speech only."""
    output = type("File", (KeepingOutput,), {"live": False})()

    async def test(bench):
        await bench.mouth.signal("listening")
        await settled(bench)
        assert output.played == []

    on_bench(test, output=output)


def test_a_signal_can_be_switched_off():
    """One by one."""

    async def test(bench):
        await bench.mouth.signal("listening")
        await settled(bench)
        assert bench.output.played == []
        await bench.mouth.signal("done")
        await settled(bench)
        assert bench.output.played != []

    on_bench(test, sounds=SoundsSection(listening=False))


def test_speech_waits_for_the_end_of_a_signal():
    """They are heard one after the other."""

    async def test(bench):
        await bench.mouth.signal("done")
        await bench.say("Say w7.")
        assert bench.output.rates == [earcons.SAMPLE_RATE, RATE]
        assert bench.output.ends[0] == "finish"

    on_bench(test)


def test_a_signal_that_comes_too_late_is_left_out(monkeypatch):
    """Nobody knows any more what it is about."""
    monkeypatch.setattr("irene.pipeline.speaking.mouth._SIGNAL_PATIENCE_S", 0.005)
    output, held = KeepingOutput(), threading.Event()
    output.on_write = lambda: held.wait(WAIT_S)

    async def test(bench):
        saying = asyncio.ensure_future(bench.say("Say w7."))
        while not output.played:
            await asyncio.sleep(0.001)
        await bench.mouth.signal("listening")
        await asyncio.sleep(0.01)
        held.set()
        await saying
        await settled(bench)
        assert output.rates == [RATE]

    on_bench(test, output=output)


def test_an_interruption_stops_a_signal():
    """Within a slice."""
    output = KeepingOutput()

    async def test(bench):
        output.on_write = bench.mouth.interrupt
        await bench.mouth.signal("alarm")
        await settled(bench)
        assert sum(piece.size for piece in output.played) <= earcons.SAMPLE_RATE // 10

    on_bench(test, output=output)


def test_a_signal_that_cannot_be_played_harms_nobody():
    """The output's failure is told by its chain; the next text tries it again."""
    output = KeepingOutput()

    def fail():
        raise OSError("unplugged")

    async def test(bench):
        output.on_write = fail
        await bench.mouth.signal("done")
        await settled(bench)
        assert bench.events[0].reason == "OSError: unplugged"
        output.on_write = no_fault
        assert (await bench.say("Say w7.")).to_end

    on_bench(test, output=output)


def test_the_volume_counts_for_signals():
    """Half is half."""

    async def test(bench):
        bench.mouth.volume = 0.5
        await bench.mouth.signal("done")
        await settled(bench)
        assert loudest(bench.output.samples) == pytest.approx(
            loudest(earcons.done().samples) / 2, abs=1
        )

    on_bench(test)


def test_a_sound_may_be_a_file_of_ones_own(tmp_path):
    """Stereo of any rate becomes mono of that rate."""
    path = tmp_path / "gong.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
        file.writeframes(np.array([[100, 300]] * 80, "<i2").tobytes())
    kept = Earcons(SoundsSection(done=str(path)))
    kept.load()
    assert kept.of("done").sample_rate == 8000
    assert kept.of("done").samples.tolist() == [200] * 80


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file"), (b"RIFF", "damaged|chunk"), (b"", "damaged")]
)
def test_a_file_that_is_no_sound_is_refused_at_the_start(tmp_path, content, reason):
    """The line names the key and what it takes."""
    path = tmp_path / "gong.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=reason) as caught:
        Earcons(SoundsSection(alarm=str(path))).load()
    assert str(caught.value).startswith(f"sounds.alarm = '{path}': ")
    assert str(caught.value).endswith("of 16 bits and at most 30 s, true or false")


def test_a_file_of_minutes_is_refused(tmp_path):
    """A song is no earcon."""
    path = tmp_path / "song.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 100, 0, "NONE", ""))
        file.writeframes(bytes(2 * 100 * 31))
    with pytest.raises(ConfigurationError, match="too long"):
        Earcons(SoundsSection(alarm=str(path))).load()


def test_a_ring_goes_on_until_it_is_stopped():
    """Sound and text in turns."""
    output = Paced()
    pace = output.on_write

    async def test(bench):
        def stop_later():
            pace()
            if output.rates.count(RATE) == 3:
                bench.mouth.interrupt()

        output.on_write = stop_later
        spoken = await bench.mouth.ring(TEXT, bench.mouth.interruptions)
        assert not spoken.to_end
        assert spoken.provider == "number"
        assert set(spoken.text.split(". ")) <= {"Say w7", "Say w7."}
        assert output.rates[:4] == [earcons.SAMPLE_RATE, RATE, earcons.SAMPLE_RATE, RATE]
        assert bench.voices[0].texts == ["Say w7."]

    on_bench(test, output=output)


def test_a_ring_ends_by_itself_when_nobody_comes():
    """After its limit, counted in audio."""

    async def test(bench):
        spoken = await bench.mouth.ring(TEXT, bench.mouth.interruptions, limit_s=4)
        assert spoken.to_end
        assert 4 <= spoken.seconds < 8

    on_bench(test, output=Paced())


def test_a_ring_begins_softly_and_grows():
    """It is a quarter as loud at the beginning as after twenty seconds."""

    async def test(bench):
        await bench.mouth.ring(Response("", "en"), bench.mouth.interruptions, limit_s=30)
        samples = bench.output.samples
        return [loudest(samples[: 24000 * 2]), loudest(samples[-24000 * 3 :])]

    first, last = on_bench(test, output=Paced())
    assert first < 0.4 * last
    assert last == pytest.approx(loudest(earcons.alarm().samples), rel=0.02)


def test_a_ring_is_heard_though_the_voice_is_turned_off():
    """Volume 0 is for answers; an alarm that nobody hears is none."""

    async def test(bench):
        await bench.mouth.ring(Response("", "en"), bench.mouth.interruptions, limit_s=25)
        return loudest(bench.output.samples)

    heard = on_bench(test, output=Paced(), volume=0)
    assert heard == pytest.approx(QUIETEST * loudest(earcons.alarm().samples), rel=0.02)


def test_a_voice_that_hangs_does_not_keep_an_alarm_from_ringing():
    """The sound goes on without the text."""
    voice, held = NumberVoice(), threading.Event()
    voice.fault = lambda: held.wait(30)

    async def test(bench):
        spoken = await bench.mouth.ring(TEXT, bench.mouth.interruptions, limit_s=6)
        held.set()
        assert spoken.seconds >= 6
        assert spoken.text == ""
        assert bench.output.rates == [earcons.SAMPLE_RATE]

    on_bench(test, output=Paced(), voices=[voice])


def test_a_voice_that_fails_does_not_keep_an_alarm_from_ringing():
    """Nor does one that raises."""
    voice = NumberVoice()

    def fail():
        raise RuntimeError("hoarse")

    voice.fault = fail

    async def test(bench):
        spoken = await bench.mouth.ring(TEXT, bench.mouth.interruptions, limit_s=6)
        assert (spoken.to_end, spoken.text) == (True, "")

    on_bench(test, output=Paced(), voices=[voice])


def test_into_a_file_an_alarm_rings_once():
    """Nobody could stop it there."""
    output = type("File", (KeepingOutput,), {"live": False})()

    async def test(bench):
        spoken = await bench.mouth.ring(TEXT, bench.mouth.interruptions)
        assert spoken.text == "Say w7."
        assert output.rates == [earcons.SAMPLE_RATE, RATE, earcons.SAMPLE_RATE]

    on_bench(test, output=output)


def test_a_ring_that_was_stopped_before_it_began_is_not_heard():
    """Like any other text."""

    async def test(bench):
        since = bench.mouth.interruptions
        bench.mouth.interrupt()
        assert await bench.mouth.ring(TEXT, since) is None
        assert bench.output.played == []

    on_bench(test)


def test_an_alarm_without_sound_says_its_text_again_and_again():
    """`sounds.alarm = false` leaves the words."""

    async def test(bench):
        spoken = await bench.mouth.ring(TEXT, bench.mouth.interruptions, limit_s=5)
        assert spoken.text.count("Say w7.") >= 2

    on_bench(test, output=Paced(), sounds=SoundsSection(alarm=False))
