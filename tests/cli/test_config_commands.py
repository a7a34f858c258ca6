"""`irene config` and `irene init`."""

import json
from pathlib import Path

import jsonschema
import pytest

from irene.config.sources import profiles

BROKEN = """\
[asr]
default_provder = "pocketsphinx"
sample_rate = "fast"
[vad]
threshold = 3
[tts]
default_provider = "espekk"
[assistnat]
"""


def test_the_starter_configuration_is_written_and_passes_its_own_check(irene):
    """`irene init` leaves a file that `irene config check` likes and `irene run` would use."""
    assert irene("init").code == 0
    assert "# " in Path("irene.toml").read_text(encoding="utf-8")
    assert irene("config", "check") == irene("config", "check", "irene.toml")
    assert irene("config", "check").out == "irene.toml: ok\n"


def test_init_replaces_a_file_only_when_told_to(irene):
    """Somebody's own work is not lost."""
    Path("irene.toml").write_text("mine")
    outcome = irene("init")
    assert outcome.code == 2
    assert "irene.toml is there already" in outcome.err
    assert Path("irene.toml").read_text() == "mine"
    assert irene("init", "--force").code == 0
    assert Path("irene.toml").read_text() != "mine"


def test_init_takes_a_folder(irene, own_folder):
    """The usual file name is added."""
    (own_folder / "house").mkdir()
    irene("init", "house")
    assert (own_folder / "house" / "irene.toml").is_file()


def test_init_takes_a_final_slash_for_a_folder(irene):
    """Also when it is not there: no file takes its place."""
    outcome = irene("init", "house/")
    assert outcome.code == 2
    assert outcome.err.startswith("irene init: house/irene.toml cannot be written: ")
    assert not Path("house").exists()


def test_init_names_a_folder_that_is_missing(irene):
    """One line, no traceback."""
    outcome = irene("init", "nowhere/irene.toml")
    assert outcome.code == 2
    assert outcome.err == (
        "irene init: nowhere/irene.toml cannot be written: no such file or directory\n"
    )


def test_check_tells_all_problems_at_once(irene):
    """One line each, with file and line, and what is meant."""
    Path("house.toml").write_text(BROKEN)
    outcome = irene("config", "check", "house.toml")
    assert outcome.code == 2
    lines = outcome.out.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        f"house.toml:{number}" for number in (2, 3, 5, 7, 8)
    ]
    assert lines[0].endswith("did you mean 'default_provider'?")
    assert lines[3].endswith("did you mean 'espeak'?")


def test_check_shows_warnings_and_passes(irene):
    """A key without effect is told, and does no harm."""
    Path("house.toml").write_text('[asr.providers.pocketsphinx]\ndevice = "cpu"\n')
    outcome = irene("config", "check", "house.toml")
    assert outcome.code == 0
    assert outcome.out.splitlines()[0].startswith(
        "house.toml:2: warning: asr.providers.pocketsphinx.device"
    )
    assert outcome.out.splitlines()[-1] == "house.toml: ok"


def test_check_looks_at_overrides_too(irene):
    """`--set` is part of the configuration."""
    outcome = irene("config", "check", "default", "--set", "vad.threshold=loud")
    assert outcome.code == 2
    assert outcome.out.startswith("--set: vad.threshold: ")


@pytest.mark.parametrize("command", ["check", "show"])
def test_a_file_that_is_not_there_is_one_line(irene, command):
    """Exit code 2, and the nearest profile is named."""
    outcome = irene("config", command, "defalt")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.endswith("did you mean 'default'?\n")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("name", profiles())
def test_every_shipped_profile_passes(irene, name):
    """Profiles have no errors and no warnings."""
    outcome = irene("config", "check", name)
    assert (outcome.code, outcome.out.count("\n")) == (0, 1)


def test_show_is_a_configuration_again(irene):
    """What is printed can be saved and used."""
    Path("shown.toml").write_text(irene("config", "show", "minimal").out)
    assert irene("config", "check", "shown.toml").out == "shown.toml: ok\n"


def test_show_tells_where_each_value_comes_from(irene, monkeypatch):
    """File with line, environment, --set, or default."""
    Path("irene.toml").write_text("[tts]\nrate = 1.5\n")
    monkeypatch.setenv("IRENE_TTS__PITCH", "1.2")
    out = irene("config", "show", "--origin", "--set", "tts.volume=0.5").out
    assert "rate = 1.5  # file irene.toml:2\n" in out
    assert "pitch = 1.2  # environment IRENE_TTS__PITCH\n" in out
    assert "volume = 0.5  # --set\n" in out
    assert "cache_max_mb = 16.0  # default\n" in out


def test_schema_is_a_json_schema_that_accepts_a_configuration(irene):
    """Editors can use what is printed."""
    schema = json.loads(irene("config", "schema").out)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"asr": {"default_provider": "vosk"}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"asr": {"default_provder": "vosk"}}, schema)


SENTENCES = """\
language: en
intents:
  HassTurnOn:
    data:
      - sentences: ["turn on (the zigbee coordinator|{name})", "channel 5"]
lists:
  name:
    values: ["lamp", "plug 2"]
responses:
  intents:
    HassTurnOn:
      default: "done"
"""


