"""Layers of a configuration: defaults, file, environment, `--set`."""

import pytest

from irene.config.checking import check_config
from irene.config.loading import load_config, registry_for
from irene.errors import ConfigurationError


@pytest.fixture
def load(registry):
    """Load a configuration with nothing in the environment but what is given."""
    return lambda source, *overrides, **environ: load_config(
        source, registry=registry, overrides=overrides, environ=environ
    )


def test_a_file_changes_what_it_names_and_nothing_else(load, write):
    """Keys that are not given keep their defaults."""
    config = load(write("[vad]\nend_silence_ms = 900\n"))
    assert (config.vad.end_silence_ms, config.vad.onset_ms) == (900, 96)


def test_overrides_are_a_list_and_not_a_text(registry):
    """One is easily given without its brackets; that is told once, not letter by letter."""
    with pytest.raises(ConfigurationError, match=r"overrides is a text; .*: \['tts.rate=2'\]"):
        load_config({}, registry=registry, overrides="tts.rate=2", environ={})


def test_environment_comes_over_the_file_and_set_over_both(load, write):
    """Later layers win."""
    path = write('[asr]\ndefault_provider = "pocketsphinx"\n[vad]\nonset_ms = 1\n[tts]\nrate = 2\n')
    config = load(
        path, "vad.onset_ms=3", IRENE_VAD__ONSET_MS="2", IRENE_ASR__DEFAULT_PROVIDER="vosk"
    )
    assert config.vad.onset_ms == 3
    assert config.asr.default_provider == "vosk"
    assert config.tts.rate == 2.0


def test_each_value_knows_where_it_comes_from(load, write):
    """Origins name layer, file and line."""
    path = write("\n[vad]\nonset_ms = 1\nend_silence_ms = 800\n")
    config = load(path, "tts.rate=2", IRENE_VAD__END_SILENCE_MS="900")
    keys = ("vad.onset_ms", "vad.end_silence_ms", "tts.rate", "tts.pitch")
    assert [str(config.origin(key)) for key in keys] == [
        f"file {path}:3",
        "environment IRENE_VAD__END_SILENCE_MS",
        "--set",
        "default",
    ]


def test_a_set_value_is_toml_or_a_bare_word(load):
    """Lists, numbers and words need no further quoting."""
    config = load({}, 'voice_trigger.wake_words=["alexa"]', "assistant.name=jarvis", "tts.voice=2")
    assert config.voice_trigger.wake_words == ("alexa",)
    assert config.assistant.name == "jarvis"
    assert config.tts.voice == "2"


def test_the_environment_reaches_provider_tables(load):
    """Provider names are found without their hyphens and capitals."""
    source = {"asr": {"default_provider": "My-Vosk", "providers": {"My-Vosk": {"type": "vosk"}}}}
    config = load(source, IRENE_ASR__PROVIDERS__MY_VOSK__BEAM="12")
    assert config.asr.providers["My-Vosk"].options.beam == 12.0


def test_a_variable_without_double_underscore_is_no_key(load):
    """Variables of other purposes are left alone."""
    assert load({}, IRENE_MODELS="/models", IRENE_LOAD_PLUGINS="x", IRENE_TRACE_HOOKS="1")


def test_a_variable_that_names_no_key_is_a_problem(load):
    """The variable is named, and the key that was meant."""
    with pytest.raises(ConfigurationError) as caught:
        load({}, IRENE_ASR__DEFUALT_PROVIDER="vosk")
    assert str(caught.value) == (
        "IRENE_ASR__DEFUALT_PROVIDER: asr.defualt_provider: unknown key; "
        "did you mean 'default_provider'?"
    )


@pytest.mark.parametrize("override", ["vad.onset_ms", "=3", "vad onset=3"])
def test_an_override_must_be_a_key_and_a_value(load, override):
    """What cannot be split is shown."""
    with pytest.raises(ConfigurationError, match=r"--set: found .*; expected SECTION\.KEY=VALUE"):
        load({}, override)


