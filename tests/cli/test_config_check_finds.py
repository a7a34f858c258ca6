"""`irene config check` says what `irene run` would refuse, and `irene run` says it at once."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("engines")


@pytest.fixture
def engines():
    """Skip where the default engines are not installed."""
    for module in ("pymicro_wakeword", "pocketsphinx", "espeakng_loader", "onnxruntime", "hassil"):
        pytest.importorskip(module, reason="the extra 'embedded' is not installed")


@pytest.fixture
def check(irene):
    """Return a function that checks a configuration and returns its code and its lines."""

    def run(text):
        Path("irene.toml").write_text(text)
        outcome = irene("config", "check")
        assert outcome.err == ""
        return outcome.code, outcome.out.splitlines()

    return run


WRONG = {
    "an unknown wake word": (
        '[voice_trigger]\nwake_words = ["hey computer"]\n',
        2,
        "irene.toml:2: voice_trigger.wake_words: ",
        "unknown wake word 'hey_computer'",
    ),
    "a stop word with digits": (
        '[voice_trigger]\nstop_words = ["route 66"]\n',
        2,
        "irene.toml:2: voice_trigger.stop_words: ",
        "'66'",
    ),
    "a sound that is not there": (
        '[sounds]\ndone = "ding.wav"\n',
        2,
        "irene.toml:2: sounds.done = ",
        "it takes a WAV file of 16 bits",
    ),
    "a voice that is not there": (
        '[tts]\nvoice = "germn"\n',
        2,
        "irene.toml:2: tts.voice: tts provider 'espeak' has no voice 'germn'",
        "it has, for example, german",
    ),
    "the voice of a provider's own table": (
        '[tts.providers.espeak]\nvoice = "qq"\n',
        2,
        "irene.toml:2: tts.providers.espeak.voice: ",
        "no voice 'qq'",
    ),
    "a model that is missing": (
        '[tts]\ndefault_provider = "piper"\n[tts.providers.piper]\nmodel = "nobody"\n',
        3,
        "irene.toml:2: tts provider 'piper': ",
        "piper",
    ),
    "a language model that nobody chose": (
        '[intents]\nfallback = "llm"\n',
        3,
        "irene.toml:2: intents provider 'llm': no model is chosen; ",
        "[intents.providers.llm]",
    ),
    "an input file that is missing": (
        '[inputs]\ndefault_provider = "file"\n[inputs.providers.file]\npath = "talk.wav"\n',
        4,
        "irene.toml:4: ",
        "talk.wav: no such file; check the path",
    ),
    "audio that strict validation refuses": (
        "[asr]\nstrict_validation = true\nchannels = 2\n",
        2,
        "irene.toml:3: asr.channels = 2: provider 'pocketsphinx' takes mono; ",
        "set asr.channels = 1",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_it_is_said_in_one_line_with_its_place(check, name):
    """The exit status is the one that the run would have."""
    text, code, start, part = WRONG[name]
    found_code, (line,) = check(text)
    assert found_code == code
    assert line.startswith(start)
    assert part in line


@pytest.mark.parametrize(
    "name",
    ["an unknown wake word", "a sound that is not there", "audio that strict validation refuses"],
)
def test_the_run_says_the_same(check, irene, demo_wav, name):
    """In the same words, before an engine is loaded."""
    code, (line,) = check(WRONG[name][0])
    outcome = irene("run", "--input", str(demo_wav), "--output", "none")
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err == f"irene: {line}\n"


def test_the_run_looks_at_its_input_first(irene, monkeypatch, install_plugin):
    """A file that is missing costs no loading of engines."""
    install_plugin("heavy", HEAVY)
    monkeypatch.setenv("IRENE_ASR__DEFAULT_PROVIDER", "heavy")
    outcome = irene("run", "--input", "talk.wav")
    assert (outcome.code, outcome.out) == (4, "")
    assert outcome.err == "irene: talk.wav: no such file; check the path\n"


HEAVY = """
from irene import hookimpl
from irene.testing import ScriptedAsr

class HeavyAsr(ScriptedAsr):
    name = "heavy"

    def _load(self):
        raise AssertionError("no engine is loaded")

@hookimpl
def irene_asrs():
    return [HeavyAsr]