@pytest.fixture
def sentences(own_folder):
    """Return a function that writes a sentence file and a configuration that reads it."""
    pytest.importorskip("hassil", reason="the extra 'intents' is not installed")

    def write(text, more=""):
        (own_folder / "sentences" / "en").mkdir(parents=True)
        (own_folder / "sentences" / "en" / "home.yaml").write_text(text)
        Path("irene.toml").write_text(f'[intents]\nsentences = ["sentences"]\n{more}')

    return write


def test_check_names_what_can_be_understood_but_not_heard_by_words(irene, sentences):
    """Digits are no words: a line for a sentence, and one for a list; the check passes."""
    sentences(SENTENCES)
    outcome = irene("config", "check")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert any("intent HassTurnOn: 'channel 5': write '5' as words" in line for line in lines)
    assert any("list {name}: write '2' as words" in line for line in lines)
    assert all(line.startswith("irene.toml: ") for line in lines)
    assert lines[-1] == "irene.toml: ok"


DEAF = """
from irene import AsrCapabilities, hookimpl
from irene.testing import ScriptedAsr

class DeafAsr(ScriptedAsr):
    name = "deaf"
    capabilities = AsrCapabilities(grammar=True)

    def unknown_words(self, words):
        return tuple(word for word in words if word in ("zigbee", "coordinator"))

    def _load(self):
        raise AssertionError("no engine is loaded")

@hookimpl
def irene_asrs():
    return [DeafAsr]
"""


def test_check_names_words_that_are_never_heard(irene, sentences, install_plugin):
    """In one line, of the recogniser that is configured, without loading it."""
    install_plugin("deaf", DEAF)
    sentences(SENTENCES, '[asr]\ndefault_provider = "deaf"\n')
    lines = irene("config", "check").out.splitlines()
    (line,) = [line for line in lines if "never hear" in line]
    assert "warning: asr provider 'deaf' can never hear coordinator, zigbee: " in line


def test_check_compiles_the_sentences(irene, sentences):
    """A mistake in one would keep the assistant from starting."""
    sentences(SENTENCES.replace("{name}", "{nam}"))
    outcome = irene("config", "check")
    assert outcome.code == 2
    assert "unknown list {nam}; did you mean {name}?" in outcome.out
    assert not outcome.out.endswith("ok\n")


def test_check_says_nothing_of_words_where_nothing_guides(irene, sentences, install_plugin):
    """With `asr.grammar = "off"` everything is heard freely."""
    install_plugin("deaf", DEAF)
    sentences(SENTENCES, '[asr]\ndefault_provider = "deaf"\ngrammar = "off"\n')
    assert irene("config", "check").out == "irene.toml: ok\n"


SULKING = """
from irene import IntentHandler, hookimpl

class SulkingHandler(IntentHandler[None]):
    name = "sulking"
    intents = ("Sulk",)

    def handle(self, intent, context):
        return None

    def sentences(self, language):
        raise ValueError("no mood")

@hookimpl
def irene_intent_handlers():
    return [SulkingHandler]
"""


def test_check_survives_a_handler_that_raises(irene, sentences, install_plugin):
    """Foreign code is a warning with its reason, not a traceback."""
    install_plugin("sulking", SULKING)
    sentences(SENTENCES, 'handlers = ["sulking"]\n')
    outcome = irene("config", "check")
    assert (outcome.code, outcome.err) == (0, "")
    assert "warning: intent handler 'sulking': sentences: ValueError: no mood" in outcome.out


def test_the_file_may_be_given_as_for_other_commands(irene, own_folder):
    """`-c FILE` and FILE mean the same; both at once are refused."""
    (own_folder / "mine.toml").write_text('[assistant]\napology = "Pardon?"\n')
    assert irene("config", "check", "-c", "mine.toml").out == "mine.toml: ok\n"
    shown = irene("config", "show", "--config", "mine.toml").out
    assert 'apology = "Pardon?"' in shown
    assert irene("config", "check", "mine.toml", "-c", "mine.toml").code == 2


def test_a_configuration_is_brought_up_to_date(irene, own_folder):
    """A diff first; with --write the file is changed, and what it was is kept."""
    file = own_folder / "irene.toml"
    old = "[inputs.microphone_config]\nsample_rate = 16000 # mine\n"
    file.write_text(old)
    shown = irene("config", "migrate")
    assert "+[inputs.providers.microphone]" in shown.out
    assert "nothing is written yet" in shown.err
    assert file.read_text() == old
    written = irene("config", "migrate", "irene.toml", "--write")
    assert written.code == 0
    assert file.read_text() == (
        "version = 2\n\n[inputs.providers.microphone]\nsample_rate = 16000 # mine\n"
    )
    assert (own_folder / "irene.toml.bak").read_text() == old
    assert irene("config", "migrate").out == "irene.toml: is up to date\n"


def test_a_profile_that_came_with_irene_is_not_migrated(irene):
    """It belongs to the package."""
    outcome = irene("config", "migrate", "minimal", "--write")
    assert outcome.code == 2
    assert "comes with irene and is not written" in outcome.err