def test_variables_are_replaced_in_texts(load):
    """References may have defaults and stand anywhere in a text, in lists, too."""
    source = {
        "assistant": {"name": "${NAME}", "apology": "${NONE:-Pardon}? $${x}"},
        "voice_trigger": {"wake_words": ["${WORD}_x"]},
    }
    config = load(source, NAME="eve", WORD="hey")
    assert (config.assistant.name, config.assistant.apology) == ("eve", "Pardon? ${x}")
    assert config.voice_trigger.wake_words == ("hey_x",)


def test_a_whole_value_from_a_variable_may_be_a_number(load):
    """A key that takes no text reads the variable as TOML."""
    config = load({"vad": {"onset_ms": "${MS}"}, "tts": {"voice": "${VOICE}"}}, MS="50", VOICE="7")
    assert (config.vad.onset_ms, config.tts.voice) == (50, "7")


def test_a_missing_variable_is_a_problem(load, write):
    """Nothing is put in its place."""
    path = write('[assistant]\nname = "${NAME}"\n')
    with pytest.raises(ConfigurationError, match=r":2: assistant\.name: .*NAME is not set$"):
        load(path)


def test_the_microphone_has_two_names(load, write):
    """`[inputs.microphone_config]` is the microphone's table; lines and later layers find it."""
    path = write("[inputs.microphone_config]\nchunk_size = 512\nsample_rate = 48000\n")
    config = load(path, IRENE_INPUTS__PROVIDERS__MICROPHONE__CHUNK_SIZE="256")
    options = config.inputs.providers["microphone"].options
    assert (options.chunk_size, options.rate) == (256, 48000)


def test_paths_are_relative_to_the_file_that_names_them(load, write):
    """A path in a file moves with the file; one from outside is taken as it is."""
    path = write('[inputs.providers.file]\npath = "in/demo.wav"\n')
    (path.parent / "sentences").mkdir()
    config = load(path, IRENE_INTENTS__SENTENCES=str(path.parent / "sentences"))
    assert config.inputs.providers["file"].options.path == str(path.parent / "in/demo.wav")
    changed = load(path, "inputs.providers.file.path=other.wav")
    assert changed.inputs.providers["file"].options.path == "other.wav"


def test_a_model_may_be_a_path_or_a_name(load, write):
    """Only what looks like a path is resolved; the home of nobody is a folder like any other."""
    text = '[asr.providers.vosk]\nmodel = "{}"\n'
    by_name = load(write(text.format("vosk-small-de")))
    by_path = load(write(text.format("models/de")))
    assert by_name.asr.providers["vosk"].options.model == "vosk-small-de"
    assert by_path.asr.providers["vosk"].options.model.endswith("/models/de")
    of_nobody = load(write(text.format("~nosuchuser/de")))
    assert of_nobody.asr.providers["vosk"].options.model.endswith("/~nosuchuser/de")


def test_one_text_stands_for_a_list_of_sentence_folders(load, write):
    """`sentences` takes a text or a list."""
    path = write('[intents]\nsentences = "custom"\n')
    (path.parent / "custom").mkdir()
    assert load(path).intents.sentences == (str(path.parent / "custom"),)


def test_a_threshold_may_be_one_number_or_one_for_each_word(load):
    """The later form replaces the earlier one."""
    one = load({"voice_trigger": {"confidence_threshold": 0.7}})
    table = load(
        {"voice_trigger": {"confidence_threshold": 0.7}},
        "voice_trigger.confidence_threshold.alexa=0.9",
    )
    assert one.voice_trigger.confidence_threshold == 0.7
    assert table.voice_trigger.confidence_threshold == {"alexa": 0.9}


def test_a_disabled_plugin_is_left_out_before_it_is_loaded(write):
    """`plugins.disabled` of a file, or of `--set`."""

    def left(**how):
        return {plugin.name for plugin in registry_for(path, environ={}, **how).plugins}

    path = write('[plugins]\ndisabled = ["espeak"]\n')
    assert "espeak" not in left()
    assert "espeak" in left(overrides=['plugins.disabled=["vosk"]'])
    assert left(overrides=['plugins.disabled=["irene-voice"]']) & {"espeak", "vosk"} == set()


