"""The assistant and its recognisers: what it does so that nothing that was said is lost."""

import asyncio
import json
import threading
from pathlib import Path

import numpy as np
from test_assistant_failures import spy_on_streams
from test_assistant_live import LONGEST_WAIT_S, live_stage
from test_assistant_script import COMMAND, SPEECH, WAKE, Stage, names, one

from irene.components.utterances.pending_speech import read_utterance
from irene.pipeline.assistant import Assistant
from irene.testing import AsrScript, silence


def boom():
    """Raise, as an engine may."""
    raise OSError("boom")


def hanging_at(n_calls):
    """Return a fault that hangs in its last call, the event that tells so, and what ends it."""
    reached, release = threading.Event(), threading.Event()
    left = iter(range(n_calls - 1))

    def fault():
        if next(left, None) is None:
            reached.set()
            release.wait(LONGEST_WAIT_S)

    return fault, reached, release


def test_a_recogniser_that_hangs_while_somebody_speaks_is_replaced_meanwhile():
    """The second one is asked before the end of speech, and hears every sample."""
    fault, reached, release = hanging_at(3)
    opened = threading.Event()
    stage = live_stage(silence(1), WAKE, silence(0.5), SPEECH, reached, opened, silence(1.5))
    stage.asr.script = AsrScript(fault=fault)
    stage.second_asr.script = AsrScript(text="right")
    stage.config["asr"]["providers"] = {"first": {"deadline_ms": 250}}
    streams = spy_on_streams(stage.second_asr)
    spied = stage.second_asr.open_stream
    stage.second_asr.open_stream = lambda self, request: opened.set() or spied(self, request)
    events = stage.play(silence(0))
    release.set()
    assert one(events, "transcript")["text"] == "right"
    assert int((streams[0].audio == SPEECH[0]).sum()) == SPEECH.size
    told = names(events)
    assert told.index("provider_switched") < told.index("speech_ended")
    assert one(events, "call_abandoned")["call"] == "accept"


def test_what_nobody_could_recognise_is_in_the_state_folder(tmp_path):
    """All of it, with the reasons; the error comes after it is safe."""
    stage = Stage()
    for cls in (stage.asr, stage.second_asr):
        cls.script = AsrScript(finish_fault=boom)
    stage.config["assistant"] = {"state_folder": str(tmp_path), "language": "en"}
    events = stage.play(*COMMAND)
    kept = one(events, "utterance_kept")
    path = Path(kept["path"])
    assert path.parent == tmp_path / "pending-speech"
    clip = read_utterance(path)
    assert int((clip.samples == SPEECH[0]).sum()) == SPEECH.size
    assert clip.duration_s == kept["seconds"]
    facts = json.loads(path.with_suffix(".json").read_text())
    assert (
        facts["reasons"] == kept["reasons"] == dict.fromkeys(["first", "second"], "OSError: boom")
    )
    assert facts["language"] == "en"
    assert names(events).index("utterance_kept") < names(events).index("error")
    assert one(events, "session_ended")["reason"] == "failed"


def test_what_a_killed_assistant_has_left_is_kept_by_the_next_one(tmp_path):
    """At its start, before anybody speaks, and once."""
    folder = tmp_path / "pending-speech"
    folder.mkdir()
    head = b'{"sample_rate": 8000, "said_at": "2030-05-01T12:00:00+00:00"}\n'
    (folder / "a.spool").write_bytes(head + b"\x01\x00\x02\x00\x03")
    stage = Stage()
    stage.config["assistant"] = {"state_folder": str(tmp_path)}
    stage.play(silence(0.1))
    (path,) = folder.glob("*.wav")
    assert read_utterance(path).samples.tolist() == [1, 2]
    assert not (folder / "a.spool").exists()


def test_nothing_is_kept_when_that_is_switched_off(tmp_path):
    """`asr.keep_failed = 0`: no file, no folder, no event."""
    stage = Stage()
    for cls in (stage.asr, stage.second_asr):
        cls.script = AsrScript(finish_fault=boom)
    stage.config["assistant"] = {"state_folder": str(tmp_path)}
    stage.config["asr"]["keep_failed"] = 0
    assert "utterance_kept" not in names(stage.play(*COMMAND))
    assert list(tmp_path.iterdir()) == []


def test_speech_that_cannot_be_kept_is_told(tmp_path):
    """The disk is full, or the folder is a file: one warning, and the session has its end."""
    stage = Stage()
    for cls in (stage.asr, stage.second_asr):
        cls.script = AsrScript(finish_fault=boom)
    (tmp_path / "pending-speech").write_text("in the way")
    stage.config["assistant"] = {"state_folder": str(tmp_path)}
    events = stage.play(*COMMAND)
    assert "what was said is lost" in one(events, "warning")["message"]
    assert one(events, "session_ended")["reason"] == "failed"


def test_stopping_the_assistant_marks_no_recogniser_down():
    """Whatever the engine does when its utterance is given up."""
    reached, given_up = threading.Event(), threading.Event()

    def fault():
        reached.set()
        given_up.wait(LONGEST_WAIT_S)
        boom()

    stage = live_stage(*COMMAND, threading.Event())
    stage.asr.script = AsrScript(finish_fault=fault)

    async def run():
        events = []
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            threading.Thread(target=lambda: reached.wait() and assistant.stop()).start()
            async for event in assistant.run():
                events.append(event.to_dict())
                if event.event == "session_ended":
                    given_up.set()
        return events

    events = asyncio.run(run())
    assert one(events, "session_ended")["reason"] == "cancelled"
    assert "provider_failed" not in names(events)


def test_a_cough_marks_no_recogniser_down():
    """Too short for speech: given up, and nobody is told of an engine that minds."""
    stage = Stage()
    original = stage.asr.open_stream

    def open_stream(self, request):
        stream = original(self, request)
        stream.close = boom
        return stream

    stage.asr.open_stream = open_stream
    stage.config["vad"] |= {"min_speech_ms": 500, "onset_ms": 50}
    cough = np.full(3200, 3000, np.int16)
    events = stage.play(silence(1), WAKE, silence(0.5), cough, silence(6))
    assert one(events, "session_ended")["reason"] == "no_speech"
    assert "provider_failed" not in names(events)