"""


def test_everything_is_said_at_once(check):
    """A line for each."""
    text = '[voice_trigger]\nwake_words = ["hey jarvsi"]\n[tts]\nvoice = "Nobody"\n'
    text += '[sounds]\ndone = "a.wav"\nerror = "b.wav"\n[asr]\nchannels = 2\n'
    code, lines = check(text)
    assert code == 2
    assert [line.split(": ")[0] for line in lines] == [f"irene.toml:{n}" for n in (2, 6, 7, 4, 9)]
    assert "did you mean 'hey_jarvis'?" in lines[0]
    assert lines[-1].startswith("irene.toml:9: warning: asr.channels = 2: ")


def test_a_wake_word_without_a_model_has_a_cure(check):
    """Any phrase is heard by another provider, and with it the check passes."""
    text = '[voice_trigger]\nwake_words = ["hey computer"]\n'
    _, (line,) = check(text)
    assert line.endswith('; voice_trigger.default_provider = "pocketsphinx" hears any phrase')
    code, lines = check(f'{text}default_provider = "pocketsphinx"\n')
    assert (code, lines) == (0, ["irene.toml: ok"])


def test_a_language_that_nobody_knows_is_a_warning(check):
    """Neither the recogniser nor a sentence; the assistant would start all the same."""
    code, lines = check('[assistant]\nlanguage = "fr"\n')
    assert code == 0
    assert lines[0].startswith("irene.toml:2: warning: assistant.language = 'fr': asr provider ")
    assert "has sentences in it, so nothing is understood" in lines[1]
    assert lines[-1] == "irene.toml: ok"


def test_why_the_recogniser_of_a_language_does_not_serve_is_told(check):
    """Its stand-in knows another language; the cure is that of the one that was named."""
    named = (
        '[language]\nenabled = true\nlanguages = ["en", "de"]\nrecognisers = { de = "german" }\n'
    )
    _, lines = check(f'{named}[asr.providers.german]\ntype = "vosk"\nmodel = "nobody"\n')
    (line,) = (line for line in lines if "it will misunderstand" in line)
    assert "'de': asr provider 'german' is not ready (" in line
    assert line.endswith("and asr provider 'pocketsphinx' knows en only; it will misunderstand")


def test_no_handlers_and_no_sentences_are_a_warning(check):
    """Nothing could be said to it that it understands; with a folder of sentences it could."""
    text = "[intents]\nhandlers = []\n"
    code, (line, ok) = check(text)
    assert (code, ok) == (0, "irene.toml: ok")
    assert line.startswith("irene.toml: warning: intents.handlers names nobody, and no folder of ")
    assert line.endswith(" sentences, so nothing is understood")
    Path("own/en").mkdir(parents=True)
    Path("own/en/go.yaml").write_text(GAPS)
    _, lines = check(f'{text}sentences = ["own"]\n')
    assert not any("nothing is understood" in line for line in lines)


@pytest.mark.parametrize(
    ("first", "second", "line"),
    [
        ("piper", "espeak", "irene.toml:2: warning: tts provider 'piper' is passed over: "),
        ("espeak", "piper", "irene.toml:3: warning: tts provider 'piper' cannot stand in: "),
    ],
)
def test_a_provider_that_is_not_ready_is_told_where_another_one_is(check, first, second, line):
    """No mistake: it works. But who wrote it down learns who is not there, and the cure."""
    text = f'[tts]\ndefault_provider = "{first}"\nfallback_providers = ["{second}"]\n'
    code, lines = check(text + '[tts.providers.piper]\nmodel = "nobody"\n')
    assert (code, len(lines), lines[-1]) == (0, 2, "irene.toml: ok")
    assert lines[0].startswith(line)


def test_what_irene_itself_would_have_stand_in_is_not_told(check):
    """The default stand-in of wake words is not ready, and nobody asked for it."""
    text = '[voice_trigger.providers.openwakeword]\nmodel_paths = ["/nowhere.onnx"]\n'
    code, lines = check(text)
    assert (code, lines) == (0, ["irene.toml: ok"])


HANDLER = """
from irene import IntentHandler, Response, hookimpl

class OddHandler(IntentHandler[None]):
    name = "odd"
    intents = {intents}

    {how} handle(self, intent, context):
        return Response("odd")

    def sentences(self, language):
        return {{"language": language, "intents": {{{sentences}}}}}

@hookimpl
def irene_intent_handlers():
    return [OddHandler]
