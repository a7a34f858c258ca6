"""Words in braces: what is nearly one that stands for a value is told when it is read."""

import pytest

from irene.config.checking import check_config
from irene.plugin.registry import ComponentRegistry
from irene_plugins.placeholders import require_spelt

REGISTRY = ComponentRegistry.installed()


@pytest.mark.parametrize(
    ("table", "key", "told"),
    [
        (
            '[intents.providers.command]\ncommand = ["x", "{langauge}"]',
            "intents.providers.command.command",
            "{langauge} stands for nothing; did you mean {language}?",
        ),
        (
            '[asr.providers.command]\ncommand = ["x", "--f={flie}"]',
            "asr.providers.command.command",
            "{flie} stands for nothing; did you mean {file}?",
        ),
        (
            '[tts.providers.command]\ncommand = ["x", "{voices}"]',
            "tts.providers.command.command",
            "{voices} stands for nothing; did you mean {voice}?",
        ),
        (
            '[intents.providers.llm]\nprompt = "Answer in {lang uage}, {languages}."',
            "intents.providers.llm.prompt",
            "{languages} stands for nothing; did you mean {language}?",
        ),
        (
            '[intents.providers.mqtt]\ntopic = "a/{intents}"',
            "intents.providers.mqtt.topic",
            "{intents} stands for nothing; did you mean {intent}?",
        ),
        (
            '[intents.providers.mqtt]\nanswers = { A = "in {languge}" }',
            "intents.providers.mqtt.answers",
            "{languge} stands for nothing; did you mean {language}?",
        ),
    ],
)
def test_a_misspelt_word_is_a_problem_of_its_key(tmp_path, table, key, told):
    """One line, with what was meant."""
    path = tmp_path / "irene.toml"
    path.write_text(f"{table}\n")
    (problem,) = check_config(path, registry=REGISTRY, environ={})
    assert (problem.line, problem.key) == (2, key)
    assert problem.message.endswith(told)


@pytest.mark.parametrize("text", ["{language}", '{"a": {b}}', "awk '{print $1}'", "{x}", "{}", "{"])
def test_other_braces_are_meant_as_they_are(text):
    """JSON and programs have braces of their own."""
    require_spelt("command", [text], ("language", "file"))
