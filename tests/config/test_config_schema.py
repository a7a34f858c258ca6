"""The JSON schema for editors."""

import json

import jsonschema
import pytest

from irene.config.schema import build_schema, bundled_providers
from irene.config.sources import profile_folder, profiles
from irene.config.toml_text import parse_document


@pytest.fixture(scope="module")
def validator(registry):
    """A real checker with the schema of the sample providers."""
    schema = build_schema(registry)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_shipped_schema_is_up_to_date():
    """`python -m irene.config.schema` was run after the last change of a key."""
    text = (profile_folder() / "irene.schema.json").read_text(encoding="utf-8")
    assert json.loads(text) == build_schema(bundled_providers())


@pytest.fixture(scope="module")
def shipped():
    """A checker with the shipped schema, which is checked itself: that takes a second."""
    schema = json.loads((profile_folder() / "irene.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", sorted(profiles()))
def test_every_profile_is_valid(shipped, name):
    """Each profile passes the shipped schema and points to it."""
    text = profiles()[name].read_text(encoding="utf-8")
    shipped.validate(parse_document(text, name))
    assert text.startswith("#:schema ./irene.schema.json\n")


@pytest.mark.parametrize(
    "text",
    [
        "[asr]\nenabled = 'yes'",
        "[asr]\ndefualt_provider = 'vosk'",
        "[vda]",
        "[vad]\nthreshold = 2",
        "[asr]\nresample_quality = 'best'",
        "[assistant]\nlanguage = 'klingon!!'",
        "[assistant]\nname = ''",
        "[vad]\nonset_ms = 3600001",
        "[asr.providers.vosk]\nmodle = 'x'",
        "[asr.providers.vosk]\nbeam = 1000",
        "[inputs.microphone_config]\nchunk_size = 'big'",
        "[voice_trigger.confidence_threshold]\nalexa = 'high'",
    ],
)
def test_wrong_configurations_are_refused(validator, text):
    """An editor underlines what `config check` would report."""
    assert list(validator.iter_errors(parse_document(text, "x")))


@pytest.mark.parametrize(
    "text",
    [
        "[intents]\nsentences = 'one'",
        "[intents]\nsentences = ['one', 'two']",
        "[voice_trigger]\nconfidence_threshold = 0.5",
        "[voice_trigger.confidence_threshold]\nalexa = 0.5",
        "[asr.providers.mine]\ntype = 'vosk'\nbeam = 3",
    ],
)
def test_every_documented_form_is_accepted(validator, text):
    """Keys that take more than one form do so in the editor, too."""
    assert not list(validator.iter_errors(parse_document(text, "x")))


def test_descriptions_come_from_the_dataclasses(validator):
    """The text under a field is what an editor shows, with the unit."""
    vad = validator.schema["properties"]["vad"]["properties"]
    assert vad["end_silence_ms"]["description"] == "silence that ends an utterance (ms)"
    vosk = validator.schema["properties"]["asr"]["properties"]["providers"]["properties"]["vosk"]
    assert vosk["properties"]["model"]["description"] == "path or name of the model"


def test_no_alternatives_are_used(validator):
    """Editors explain `anyOf` and `oneOf` badly."""
    assert not {"anyOf", "oneOf"} & set(json.dumps(validator.schema).replace('"', " ").split())
