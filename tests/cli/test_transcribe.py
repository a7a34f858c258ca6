"""`irene transcribe` from the outside: real recordings, real engines, real exit codes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from quick_start import ONE_HANDLER

pytest.importorskip("pocketsphinx", reason="the extra 'pocketsphinx' is not installed")
pytest.importorskip("soundfile", reason="the extra 'audio' is not installed")

pytestmark = pytest.mark.usefixtures("kept_decoders")


DATA = Path(__file__).parent.parent / "data"
WHAT_TIME = str(DATA / "commands" / "rhasspy3__what_time_is_it.wav")
LAMP = str(DATA / "commands" / "rhasspy3__turn_on_the_lamp.wav")
MP3 = str(DATA / "formats" / "whisper.cpp__jfk.mp3")
NO_AUDIO = str(DATA / "ORIGIN.csv")


@pytest.fixture
def transcribe(irene):
    """Return a function that runs the command and gives exit status, output and error lines."""

    def run(*args):
        done = irene("transcribe", *args)
        return done.code, done.out, done.err.splitlines()

    return run


@pytest.fixture
def truncated(tmp_path):
    """Return a recording whose end is missing, though not its words."""
    content = Path(WHAT_TIME).read_bytes()
    path = tmp_path / "cut.wav"
    path.write_bytes(content[: int(len(content) * 0.95)])
    return str(path)


def test_the_text_of_one_file_is_one_line(transcribe):
    """Nothing but what was said: it can be piped on."""
    assert transcribe(WHAT_TIME) == (0, "what time is it\n", [])


def test_several_files_are_lines_after_their_names(transcribe):
    """As grep does with several files."""
    code, out, err = transcribe(WHAT_TIME, LAMP)
    first, second = out.splitlines()
    assert first == f"{WHAT_TIME}: what time is it"
    assert second.startswith(f"{LAMP}: turn on the lam")
    assert (code, err) == (0, [])


def test_json_is_a_list_of_objects(transcribe):
    """With words, their times, and the speed of recognition."""
    code, out, _ = transcribe(WHAT_TIME, LAMP, "--format", "json")
    first, second = json.loads(out)
    assert code == 0
    assert list(first) == ["file", "text", "language", "provider", "words", "seconds", "rtf"]
    assert (first["file"], first["text"], first["seconds"]) == (WHAT_TIME, "what time is it", 2.0)
    assert (first["language"], first["provider"]) == ("en", "pocketsphinx")
    assert [word["text"] for word in first["words"]] == ["what", "time", "is", "it"]
    assert all(0 < word["start_s"] < word["end_s"] < 2.0 for word in first["words"])
    assert first["rtf"] > 0
    assert second["file"] == LAMP


def test_subrip_has_numbers_times_and_text(transcribe):
    """As players read it."""
    code, out, _ = transcribe(WHAT_TIME, "--format", "srt")
    assert code == 0
    pattern = r"1\n00:00:00,\d{3} --> 00:00:01,\d{3}\nwhat time is it\n\n"
    assert re.fullmatch(pattern, out), out


def test_webvtt_has_its_header(transcribe):
    """As browsers read it."""
    code, out, _ = transcribe(WHAT_TIME, "--format", "vtt")
    assert code == 0
    pattern = r"WEBVTT\n\n00:00:00\.\d{3} --> 00:00:01\.\d{3}\nwhat time is it\n\n"
    assert re.fullmatch(pattern, out), out


def test_the_cues_of_a_longer_recording_follow_one_another(transcribe):
    """Numbers count up, times never go back."""
    _, out, _ = transcribe(MP3, "--format", "srt")
    cues = [block.split("\n") for block in out.strip().split("\n\n")]
    assert [cue[0] for cue in cues] == [str(number + 1) for number in range(len(cues))]
    times = [time for cue in cues for time in cue[1].split(" --> ")]
    assert times == sorted(times)
    assert len(cues) > 1


def test_subtitles_are_for_one_file(transcribe):
    """SubRip cannot say which file a cue belongs to."""
    code, out, err = transcribe(WHAT_TIME, LAMP, "--format", "srt")
    assert (code, out) == (2, "")
    assert err == ["irene transcribe: --format srt is for one file at a time, not 2"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_bad_file_is_reported_and_the_others_go_on(transcribe, form):
    """One line for each, and exit status 4 in the end."""
    code, out, err = transcribe("nowhere.wav", NO_AUDIO, WHAT_TIME, "--format", form)
    assert code == 4
    assert "what time is it" in out
    assert len(json.loads(out) if form == "json" else out.splitlines()) == 1
    assert len(err) == 2
    assert err[0].startswith("irene: nowhere.wav: no such file")
    assert err[1].startswith(f"irene: {NO_AUDIO}: ")


def test_a_truncated_file_gives_its_text_and_the_error(transcribe, truncated):
    """What was readable is not lost."""
    code, out, err = transcribe(truncated)
    assert (code, out) == (4, "what time is it\n")
    assert len(err) == 1
    assert "truncated" in err[0]


def test_json_without_any_readable_file_is_an_empty_list(transcribe):
    """Programs can always parse it."""
    code, out, err = transcribe("nowhere.wav", "--format", "json")
    assert (code, json.loads(out), len(err)) == (4, [], 1)


def test_every_malformed_recording_is_one_line(transcribe):
    """No traceback, whatever is wrong; what can be read of it is transcribed."""
    files = sorted(map(str, (DATA / "malformed").iterdir()))
    code, _, err = transcribe(*files, "--set", "vad.default_provider=energy")
    assert code == 4
    assert len(err) > 10
    assert all(any(f"irene: {file}: " in line for file in files) for line in err), err


def test_an_unknown_recogniser_is_named(transcribe):
    """A mistyped name is a usage error with the nearest known one."""
    code, out, err = transcribe(WHAT_TIME, "--provider", "poketsphinx")
    assert (code, out) == (2, "")
    assert err == [
        "irene: --provider: nobody offers asr provider 'poketsphinx'; did you mean 'pocketsphinx'?"
    ]


def test_a_recogniser_without_its_model_is_exit_3(transcribe):
    """Nothing else takes its place when it was asked for by name."""
    missing = "asr.providers.vosk.model=/no/such/model"
    code, out, err = transcribe(WHAT_TIME, "--provider", "vosk", "--set", missing)
    assert (code, out) == (3, "")
    assert len(err) == 1
    assert err[0].startswith("irene: asr provider 'vosk': ")


MOODY = """
from irene import hookimpl
from irene.testing import AsrScript, ScriptedAsr

