"""What a wrong configuration is told."""

import pytest

from irene.config.checking import check_config
from irene.config.loading import load_config
from irene.config.problems import Problem
from irene.errors import ConfigurationError


@pytest.fixture
def check(registry, write, monkeypatch, tmp_path):
    """Check the text of a configuration called `irene.toml`; returns one line for each problem."""
    monkeypatch.chdir(tmp_path)

    def check_text(text):
        write(text)
        return [str(found) for found in check_config("irene.toml", registry=registry, environ={})]

    return check_text


def test_five_wrong_keys_are_five_lines(registry, check):
    """All errors are reported at once, in the order of the file."""
    text = (
        "[asr]\n"
        'defualt_provider = "vosk"\n'
        "sample_rate = 16.5\n"
        'enabled = "yes"\n'
        'resample_quality = "hihg"\n'
        "[vda]\n"
        "threshold = 2\n"
    )
    assert check(text) == [
        "irene.toml:2: asr.defualt_provider: unknown key; did you mean 'default_provider'?",
        "irene.toml:3: asr.sample_rate: found 16.5; expected a whole number from 1000 to 384000",
        'irene.toml:4: asr.enabled: found "yes"; expected true or false',
        'irene.toml:5: asr.resample_quality: found "hihg"; expected one of '
        "fast, medium, high, adaptive, LQ, MQ, HQ, VHQ; did you mean 'high'?",
        "irene.toml:6: vda: unknown table; did you mean 'vad'?",
    ]
    with pytest.raises(ConfigurationError) as caught:
        load_config("irene.toml", registry=registry, environ={})
    assert len(str(caught.value).splitlines()) == len(caught.value.problems) == 5


def test_a_syntax_error_is_one_line(check):
    """Nothing else is reported when the file cannot be read."""
    assert check("[asr]\nenabled = = 1\n") == [
        "irene.toml:2:11: no valid TOML: invalid value; "
        'expected texts in quotes, as in key = "value"'
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sample_rate = 1", "sample_rate: unknown key; did you mean 'voice_trigger.sample_rate'?"),
        ("[tts]\ngate_db = 1", "tts.gate_db: unknown key; did you mean 'voice_trigger.gate_db'?"),
        ("[asr]\nbeam = 3", "asr.beam: unknown key; did you mean 'asr.providers.vosk.beam'?"),
        ("[asr]\nzzz = 3", "asr.zzz: unknown key"),
        (
            "asr.providers.vosk.baem = 3",
            "asr.providers.vosk.baem: unknown key; did you mean 'beam'?",
        ),
    ],
)
def test_a_key_is_looked_for_in_other_tables_too(check, text, line):
    """A key in the wrong place is told where it belongs."""
    assert [found.split(": ", maxsplit=1)[1] for found in check(text)] == [line]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "[intents.handlers.stop]\nx = 1\n[intents.handlers.tmie]\n",
            [
                "irene.toml:1: intents.handlers.stop: intents.handlers is a list of texts; "
                "did you mean 'intents.providers.stop'?",
                "irene.toml:3: intents.handlers.tmie: intents.handlers is a list of texts; "
                "did you mean 'intents.providers.time'?",
            ],
        ),
        (
            "[asr.default_provider.vosk]\nbeam = 5",
            [
                "irene.toml:1: asr.default_provider.vosk: asr.default_provider is a text; "
                "did you mean 'asr.providers.vosk'?",
            ],
        ),
        (
            "[intents.handlers]\nstop = true",
            ["irene.toml:1: intents.handlers: found { stop = true }; expected a list of texts"],
        ),
    ],
)
def test_options_beside_the_name_of_a_provider_belong_under_providers(check, text, lines):
    """Each table that stands where only names do is told its place; a value is not."""
    assert check(text) == lines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("asr = 5", "asr: found a value; expected a table: [asr]"),
        ("[asr]\nproviders = 5", "asr.providers: found a value; expected a table of tables"),
        ("[asr]\nproviders.vosk = 5", "asr.providers.vosk: found a value; expected a table"),
        ("[asr.sample_rate]\nx = 1", "asr.sample_rate: found { x = 1 }; expected a whole"),
        ("[vad]\nthreshold = 1.5", "vad.threshold: found 1.5; expected a number from 0 to 1"),
        ("[vad]\nonset_ms = -1", "vad.onset_ms: found -1; expected a whole number from 0"),
        ("[vad]\nonset_ms = 3600001", "found 3600001; expected a whole number from 0 to 3600000"),
        ("[vad]\nthreshold = nan", "vad.threshold: found nan; expected a number from 0 to 1"),
        ("[voice_trigger]\ngate_db = inf", "found inf; expected a number from 0 to 60"),
        ("[voice_trigger]\ngate_db = 61", "found 61; expected a number from 0 to 60"),
        ("[tts]\ncache_max_mb = 2e6", "expected a number from 0 to 1000000"),
        ("[assistant]\nload_timeout_ms = 0", "expected a whole number from 1 to 3600000"),
        ("[assistant]\nlanguage = 'klingon!!'", "expected a BCP 47 tag, such as en or en-US"),
        ("[asr]\nlanguage = ''", 'asr.language: found ""; expected a BCP 47 tag'),
        ("[assistant]\nname = ' '", 'found " "; expected a text that is not empty'),
        ("[intents]\nsentences = '~nosuchuser/x'", "nosuchuser/x; expected a folder"),
        ("[vad]\nonset_ms = 07:32:00", "vad.onset_ms: found 07:32:00; expected a whole number"),
        ("[vad]\nthreshold_end = 0.9", "vad.threshold_end: threshold_end 0.9 is above threshold"),
        ("[voice_trigger]\nwake_words = []", "voice_trigger.wake_words: wake_words is empty"),
        ("[voice_trigger]\nconfidence_threshold = { alexa = 2 }", "found { alexa = 2 }; expected"),
        ("[intents]\nsentences = 'none'", "expected a folder of LANGUAGE/*.yaml"),
        ("[tts]\ndefault_provider = ''", "no provider is named"),
        ("[inputs.microphone_config]\nchunk_size = 'big'", "inputs.microphone_config.chunk_size: "),
        ("[asr.providers.vosk]\nmodel = 'impossible'", "vosk.model: model 'impossible' is not"),
    ],
)
def test_a_wrong_value_is_one_line(check, text, said):
    """Whatever is wrong: one line, at the key, with what would be right."""
    found = check(text)
    assert len(found) == 1
    assert said in found[0]


