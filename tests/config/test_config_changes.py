"""What is different between two configurations, and what it takes to apply it."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.config.changes import SLOT_KEYS, Changes, applicable, changes_between
from irene.config.effects import _BY_KEY, Effect, effect_of
from irene.config.known_keys import SECTIONS
from irene.config.loading import load_config
from irene.config.sections import AssistantSection, Config
from irene.plugin.registry import ComponentRegistry

REGISTRY = ComponentRegistry.installed()
DEFAULT = load_config({}, registry=REGISTRY)


def load(**sections):
    """Return a configuration of these sections."""
    return load_config(sections, registry=REGISTRY)


def keys(old, new):
    """Return the changed keys."""
    return changes_between(old, new).keys


ALL_KEYS = [f"{name}.{one.name}" for name, cls in SECTIONS.items() for one in fields(cls)]


@pytest.mark.parametrize("key", ALL_KEYS)
def test_every_key_has_a_class(key):
    """A section that is new must say what its keys take."""
    assert effect_of(key) in Effect


@pytest.mark.parametrize("one", fields(AssistantSection), ids=lambda one: one.name)
def test_every_key_of_the_assistant_is_decided_on(one):
    """This section is spread over the whole program: what is not listed silently needs a restart.

    If you have added a key: let `Assistant` take it over at a reload and list it in
    `irene/config/effects.py`, or name it here.
    """
    restart = {"name", "state_folder", "control"}
    is_listed = f"assistant.{one.name}" in _BY_KEY
    assert is_listed is (one.name not in restart)


def test_every_listed_key_exists():
    """A key that was renamed takes its line with it."""
    assert set(_BY_KEY) <= set(ALL_KEYS)


def test_few_keys_need_a_restart():
    """Where the microphone is, what the plugins are, its name, and the file of measurements."""
    sections = {key.split(".")[0] for key in ALL_KEYS if effect_of(key) is Effect.RESTART}
    assert sections == {"assistant", "inputs", "audio", "performance", "logging", "plugins"}


@pytest.mark.parametrize(
    "section",
    [name for name, cls in SECTIONS.items() if "providers" in {one.name for one in fields(cls)}],
)
def test_who_fills_a_slot_is_never_live(section):
    """An engine may have to be loaded."""
    present = [key for key in SLOT_KEYS if f"{section}.{key}" in ALL_KEYS]
    assert all(effect_of(f"{section}.{key}") is not Effect.LIVE for key in present)


def test_the_same_configuration_has_no_changes():
    """It may have been read twice."""
    assert not changes_between(DEFAULT, load())


def test_a_value_is_named_by_its_key():
    """And by nothing else, whatever it is."""
    assert keys(DEFAULT, load(vad={"threshold": 0.6})) == ("vad.threshold",)


def test_an_option_of_a_provider_is_named_by_its_key():
    """In the table of the provider."""
    old = load(asr={"providers": {"pocketsphinx": {"weight": 2.0}}})
    assert keys(DEFAULT, old) == ("asr.providers.pocketsphinx.weight",)
    voice = {"default_provider": "espeak", "providers": {"espeak": {"voice": "en-gb"}}}
    assert keys(DEFAULT, load(tts=voice)) == ("tts.providers.espeak.voice",)


def test_another_type_of_a_table_is_one_change():
    """The options of two types cannot be compared."""
    one = {"default_provider": "mine", "providers": {"mine": {"type": "silero"}}}
    other = {"default_provider": "mine", "providers": {"mine": {"type": "energy"}}}
    assert "vad.providers.mine.type" in keys(load(vad=one), load(vad=other))


def test_a_table_that_is_new_counts_with_what_is_written_in_it():
    """Its defaults are nobody's change; the same when it goes again."""
    section = {"providers": {"mine": {"type": "energy", "weight": 2.0}}}
    written = {"vad.providers.mine.type", "vad.providers.mine.weight"}
    assert set(keys(DEFAULT, load(vad=section))) == written
    assert set(keys(load(vad=section), DEFAULT)) == written


def test_values_are_never_told():
    """They may be secret."""
    table = {"providers": {"llm": {"api_key": "sk-very-secret"}}}
    assert "secret" not in repr(changes_between(DEFAULT, load(intents=table)))


def test_keys_that_need_a_restart_keep_their_values():
    """Everything else is new."""
    new = load(
        assistant={"name": "jarvis", "apology": "Pardon?"},
        audio={"buffer_samples": 48000, "echo": "gate"},
        inputs={"default_provider": "file", "providers": {"file": {"path": "a.wav"}}},
    )
    kept = applicable(DEFAULT, new)
    assert kept.assistant.name == "irene"
    assert kept.assistant.apology == "Pardon?"
    assert kept.audio.buffer_samples == DEFAULT.audio.buffer_samples
    assert kept.audio.echo == "gate"
    assert kept.inputs == DEFAULT.inputs
    changes = changes_between(DEFAULT, new)
    assert set(changes.restart) >= {"assistant.name", "audio.buffer_samples"}
    assert set(changes.applied) == {"assistant.apology", "audio.echo"}


def test_a_slot_is_touched_by_who_fills_it_and_by_nothing_else():
    """A threshold needs no other engines."""
    assert Changes(("vad.fallback_providers",)).touch_slot("vad")
    assert Changes(("vad.providers.mine.weight",)).touch_slot("vad")
    assert not Changes(("vad.threshold", "asr.default_provider")).touch_slot("vad")


def test_a_prefix_is_whole_parts_of_a_key():
    """`tts.voice` is not `tts.voices`."""
    assert not Changes(("tts.voices",)).touch("tts.voice")
    assert Changes(("tts.voice",)).touch("tts")
    assert not Changes(("assistant.name",)).touch("assistant"), "it waits for a restart"


NUMBERS = [
    (section, one.name)
    for section in ("assistant", "voice_trigger", "vad", "asr", "tts", "audio", "resampling")
    for one in fields(SECTIONS[section])
    if type(one.default) in (int, float) and one.name != "threshold_end"
]


@given(st.lists(st.sampled_from(NUMBERS), unique=True), st.integers(1, 5))
def test_exactly_what_was_changed_is_found(chosen, step):
    """Property: any set of numbers, each moved; and applying the change leaves only restarts."""
    new = DEFAULT
    for section, name in chosen:
        value = getattr(getattr(new, section), name)
        moved = replace(getattr(new, section), **{name: value + step / 64})
        new = replace(new, **{section: moved})
    changes = changes_between(DEFAULT, new)
    assert set(changes.keys) == {f"{section}.{name}" for section, name in chosen}
    assert set(changes.applied) | set(changes.restart) == set(changes.keys)
    assert not set(changes.applied) & set(changes.restart)
    kept = applicable(DEFAULT, new)
    assert changes_between(DEFAULT, kept).keys == changes.applied
    assert changes_between(kept, new).keys == changes.restart
    assert isinstance(kept, Config)
