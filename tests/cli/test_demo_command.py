"""`irene demo` on the real engines."""

import os
import subprocess
import sys
import wave

import pytest

from irene.performance.store.reading import Extent, reading

for engine in ("pymicro_wakeword", "pocketsphinx", "espeakng_loader", "hassil", "soundfile"):
    pytest.importorskip(engine, reason=f"the demonstration needs {engine}")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Return a finished demonstration and the folder that it ran in."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "irene", "demo", "--no-play"]
    env = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, env=env)
    return done, folder


def test_a_recorded_question_is_answered(demo):
    """Wake word, transcript and answer are shown, and nothing is complained about."""
    done, _ = demo
    assert (done.returncode, done.stderr) == (0, "")
    for expected in ("hey_jarvis", '"what time is it"', "The answer: It is ", "answer.wav"):
        assert expected in done.stdout
    assert "\x1b" not in done.stdout


def test_the_answer_is_spoken_into_a_file_in_the_working_directory(demo):
    """As the demonstration says."""
    _, folder = demo
    with wave.open(str(folder / "answer.wav"), "rb") as file:
        assert file.getnframes() / file.getframerate() > 0.5


def test_what_a_demonstration_takes_is_kept(demo):
    """As of any run: one command, every stage of it."""
    _, folder = demo
    with reading(folder / "state/irene/irene/performance/performance.db") as store:
        (run,) = store.runs()
        stages = {span.name for span in store.spans(Extent([run.number], 0.0))}
    assert run.ended == "end_of_input"
    assert {"wake", "vad", "asr", "intent", "tts"} <= stages


def test_each_explanation_follows_its_event_once(demo):
    """A kind of event may come often; what it means is said once."""
    done, _ = demo
    assert done.stdout.count("A voice turns the text into sound.") == 1
    assert done.stdout.index("  spoken ") < done.stdout.index("A voice turns the text into sound.")


def test_a_demonstration_that_does_not_understand_is_a_failed_check(irene, monkeypatch):
    """Packagers rely on its exit code."""
    monkeypatch.setenv("IRENE_VOICE_TRIGGER__WAKE_WORDS", '["okay_nabu"]')
    outcome = irene("demo", "--no-play")
    assert outcome.code == 6
    why, what = outcome.err.splitlines()
    assert "no wake word was heard" in why
    assert what == "irene: demo: the question was not understood; see `irene providers`"
