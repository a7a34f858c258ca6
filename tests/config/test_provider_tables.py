"""Tables of providers."""

from dataclasses import dataclass

import pytest

from irene.config.checking import check_config
from irene.config.loading import load_config
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError
from irene.plugin.host import PluginHost
from irene.plugin.registry import ComponentRegistry
from irene.plugin.source import PluginSource


@pytest.fixture
def check(registry):
    """Check a mapping; returns one line for each problem, without the file."""
    return lambda source: [
        str(found).removeprefix("configuration: ")
        for found in check_config(source, registry=registry, environ={})
    ]


@pytest.fixture
def load(registry):
    """Load a mapping."""
    return lambda source: load_config(source, registry=registry, environ={})


def asr(**tables):
    """Return a configuration with these provider tables."""
    return {"asr": {"providers": tables}}


def test_every_named_provider_has_a_table(load):
    """Default and fallback providers have their default options without a table in the file."""
    config = load({"asr": {"fallback_providers": ["vosk"]}})
    assert set(config.asr.providers) == {"pocketsphinx", "vosk"}
    assert config.asr.providers["vosk"].options.beam == 10.0
    assert set(config.intents.providers) == set(config.intents.handlers)


def test_a_disabled_section_has_tables_too(load):
    """What is switched off can still be looked at."""
    config = load({"voice_trigger": {"enabled": False}})
    assert set(config.voice_trigger.providers) == {"microwakeword", "openwakeword"}


def test_one_type_serves_several_names(load):
    """`type` makes named instances of one provider."""
    config = load(asr(small={"type": "vosk", "beam": 5}, large={"type": "vosk", "beam": 50}))
    tables = config.asr.providers
    assert (tables["small"].type, tables["small"].options.beam) == ("vosk", 5.0)
    assert (tables["large"].type, tables["large"].options.beam) == ("vosk", 50.0)


def test_the_framework_keeps_its_own_keys(load):
    """Reserved keys land in the table, the rest in the options."""
    table = load(asr(vosk={"sample_rate": 8000, "enabled": False})).asr.providers["vosk"]
    assert (table.sample_rate, table.enabled) == (8000, False)


def test_the_format_of_an_input_reaches_its_options(load):
    """`sample_rate` and `channels` of an input are its rate and channels of capture."""
    source = {"inputs": {"providers": {"microphone": {"sample_rate": 48000, "channels": 2}}}}
    options = load(source).inputs.providers["microphone"].options
    assert (options.rate, options.capture_channels) == (48000, 2)


def test_the_number_of_calls_at_a_time_reaches_the_provider(check):
    """`max_concurrency` is followed, so nobody is warned."""
    assert check(asr(pocketsphinx={"max_concurrency": 2})) == []


def test_keys_of_the_guide_warn_where_they_do_nothing(check):
    """A known key that the provider does not use is no error."""
    assert check(asr(pocketsphinx={"model_size": "base"})) == [
        "warning: asr.providers.pocketsphinx.model_size: has no effect on 'pocketsphinx'"
    ]


def test_a_key_of_another_provider_warns(check):
    """A key that another provider of this kind knows is no misspelling."""
    assert check(asr(pocketsphinx={"beam": 3})) == [
        "warning: asr.providers.pocketsphinx.beam: has no effect on 'pocketsphinx'"
    ]


def test_an_option_without_effect_gives_its_reason(check):
    """The plugin says why."""
    assert check(asr(vosk={"device": "cuda"})) == [
        "warning: asr.providers.vosk.device: Vosk runs on the CPU"
    ]


def test_the_rate_of_a_provider_that_is_not_fed_audio_warns(check):
    """A framework key that means nothing here says so."""
    found = check({"tts": {"providers": {"espeak": {"sample_rate": 16000}}}})
    assert found == ["warning: tts.providers.espeak.sample_rate: has no effect on 'espeak'"]