def grumble():
    raise ValueError("accept broke")

class MoodyAsr(ScriptedAsr):
    name = "moody"
    script = AsrScript(fault=grumble)

@hookimpl
def irene_asrs():
    return [MoodyAsr]
"""


@pytest.mark.parametrize(("form", "nothing"), [("text", ""), ("json", "[]\n")])
def test_a_recogniser_that_fails_is_named_with_the_file(transcribe, install_plugin, form, nothing):
    """In one line each; a file that failed has no text, not an empty one."""
    install_plugin("moody", MOODY)
    code, out, err = transcribe(WHAT_TIME, LAMP, "--provider", "moody", "--format", form)
    assert (code, out) == (3, nothing)
    problem = "asr provider 'moody': ValueError: accept broke"
    assert err == [f"irene: {WHAT_TIME}: {problem}", f"irene: {LAMP}: {problem}"]


def test_a_recogniser_that_stands_in_is_a_warning(transcribe, install_plugin):
    """The text is there, and so is the reason why somebody else recognised it."""
    install_plugin("moody", MOODY)
    first = ("--set", "asr.default_provider=moody")
    second = ("--set", 'asr.fallback_providers=["pocketsphinx"]')
    code, out, err = transcribe(WHAT_TIME, *first, *second)
    assert (code, out) == (0, "what time is it\n")
    assert err == ["irene: warning: asr provider 'moody': ValueError: accept broke"]


def test_every_json_object_ends_its_line(transcribe):
    """What is told in between on a terminal starts on a line of its own."""
    _, out, _ = transcribe(WHAT_TIME, LAMP, "--format", "json")
    first, *objects, last = out.splitlines()
    assert (first, last) == ("[", "]")
    assert [json.loads(line.lstrip(" ,"))["file"] for line in objects] == [WHAT_TIME, LAMP]


def test_an_unknown_language_is_refused(transcribe):
    """PocketSphinx would make English of it."""
    code, out, err = transcribe(WHAT_TIME, "--language", "fr")
    assert (code, out) == (2, "")
    assert "'fr'" in err[0]
    assert "knows en" in err[0]


def test_a_region_of_a_known_language_is_accepted(transcribe):
    """`en-US` is English."""
    assert transcribe(WHAT_TIME, "--language", "en-US")[:2] == (0, "what time is it\n")


def test_settings_reach_the_engines(transcribe):
    """A recording has no speech for a VAD that is never sure."""
    code, out, _ = transcribe(WHAT_TIME, "--set", "vad.threshold=1.0")
    assert (code, out) == (0, "\n")


def test_no_file_is_a_usage_error(transcribe):
    """There is nothing to write down."""
    code, out, err = transcribe()
    assert (code, out, len(err)) == (2, "", 1)


def test_a_pipe_is_a_recording():
    """`-` reads standard input, in a process of its own."""
    command = [sys.executable, "-m", "irene", "transcribe", "-", "--format", "json", *ONE_HANDLER]
    done = subprocess.run(
        command, input=Path(WHAT_TIME).read_bytes(), capture_output=True, check=False, timeout=60
    )
    (found,) = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (found["file"], found["text"], found["seconds"]) == ("-", "what time is it", 2.0)


TORN = """
from irene import AsrCapabilities, Hypothesis, hookimpl
from irene.testing import ScriptedAsr

class TornAsr(ScriptedAsr):
    name = "torn"
    capabilities = AsrCapabilities(grammar=True, max_concurrency=4)

    def open_stream(self, request):
        stream = super().open_stream(request)
        text = "anything" if request.grammar is None else "a command"
        stream.finish = lambda: Hypothesis(text, True, in_grammar=request.grammar is not None)
        return stream

@hookimpl
def irene_asrs():
    return [TornAsr]
"""


@pytest.mark.parametrize(
    ("args", "text"),
    [
        ((), "anything"),
        (("--config", "minimal"), "a command"),
        (("--config", "minimal", "--set", "asr.grammar=off"), "anything"),
    ],
)
def test_a_configuration_of_ones_own_brings_its_sentences(
    transcribe, install_plugin, own_folder, args, text
):
    """Without one, a recording is just speech."""
    install_plugin("torn", TORN)
    assert transcribe(LAMP, "--provider", "torn", *args)[:2] == (0, f"{text}\n")
    if not args:
        Path("irene.toml").write_text("[assistant]\nlanguage = 'en'\n")
        assert transcribe(LAMP, "--provider", "torn")[1] == "a command\n"


def test_comparing_goes_one_at_a_time(transcribe):
    """Speeds would mean something else."""
    code, _, err = transcribe("--compare", "vosk,pocketsphinx", "--at-once", "2", "a.wav")
    assert (code, "--compare does not go with --at-once" in err[-1]) == (2, True)
