"""`irene transcribe --compare` from the outside: real recordings, real engines side by side."""

import json
from pathlib import Path

import pytest

pytest.importorskip("pocketsphinx", reason="the extra 'pocketsphinx' is not installed")
pytest.importorskip("soundfile", reason="the extra 'audio' is not installed")

pytestmark = pytest.mark.usefixtures("kept_decoders")

TESTS = Path(__file__).parent.parent
DATA = TESTS / "data"
WHAT_TIME = str(DATA / "commands" / "rhasspy3__what_time_is_it.wav")
LAMP = str(DATA / "commands" / "rhasspy3__turn_on_the_lamp.wav")
NO_MODEL = ("--set", "asr.providers.vosk.model=/nowhere/at-all")


@pytest.fixture
def compare(irene):
    """Return a function that compares recognisers and gives status, output and error lines."""

    def run(names, *args):
        done = irene("transcribe", "--compare", names, *args)
        return done.code, done.out, done.err.splitlines()

    return run


@pytest.fixture
def reference(tmp_path):
    """Return a reference of two recordings, of which the second is made wrong by one word."""
    path = tmp_path / "texts.txt"
    path.write_text("What time is it?\nTurn off the lamp.\n", "utf-8")
    return str(path)


def _vosk():
    pytest.importorskip("vosk", reason="the extra 'vosk' is not installed")
    return ("--set", f"asr.providers.vosk.model={TESTS / 'models' / 'vosk' / 'irene-commands-en'}")


def test_recognisers_are_set_side_by_side(compare, reference):
    """Each with its text, errors, speed and memory; one of eight words is wrong."""
    files = (WHAT_TIME, LAMP, "--reference", reference)
    code, out, err = compare("pocketsphinx,vosk", *files, "--json", *_vosk())
    assert (code, err) == (0, [])
    first, second = json.loads(out)["recognisers"]
    assert (first["provider"], second["provider"]) == ("pocketsphinx", "vosk")
    assert first["errors"]["n_reference"] == 8
    assert 1 <= first["errors"]["substitutions"] <= 2
    texts = [(file["file"], file["text"]) for file in first["files"]]
    assert texts[0] == (WHAT_TIME, "what time is it")
    assert texts[1][1].startswith("turn on the lam")
    for one in (first, second):
        assert all(one[key] > 0 for key in ("rtf", "cpu_per_s", "load_s", "loaded_mb", "peak_mb"))
        assert one["peak_mb"] >= one["loaded_mb"] * 0.9


def test_a_missing_engine_is_one_line_and_the_others_go_on(compare):
    """The exit status is that of a missing provider."""
    code, out, err = compare("vosk,pocketsphinx", WHAT_TIME, *NO_MODEL)
    assert code == 3
    assert "pocketsphinx" in out
    assert "vosk" not in out
    assert len(err) == 1
    assert "vosk" in err[0]


def test_a_file_that_cannot_be_read_is_told_once(compare):
    """Not once for each recogniser; the other file is compared."""
    model = _vosk()[-1].partition("=")[2]
    both = ("--set", "asr.providers.twin.type=vosk", "--set", f"asr.providers.twin.model={model}")
    both += _vosk()
    code, out, err = compare("vosk,twin", "nowhere.wav", WHAT_TIME, *both)
    assert code == 4
    assert len(err) == 1
    assert err[0].startswith("irene: nowhere.wav: no such file")
    assert [line.split()[0] for line in out.splitlines()[5:7]] == ["vosk", "twin"]


def test_a_misspelt_recogniser_is_refused_at_once(compare):
    """Before anything is loaded or measured."""
    code, out, err = compare("pocketsphinx,voks", WHAT_TIME)
    assert (code, out) == (2, "")
    assert err == ["irene: no asr provider is called 'voks'; did you mean 'vosk'?"]


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("--provider", "vosk"), "--compare does not go with --provider"),
        (("--format", "srt"), "--compare: --format is text or json, not srt"),
        (("-",), "--compare reads every FILE several times: - can be read once only"),
    ],
    ids=["provider", "subtitles", "pipe"],
)
def test_what_does_not_go_with_a_comparison_is_refused(compare, args, line):
    """With one line and the exit status of a wrong command line."""
    code, out, err = compare("pocketsphinx", WHAT_TIME, *args)
    assert (code, out, err) == (2, "", [f"irene transcribe: {line}"])


def test_a_reference_needs_a_comparison(irene):
    """A plain transcription counts no errors."""
    done = irene("transcribe", WHAT_TIME, "--reference", "texts.csv")
    assert (done.code, done.err) == (2, "irene transcribe: --reference goes with --compare\n")


def test_json_is_short_for_the_format(irene):
    """As other commands have it."""
    short, long = (
        irene("transcribe", WHAT_TIME, *form) for form in (["--json"], ["--format", "json"])
    )
    assert json.loads(short.out)[0]["text"] == json.loads(long.out)[0]["text"]