def test_a_table_that_nobody_serves_warns(check):
    """Unless it is used: then it is an error."""
    assert check(asr(whisper={"model_size": "base"})) == [
        "warning: asr.providers.whisper: nobody offers asr provider 'whisper': "
        "its keys were not checked"
    ]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (
            {"asr": {"default_provider": "vsok"}},
            "asr.default_provider: nobody offers asr provider 'vsok'; did you mean 'vosk'?",
        ),
        (
            {"asr": {"fallback_providers": ["other"]}},
            "asr.fallback_providers: nobody offers asr provider 'other'; "
            "expected one of pocketsphinx, vosk",
        ),
        (
            {"asr": {"default_provider": "mine", "providers": {"mine": {"type": "vosc"}}}},
            "asr.providers.mine.type: nobody offers asr provider 'vosc'; did you mean 'vosk'?",
        ),
        (
            {"asr": {"default_provider": "carefull", "providers": {"careful": {"type": "vosk"}}}},
            "asr.default_provider: nobody offers asr provider 'carefull'; did you mean 'careful'?",
        ),
        (
            {"asr": {"default_provider": "mine", "providers": {"mine": {"weight": 2}}}},
            "asr.default_provider: nobody offers asr provider 'mine'; "
            "expected one of pocketsphinx, vosk as the type of [asr.providers.mine]",
        ),
        (
            {"intents": {"handlers": ["tiem"]}},
            "intents.handlers: nobody offers intents provider 'tiem'; did you mean 'time'?",
        ),
    ],
)
def test_a_provider_that_is_used_must_exist(check, source, line):
    """The key that names it is reported, with the nearest provider."""
    assert check(source) == [line]


def test_only_an_echo_canceller_that_was_asked_for_must_exist(make_registry, offered):
    """Without the default one, the assistant does without."""
    others = {kind: one for kind, one in offered.items() if kind is not Kind.ECHO_CANCELLATION}
    registry = make_registry(others)
    load_config({}, registry=registry, environ={})
    asked = {"echo_cancellation": {"default_provider": "mdf"}}
    with pytest.raises(ConfigurationError, match="nobody offers echo_cancellation provider 'mdf'"):
        load_config(asked, registry=registry, environ={})


def test_a_disabled_section_may_name_anything(check):
    """What is switched off does not keep the assistant from starting."""
    assert check({"tts": {"enabled": False, "default_provider": "nobody"}}) == []


def test_the_reason_for_a_missing_provider_is_given(registry):
    """A plugin that is disabled may offer it, by whatever name."""
    source = {"asr": {"default_provider": "kaldi"}, "plugins": {"disabled": ["sample"]}}
    (error,) = check_config(source, registry=registry, environ={})
    assert error.message == "nobody offers asr provider 'kaldi' (disabled plugins: sample)"


def test_a_broken_plugin_is_named_where_a_provider_is_missing():
    """With what is wrong with it."""

    def load():
        raise ImportError("no module named 'kaldi'")

    registry = ComponentRegistry(PluginHost([PluginSource("speech", "speech", load)]))
    source = {"asr": {"default_provider": "kaldi"}}
    problems = [str(problem) for problem in check_config(source, registry=registry, environ={})]
    (line,) = [line for line in problems if "'kaldi'" in line.split(" (", maxsplit=1)[0]]
    assert "(broken plugins: speech: " in line
    assert "no module named 'kaldi'" in line


def test_switching_off_the_default_provider_leaves_the_fallback(check):
    """With a fallback that is a warning, without one an error."""
    off = {"providers": {"pocketsphinx": {"enabled": False}}}
    assert check({"asr": {**off, "fallback_providers": ["vosk"]}}) == [
        "warning: asr.providers.pocketsphinx.enabled: disables the default provider; "
        "a fallback stands in"
    ]
    assert check({"asr": off}) == [
        "asr.providers.pocketsphinx.enabled: disables the default provider, "
        "and no fallback is enabled"
    ]


def test_a_required_option_must_be_given(make_registry):
    """Options without a default are asked for, in the table where they belong."""

    @dataclass(frozen=True)
    class Options:
        url: str

    registry = make_registry({Kind.ASR: {"remote": Options}})
    for section in ({"providers": {"remote": {}}}, {"default_provider": "remote"}):
        source = {"asr": section}
        found = [str(problem) for problem in check_config(source, registry=registry, environ={})]
        assert "configuration: asr.providers.remote: required key 'url' is missing" in found