"""
SENTENCE = '"{}": {{"data": [{{"sentences": ["sing a song"]{}}}]}}'


@pytest.fixture
def odd(install_plugin, check):
    """Return a function that checks a configuration with an odd handler."""

    def run(intents='("Sing",)', how="def", intent="Sing", more=""):
        sentences = SENTENCE.format(intent, more)
        install_plugin("odd", HANDLER.format(intents=intents, how=how, sentences=sentences))
        return check('[intents]\nhandlers = ["odd"]\n')

    return run


def test_a_handler_as_it_should_be_is_not_told_of(odd):
    """The opposite of the next ones."""
    assert odd() == (0, ["irene.toml: ok"])


def test_an_async_handler_is_refused(odd, irene, demo_wav):
    """By the run as well, which would otherwise answer with a coroutine."""
    code, (line,) = odd(how="async def")
    assert code == 2
    assert "irene.toml:2: intents.handlers: nobody offers intents provider 'odd'" in line
    assert "OddHandler.handle is `async def`" in line
    outcome = irene("run", "--input", str(demo_wav), "--output", "none")
    assert (outcome.code, "handle is `async def`" in outcome.err) == (2, True)


def test_a_plugin_file_that_is_broken_is_told_with_the_cure(check, own_folder):
    """Its author is whoever wrote the configuration."""
    (own_folder / "plugins").mkdir()
    handler = HANDLER.format(intents='("Sing",)', how="async def", sentences="")
    (own_folder / "plugins" / "odd.py").write_text(handler)
    code, lines = check('[plugins]\npaths = ["plugins"]\n')
    assert code == 0
    what = "plugin 'odd' is broken: OddHandler.handle is `async def`; write `def handle`"
    assert what in lines[0]


def test_intents_that_are_one_text_are_refused(odd):
    """They would be a list of letters."""
    code, lines = odd(intents='"Sing"')
    assert code == 3
    assert lines[0].endswith("intents is 'Sing'; write a tuple of names, as in ('Sing',)")


def test_sentences_of_an_intent_that_nobody_answers_are_a_warning(odd):
    """What is said would be understood, and nothing would come of it."""
    code, lines = odd(intent="Sign")
    assert code == 0
    assert "warning: handler 'odd': its sentences name the intent 'Sign', which nobody" in lines[0]


def test_sentences_with_a_response_need_no_handler(odd):
    """The sentence file answers."""
    assert odd(intent="Sign", more=', "response": "default"')[1] == ["irene.toml: ok"]


GAPS = """language: en
intents:
  Go:
    data:
      - sentences: ["go to the {place}", "go <somehow>", "go home"]
responses:
  intents:
    Go: {default: "{{ states('sensor.way') }}"}
"""


def test_what_sentences_lack_is_a_warning_of_the_check(check):
    """As the run warns: a list and a rule that nobody defines, an answer that cannot be said."""
    folder = Path("own/en")
    folder.mkdir(parents=True)
    (folder / "go.yaml").write_text(GAPS)
    code, lines = check('[asr]\ngrammar = "off"\n[intents]\nsentences = ["own"]\n')
    assert (code, lines[-1]) == (0, "irene.toml: ok")
    assert all(line.startswith("irene.toml: warning: sentences: ") for line in lines[:-1])
    told = zip(lines[:-1], ("{place} has no", "<somehow> has no", "'states' is not"), strict=True)
    assert all(part in line for line, part in told)


def test_sentences_of_a_region_that_nobody_speaks_are_a_warning(check):
    """Whoever speaks `en` is not understood by sentences in `en-GB`; the reverse works."""
    folder = Path("own/en-GB")
    folder.mkdir(parents=True)
    (folder / "go.yaml").write_text(GAPS.replace(": en\n", ": en-GB\n"))
    settings = '[asr]\ngrammar = "off"\n[intents]\nsentences = ["own"]\n'
    _, lines = check(settings)
    (line,) = (line for line in lines if "en-GB/go.yaml: its sentences are in 'en-GB'" in line)
    assert line.endswith("call its language 'en', or set assistant.language = 'en-GB'")
    _, lines = check(f'{settings}[assistant]\nlanguage = "en-GB"\n')
    assert not any("its sentences are in" in line for line in lines)


FOLDER = """language: en
intents:
  GoHome:
    data:
      - sentences: ["go home"]
  GoFar:
    data:
      - sentences: ["go far"]
        response: far
      - sentences: ["go further"]
  HassGetCurrentTime:
    data:
      - sentences: ["the clock please"]