def test_a_folder_of_plugins_lies_beside_whoever_names_it(tmp_path, monkeypatch):
    """Beside the file, as every path in it; where irene is started, as every path of `--set`."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "etc" / "irene.toml"
    for folder in (path.parent / "mine", tmp_path / "mine"):
        folder.mkdir(parents=True)
        (folder / f"of_{folder.parent.name}.py").write_text("")
    path.write_text('[plugins]\npaths = ["mine"]\n')

    def own(*overrides):
        found = registry_for(path, overrides=overrides, environ={}).plugins
        return [one.name for one in found if one.distribution == "plugins.paths"]

    assert own() == ["of_etc"]
    assert own('plugins.paths=["mine"]') == [f"of_{tmp_path.name}"]


def test_a_file_in_a_folder_of_the_users_is_a_plugin(write, tmp_path):
    """`plugins.paths` needs no package: a provider in one file is found, a broken file is named."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "quiet.py").write_text(
        "from dataclasses import dataclass\n"
        "from irene import Vad, VadStream, hookimpl\n\n\n"
        "@dataclass(frozen=True)\nclass Options:\n    level: float = 0.0\n\n\n"
        "class Quiet(Vad[Options]):\n    name = 'quiet'\n    Options = Options\n\n"
        "    def open_stream(self) -> VadStream:\n        raise OSError\n\n\n"
        "@hookimpl\ndef irene_vads() -> list[type[Vad]]:\n    return [Quiet]\n"
    )
    (folder / "broken.py").write_text("1 / 0\n")
    path = write('[plugins]\npaths = ["mine", "nowhere"]\n[vad.providers.quiet]\nlevel = 0.5\n')
    registry = registry_for(path, environ={})
    found = {report.name: report for report in registry.plugins}
    assert found["quiet"].error == ""
    assert "ZeroDivisionError" in found["broken"].error
    assert "no such folder" in found["nowhere"].error
    config = load_config(path, registry=registry, environ={})
    assert config.vad.providers["quiet"].options.level == 0.5


def test_a_plugin_of_ones_own_that_is_broken_is_a_warning(write):
    """And so is a folder that is not there: nobody would see why nothing of it counts."""
    path = write('[plugins]\npaths = ["nowhere", "irene.toml"]\n')
    problems = check_config(path, registry=registry_for(path, environ={}), environ={})
    assert [one.level for one in problems] == ["warning", "warning"]
    told = [str(one) for one in problems]
    assert f"no such folder: {path.parent / 'nowhere'}" in told[0]
    assert f"this is no folder: {path}" in told[1]
    assert all("irene.toml:2: warning: plugins.paths: " in one for one in told)


def test_a_plugin_that_the_environment_leaves_out_is_named(write, monkeypatch):
    """It may be the one that offers what is missing."""
    monkeypatch.setenv("IRENE_LOAD_PLUGINS", "")
    path = write('[plugins]\npaths = ["mine"]\n[vad]\ndefault_provider = "quiet"\n')
    (path.parent / "mine").mkdir()
    (path.parent / "mine" / "quiet.py").write_text("")
    with pytest.raises(ConfigurationError, match=r"\(not in IRENE_LOAD_PLUGINS: .*quiet\)"):
        load_config(path, registry=registry_for(path), environ={})


def test_a_valid_configuration_is_read_without_pydantic():
    """Importing pydantic costs 150 ms, which nobody has to wait for."""
    import subprocess
    import sys

    code = (
        "import sys; from irene.config.loading import load_config;"
        "from irene.plugin.registry import ComponentRegistry; from irene.plugin.host import "
        "PluginHost; from irene.config.checking import check_config;"
        "check_config('default', registry=ComponentRegistry(PluginHost([])), environ={});"
        "sys.exit('pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_key_inside_of_a_table_that_is_set_is_named(load):
    """`--set` may give a whole table; the place of a mistake is the key, not the table."""
    with pytest.raises(ConfigurationError, match=r"--set: asr\.providers\.vosk\.baem: unknown key"):
        load({}, "asr.providers.vosk={baem=12}")


def test_a_variable_with_one_underscore_too_few_is_a_warning(load):
    """It sets nothing, and nobody would know; other variables of irene are none of a key."""
    config = load({}, IRENE_ASR_STRATEGY="hedged", IRENE_MODELS="/models", IRENE_ASR_KEY="x")
    assert [str(warning) for warning in config.warnings] == [
        "IRENE_ASR_STRATEGY: warning: has no effect; did you mean 'IRENE_ASR__STRATEGY'?"
    ]