def test_options_may_have_any_type_that_pydantic_knows(make_registry):
    """Types beyond the plain ones are validated, too."""

    @dataclass(frozen=True)
    class Options:
        size: tuple[int, int] = (1, 1)

    registry = make_registry({Kind.ASR: {"odd": Options}})
    source = {"asr": {"providers": {"odd": {"size": [1, "2"]}}}}
    (found,) = [
        problem
        for problem in check_config(source, registry=registry, environ={})
        if problem.key == "asr.providers.odd.size"
    ]
    assert found.message == 'found [1, "2"]'


def test_options_that_cannot_be_understood_harm_only_who_uses_them(make_registry):
    """A plugin with a mistyped annotation is named when it is chosen, and only then."""

    @dataclass(frozen=True)
    class Options:
        size: "NoSuchType" = 1  # noqa: F821

    registry = make_registry({Kind.ASR: {"odd": Options}})
    chosen = {"asr": {"default_provider": "odd"}}
    (found,) = [
        problem
        for problem in check_config(chosen, registry=registry, environ={})
        if problem.key == "asr.default_provider"
    ]
    assert "the options of 'odd' cannot be read: NameError" in found.message
    unused = check_config({"asr": {"default_provider": "x"}}, registry=registry, environ={})
    assert not any("NameError" in problem.message for problem in unused)


def test_options_that_raise_are_a_problem(make_registry):
    """Whatever a plugin's own check raises is one line."""

    @dataclass(frozen=True)
    class Options:
        size: int = 1

        def __post_init__(self):
            raise RuntimeError("boom")

    registry = make_registry({Kind.ASR: {"odd": Options}})
    source = {"asr": {"providers": {"odd": {"size": 2}}}}
    found = [str(problem) for problem in check_config(source, registry=registry, environ={})]
    assert "configuration: asr.providers.odd: RuntimeError: boom" in found


def test_a_provider_may_run_in_a_process_of_its_own(load, check):
    """With as many processes and as much memory as its table says."""
    vosk = {"isolation": "process", "workers": 2, "memory_limit_mb": 500}
    table = load(asr(vosk=vosk)).asr.providers["vosk"]
    assert (table.isolation, table.workers, table.memory_limit_mb) == ("process", 2, 500.0)
    assert check(asr(vosk=vosk)) == []


def test_a_provider_runs_on_threads_unless_its_table_says_otherwise(load):
    """One process, and no limit of memory, when nothing more is said."""
    table = load(asr(vosk={})).asr.providers["vosk"]
    assert (table.isolation, table.workers, table.memory_limit_mb) == ("thread", None, None)


@pytest.mark.parametrize("isolation", [{}, {"isolation": "thread"}])
def test_keys_of_a_process_need_one(check, isolation):
    """Each names its place and what would make it right."""
    tables = asr(vosk={"workers": 2, "memory_limit_mb": 500, **isolation})
    assert set(check(tables)) == {
        'asr.providers.vosk.workers: is for isolation = "process" only',
        'asr.providers.vosk.memory_limit_mb: is for isolation = "process" only',
    }


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("inputs", "file"),
        ("inputs", "stdin"),
        ("outputs", "none"),
        ("intent_recognition", "hassil"),
        ("intents", "time"),
    ],
)
def test_every_kind_may_run_in_a_process_of_its_own(check, section, name):
    """One process; there is no second device, and no second memory of what was said."""
    table = {"isolation": "process", "memory_limit_mb": 100}
    assert check({section: {"providers": {name: table}}}) == []
    (line,) = check({section: {"providers": {name: {**table, "workers": 2}}}})
    assert line == (
        f"{section}.providers.{name}.workers: there is one process for each of {section}: it "
        "keeps what it was told; expected 1"
    )


def test_wrong_isolation_is_told_with_what_there_is(check):
    """A limit that no process could live with is refused, too."""
    lines = check(asr(vosk={"isolation": "proces", "memory_limit_mb": 5, "workers": 0}))
    assert lines[0].startswith('asr.providers.vosk.isolation: found "proces"')
    assert "process" in lines[0]
    assert "64" in lines[-1] or "64" in lines[1]
