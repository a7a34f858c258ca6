"""Keys of how providers share the work: where they may stand, and what is wrong with them."""

import pytest

from irene.config.checking import check_config


@pytest.fixture
def check(registry):
    """Return a function that checks a configuration and returns its problems as lines."""

    def lines(source):
        found = check_config(source, registry=registry, environ={})
        return [str(one).replace("configuration: ", "", 1) for one in found]

    return lines


def test_sections_whose_providers_share_the_work_take_them(check):
    """Each with a table for the breaker."""
    keys = {"strategy": "round_robin", "deadline_ms": 3000, "breaker": {"open_ms": 1000}}
    sections = ("voice_trigger", "vad", "asr", "tts", "resampling", "intents")
    assert check(dict.fromkeys(sections, keys)) == []


@pytest.mark.parametrize("section", ["inputs", "outputs", "echo_cancellation"])
def test_where_providers_only_stand_in_there_is_nothing_to_share(check, section):
    """A strategy for microphones is a mistake."""
    (line,) = check({section: {"strategy": "round_robin"}})
    assert line.startswith(f"{section}.strategy: unknown key")


def test_a_strategy_that_nobody_knows_names_the_nearest(check):
    """With all that there are."""
    (line,) = check({"asr": {"strategy": "round-robin"}})
    assert 'asr.strategy: found "round-robin"' in line
    assert "did you mean 'round_robin'?" in line


@pytest.mark.parametrize(
    ("breaker", "line"),
    [
        ({"opn_ms": 5}, "asr.breaker.opn_ms: unknown key; did you mean 'open_ms'?"),
        ({"failure_rate": 50}, "asr.breaker.failure_rate: found 50; expected a number from 0 to 1"),
        ({"trials": 0}, "asr.breaker.trials: found 0; expected a whole number, at least 1"),
        (
            {"open_ms": 9000, "max_open_ms": 1000},
            "asr.breaker.max_open_ms: max_open_ms 1000 is below open_ms 9000",
        ),
        (3, "asr.breaker: found a value; expected a table: [asr.breaker]"),
    ],
)
def test_mistakes_in_the_breaker_are_told_with_the_cure(check, breaker, line):
    """As everywhere else."""
    assert check({"asr": {"breaker": breaker}}) == [line]


def test_the_line_of_a_nested_key_is_told(registry, tmp_path):
    """In a file, problems have a place."""
    path = tmp_path / "irene.toml"
    path.write_text('[asr]\nlanguage = "en"\n\n[asr.breaker]\nopen_ms = 1\nslow_rate = 2.0\n')
    (problem,) = check_config(path, registry=registry, environ={})
    assert (problem.line, problem.key) == (6, "asr.breaker.slow_rate")


def test_a_key_of_the_breaker_that_stands_outside_of_it_is_found(check):
    """It names where it belongs."""
    (line,) = check({"asr": {"failures_in_row": 3}})
    assert line == "asr.failures_in_row: unknown key; did you mean 'asr.breaker.failures_in_row'?"


def test_environment_and_command_line_reach_nested_keys(registry):
    """`IRENE_ASR__BREAKER__OPEN_MS`, and `--set asr.breaker.trials=2`."""
    from irene.config.loading import load_config

    environ = {"IRENE_ASR__BREAKER__OPEN_MS": "1500"}
    config = load_config(
        {}, registry=registry, environ=environ, overrides=("asr.breaker.trials=2",)
    )
    assert (config.asr.breaker.open_ms, config.asr.breaker.trials) == (1500, 2)


def test_where_nobody_is_asked_twice_that_is_said(check):
    """`hedged` is for recognisers."""
    assert check({"asr": {"strategy": "hedged"}}) == []
    assert check({"tts": {"strategy": "hedged"}}) == [
        "warning: tts.strategy: only asr asks a second provider; this is latency_weighted here"
    ]


@pytest.mark.parametrize("key", ["weight", "deadline_ms"])
def test_keys_of_a_table_that_nobody_follows_say_so(check, key):
    """There is nothing to share between loudspeakers."""
    (line,) = check({"outputs": {"providers": {"speaker": {key: 2}}}})
    assert "has no effect on 'speaker'" in line
    assert check({"asr": {"providers": {"vosk": {key: 2}}}}) == []


def test_a_tier_has_a_deadline_and_no_weight(check):
    """Tiers are asked in their order."""
    found = check({"intent_recognition": {"providers": {"fuzzy": {"weight": 2, "deadline_ms": 9}}}})
    assert found == ["warning: intent_recognition.providers.fuzzy.weight: has no effect on 'fuzzy'"]


def test_one_name_or_several_answer_what_no_sentence_fits(registry):
    """`fallback` takes a text or a list."""
    from irene.config.loading import load_config

    for given, read in (("time", ("time",)), (["time", "date"], ("time", "date"))):
        source = {"intents": {"fallback": given, "handlers": []}}
        assert load_config(source, registry=registry, environ={}).intents.fallback == read