responses:
  intents:
    GoFar:
      default: "going"
"""


def test_intents_to_which_nothing_is_said_are_a_warning(check):
    """A response that is named and not there is silence as well; handlers answer by themselves."""
    folder = Path("sentences", "en")
    folder.mkdir(parents=True)
    (folder / "house.yaml").write_text(FOLDER)
    code, lines = check('[intents]\nsentences = ["sentences"]\n')
    assert code == 0
    assert lines == [
        "irene.toml: warning: intents.sentences: nothing is said to GoHome (response 'default'), "
        "GoFar (response 'far'); give them a text under `responses`, or a handler",
        "irene.toml: ok",
    ]


def test_a_check_prepares_nothing_for_a_first_question(tmp_path):
    """It is run after each edit: no recogniser of misheard sentences, no engine is imported.

    Nor what looks at processes, or how a language is written, of which nothing is said.
    """
    spared = [
        "irene_plugins.intent_recognition.guessing.near_sentences",
        "irene_plugins.intent_recognition.first_use",
        *("rapidfuzz", "onnxruntime", "pymicro_wakeword", "jinja2", "pydantic", "psutil"),
        *(f"irene.components.spoken_text.{language}" for language in ("english", "german")),
    ]
    code = (
        "import sys\n"
        "from irene.cli.main import main\n"
        "assert main(['config', 'check', 'default']) == 0\n"
        f"print([name for name in {spared} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stdout


def hook(intents, more=""):
    return (
        '[intents]\nhandlers = ["webhook"]\nsentences = ["sentences"]\n'
        f'{more}[intents.providers.webhook]\nurl = "http://localhost:1/"\nintents = {intents}\n'
    )


@pytest.mark.parametrize(
    ("name", "cure"), [("GoHone", "did you mean 'GoHome'?"), ("Zzz", "give it sentences")]
)
def test_an_intent_that_no_sentence_has_is_a_warning(check, name, cure):
    """The sentence would be answered by its own response, and nothing would be done."""
    folder = Path("sentences", "en")
    folder.mkdir(parents=True)
    (folder / "house.yaml").write_text(FOLDER)
    code, lines = check(hook(f'["GoFar", "GoHome", "{name}", "HassGetCurrentTime"]'))
    assert code == 0
    assert lines == [
        f"irene.toml: warning: handler 'webhook': no sentence has the intent '{name}'; {cure}",
        "irene.toml: ok",
    ]


def test_an_intent_that_a_language_model_may_ask_for_needs_no_sentence(check):
    """Only what looks like a mistyped one is told."""
    folder = Path("sentences", "en")
    folder.mkdir(parents=True)
    (folder / "house.yaml").write_text(FOLDER)
    model = '[intents.providers.llm]\nmodel = "small"\n'
    names = '["GoFar", "GoHome", "Zzz", "HassGetCurrentTime"]'
    assert check(hook(names, 'fallback = ["llm"]\n') + model) == (0, ["irene.toml: ok"])


def test_what_is_missing_names_the_table_as_it_is_called(check):
    """`type` gives a table another name than its provider's."""
    handlers = '[intents]\nhandlers = ["door"]\n[intents.providers.door]\ntype = "webhook"\n'
    code, lines = check(f'{handlers}url = "http://localhost:1/"\n')
    assert (code, lines[0]) == (
        3,
        "irene.toml:2: intents provider 'door': no intent is passed on; "
        "set intents in [intents.providers.door]",
    )


def test_a_response_in_another_language_only_is_a_warning_where_that_is_spoken(check):
    """A sentence that was translated, and its answer was not, is met with silence."""
    for tag in ("de", "en"):
        Path("sentences", tag).mkdir(parents=True)
    text = FOLDER.replace("      default: ", "      far: going\n      default: ")
    text += "    GoHome:\n      default: home\n"
    Path("sentences", "en", "house.yaml").write_text(text)
    german = text.partition("responses:")[0].replace(": en\n", ": de\n")
    Path("sentences", "de", "house.yaml").write_text(german)
    settings = '[asr]\ngrammar = "off"\n[intents]\nsentences = ["sentences"]\n[assistant]\n'
    assert check(settings) == (0, ["irene.toml: ok"])
    _, lines = check(f'{settings}language = "de"\n')
    (line,) = (line for line in lines if "nothing is said to" in line)
    assert "GoHome (response 'default', which has no text in 'de')" in line