def test_a_secret_is_not_repeated(check):
    """A wrong value of a secret key does not end up in a log."""
    assert check("[asr.providers.vosk]\napi_key = 12345") == [
        'irene.toml:2: asr.providers.vosk.api_key: found "***"; expected a text'
    ]


def test_a_secret_inside_a_table_is_not_repeated(check):
    """Only the secret is masked: the value that is wrong can still be seen."""
    (line,) = check("[assistant]\nname = { x = 1, Authorization = 'hunter2', y = { token = 'z' } }")
    assert 'found { x = 1, Authorization = "***", y = { token = "***" } }; expected' in line


@pytest.mark.parametrize(
    ("overrides", "environ"),
    [
        ((), {"IRENE_ASR__PROVIDERS__VOSK__API_KEY": "[hunter2"}),
        (("asr.providers.vosk.api_key='hunter2",), {}),
        (("asr providers.api_key=hunter2",), {}),
    ],
)
def test_a_broken_value_from_outside_is_not_repeated(registry, overrides, environ):
    """It may be a secret; the key says which one it is."""
    problems = check_config({}, registry=registry, overrides=overrides, environ=environ)
    assert len(problems) == 1
    assert "hunter2" not in str(problems[0])


@pytest.mark.parametrize("text", ["x = " + "[" * 5000, "x = " + "[" * 60 + "]" * 60, "a." * 2000])
def test_a_document_without_end_of_depth_is_one_line(check, text):
    """However deep tables and lists stand in one another."""
    found = check(text if "[" in text else f"{text}a = 1")
    assert len(found) == 1
    assert found[0].startswith("irene.toml: nested too deeply: at most 50")


def test_a_deep_value_from_outside_is_one_line(registry):
    """The same goes for the environment."""
    environ = {"IRENE_ASR__X": "[" * 5000}
    (problem,) = check_config({}, registry=registry, environ=environ)
    assert problem.message.startswith("nested too deeply")


@pytest.mark.parametrize("tag", ["en", "en-US", "zh-Hant-TW", "de-1996"])
def test_a_language_tag_is_taken(registry, tag):
    """Region, script and variant may follow the language."""
    source = {"assistant": {"language": tag}, "asr": {"language": tag}}
    assert check_config(source, registry=registry, environ={}) == []


def test_a_mapping_is_checked_like_a_file(registry):
    """The Python API gets the same lines, without a file."""
    problems = check_config({"asr": {"enabled": "no"}}, registry=registry, environ={})
    assert problems == [
        Problem("configuration", None, "asr.enabled", 'found "no"', "true or false")
    ]


def test_a_missing_file_is_a_problem_like_any_other(registry):
    """Checking never raises."""
    (problem,) = check_config("no/such.toml", registry=registry, environ={})
    assert problem.message == "no such file"


def test_a_key_without_effect_warns(check):
    """Known keys that do nothing are said to, and do not keep the assistant from starting."""
    (warning,) = check('[asr.providers.vosk]\ndevice = "cuda"\n')
    assert warning.startswith("irene.toml:2: warning: asr.providers.vosk.device: ")
    assert warning.endswith("Vosk runs on the CPU")


def test_a_key_without_effect_does_not_warn_at_its_default(check):
    """What the key says is what happens anyway."""
    assert check("[asr]\nparallel_processing = false\n") == []


def test_an_unknown_name_among_the_disabled_plugins_is_a_warning(check):
    """The plugin that was meant would be loaded in silence; one that is there needs no word."""
    assert check('[plugins]\ndisabled = ["sampel", "sample"]\n') == [
        "irene.toml:2: warning: plugins.disabled: no plugin is called 'sampel'; "
        "did you mean 'sample'?"
    ]


def test_a_threshold_for_a_word_that_nobody_listens_for_is_a_warning(check):
    """Words are compared as the engines compare them, however they are written."""
    text = (
        "[voice_trigger]\n"
        'wake_words = ["Hey Jarvis"]\n'
        'confidence_threshold = { hey_jarvis = 0.5, "hey jarviss" = 0.6, alexa = 0.7 }\n'
    )
    told = "has no effect: neither wake_words nor stop_words of voice_trigger names this word"
    place = "irene.toml:3: warning: voice_trigger.confidence_threshold"
    assert check(text) == [
        f"{place}.\"hey jarviss\": {told}; did you mean 'Hey Jarvis'?",
        f"{place}.alexa: {told}",
    ]
    assert check(text + "enabled = false\n") == []
