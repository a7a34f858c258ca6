"""`irene audio plan`."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from irene.config.sources import profiles

GUIDE = Path(__file__).parents[1] / "data" / "guide"

pytestmark = pytest.mark.usefixtures("engines")


@pytest.fixture
def engines():
    """Skip where the default engines are not installed."""
    for module in ("pymicro_wakeword", "pocketsphinx", "espeakng_loader", "onnxruntime"):
        pytest.importorskip(module, reason="the extra 'embedded' is not installed")


@pytest.fixture
def plan(irene):
    """Return a function that runs the command with `--json` and returns code and plan."""

    def run(*args):
        outcome = irene("audio", "plan", "--json", *args)
        return outcome.code, json.loads(outcome.out)

    return run


def write_wav(path, rate, channels):
    """Write a tenth of a second of silence."""
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(np.zeros(rate * channels // 10, "<i2").tobytes())


def by_name(found):
    """Return the consumers of a plan by their names."""
    return {one["name"]: one for one in found["consumers"]}


def test_a_microphone_of_48_khz_is_converted_once(plan):
    """Everybody shares the conversion that the recogniser asks for."""
    code, found = plan("--rate", "48000", "--channels", "2")
    (conversion,) = found["conversions"]
    assert (code, conversion["quality"]) == (0, "HQ")
    assert conversion["consumers"] == ["voice_trigger", "vad", "asr"]
    assert found["source"]["known_from"] == "option"
    assert by_name(found)["vad"]["asked_quality"] == "LQ"
    assert by_name(found)["vad"]["decided_by"] == "asr"


def test_audio_of_the_right_rate_is_left_alone(plan):
    """No conversion, no delay."""
    _, found = plan()
    assert found["conversions"] == []
    assert {one["quality"] for one in found["consumers"]} == {None}
    assert {one["delay_max_ms"] for one in found["consumers"]} == {0.0}
    assert found["source"]["known_from"] == "configuration"


def test_better_quality_costs_delay(plan):
    """What the plan says of it is measured with the resampler that would convert."""
    delays = {}
    for quality in ("LQ", "HQ", "VHQ"):
        _, found = plan("--rate", "48000", "--set", f"asr.resample_quality={quality}")
        (conversion,) = found["conversions"]
        assert conversion["quality"] == quality
        assert 0 < conversion["delay_mean_ms"] < conversion["delay_max_ms"]
        delays[quality] = conversion["delay_mean_ms"]
    assert delays["LQ"] < delays["HQ"] < delays["VHQ"]


def test_a_file_has_the_format_that_it_has(plan, own_folder):
    """It is looked at, whatever the configuration says of a microphone."""
    write_wav(own_folder / "talk.wav", 44100, 2)
    _, found = plan("--input", "talk.wav")
    source = found["source"]
    assert (source["sample_rate"], source["channels"]) == (44100, 2)
    assert source["known_from"] == "input"
    assert found["echo"] is None


def test_a_missing_file_is_one_line(irene):
    """Exit code 4, like that of the run."""
    outcome = irene("audio", "plan", "--input", "nowhere.wav")
    assert (outcome.code, outcome.out) == (4, "")
    assert outcome.err == "irene: nowhere.wav: no such file; check the path\n"


BOTH = """\
[asr]
strict_validation = true
allow_resampling = false
channels = 2
[vad]
strict_validation = true
sample_rate = 11025
[inputs.microphone_config]
sample_rate = 44100
"""


def test_every_conflict_is_listed_with_its_place_and_its_cure(irene, plan):
    """Strict: exit code 2."""
    Path("irene.toml").write_text(BOTH)
    code, found = plan()
    assert code == 2
    assert [(one["line"], one["key"], one["level"]) for one in found["conflicts"]] == [
        (7, "vad.sample_rate", "error"),
        (4, "asr.channels", "error"),
        (3, "asr.allow_resampling", "error"),
    ]
    assert found["conflicts"][0]["cures"] == ["vad.sample_rate = 16000"]
    assert "inputs.microphone_config.sample_rate = 16000" in found["conflicts"][2]["cures"]
    lines = irene("audio", "plan").out.splitlines()[-3:]
    assert [line.split(": ")[0] for line in lines] == [
        "irene.toml:7",
        "irene.toml:4",
        "irene.toml:3",
    ]


def test_without_strict_validation_the_same_conflicts_are_warnings(irene, plan):
    """Exit code 0."""
    Path("irene.toml").write_text(BOTH.replace("strict_validation = true\n", ""))
    code, found = plan()
    assert code == 0
    assert [one["key"] for one in found["conflicts"]] == [
        "vad.sample_rate",
        "asr.channels",
        "asr.allow_resampling",
    ]
    assert ": warning: asr.channels = 2: " in irene("audio", "plan").out


def test_every_cure_cures(plan):
    """The lines, written where TOML takes dotted keys, leave no conflict."""
    Path("irene.toml").write_text(BOTH)
    _, found = plan()
    cures = [one["cures"][0] for one in found["conflicts"]]
    code, found = plan(*(part for cure in cures for part in ("--set", cure)))
    assert (code, found["conflicts"]) == (0, [])


def test_the_run_refuses_what_the_plan_refuses(irene, demo_wav):
    """In the same words."""
    settings = ("--set", "vad.strict_validation=true", "--set", "vad.channels=2")
    planned = irene("audio", "plan", "--input", str(demo_wav), *settings)
    ran = irene("run", "--input", str(demo_wav), "--output", "none", *settings)
    assert planned.code == ran.code == 2
    assert planned.out.splitlines()[-1] in ran.err


def test_a_provider_may_have_a_rate_of_its_own(plan):
    """The conflict names the key that said it."""
    own = "voice_trigger.providers.microwakeword.sample_rate"
    _, found = plan("--set", f"{own}=8000")
    (conflict,) = found["conflicts"]
    assert (conflict["key"], conflict["cures"]) == (own, [f"{own} = 16000"])


def test_stop_words_are_heard_at_the_rate_of_their_own_engine(plan):
    """They share the conversion of whoever works at the same rate."""
    _, found = plan("--rate", "44100", "--set", 'voice_trigger.stop_words=["stop"]')
    stop_words = by_name(found)["stop_words"]
    assert stop_words["provider"] == "pocketsphinx"
    assert "asr" in stop_words["shared_with"]


NARROW = """
from irene import AsrCapabilities, hookimpl
from irene.testing import ScriptedAsr

class NarrowAsr(ScriptedAsr):
    name = "narrow"
    capabilities = AsrCapabilities(sample_rates=(8000,))

@hookimpl
def irene_asrs():
    return [NarrowAsr]
"""


def test_a_fall_back_of_another_rate_is_shown_and_a_conflict(irene, plan, install_plugin):
    """It could not stand in with the audio that there is."""
    install_plugin("narrow", NARROW)
    settings = ("--set", 'asr.fallback_providers=["narrow"]')
    code, found = plan(*settings)
    assert code == 0
    (fallback,) = by_name(found)["asr"]["fallbacks"]
    assert fallback == {"provider": "narrow", "sample_rates": [8000], "fits": False}
    assert found["conflicts"][0]["key"] == "asr.fallback_providers"
    assert found["conflicts"][0]["cures"] == ["asr.fallback_providers = []"]
    code, _ = plan(*settings, "--set", "asr.strict_validation=true")
    assert code == 2
    assert (
        "fallback: asr, narrow: left out, since it takes 8000 Hz\n"
        in irene("audio", "plan", *settings).out
    )


NEW_INPUT = """
from irene import hookimpl
from irene.testing import ScriptedInput

class Satellite(ScriptedInput):
    name = "satellite"
    sample_rate = 22050

@hookimpl
def irene_inputs():
    return [Satellite]
"""


def test_an_input_that_does_not_tell_is_opened_when_asked(irene, plan, install_plugin):
    """Or its format is given."""
    install_plugin("satellite", NEW_INPUT)
    settings = ("--set", "inputs.default_provider=satellite")
    outcome = irene("audio", "plan", *settings)
    assert outcome.code == 2
    assert "use --open, or --rate and --channels" in outcome.err
    _, found = plan(*settings, "--open")
    assert (found["source"]["sample_rate"], found["source"]["known_from"]) == (22050, "input")
    _, found = plan(*settings, "--rate", "8000", "--channels", "1")
    assert found["source"]["sample_rate"] == 8000


PICKY = """
from irene import EchoCanceller, EchoCancellerCapabilities, hookimpl

class Picky(EchoCanceller[None]):
    name = "picky"
    capabilities = EchoCancellerCapabilities(sample_rates=(16000, 48000))

    def open_stream(self, sample_rate):
        raise AssertionError("nothing is cancelled")

@hookimpl
def irene_echo_cancellers():
    return [Picky]
"""


def test_an_echo_canceller_that_does_not_take_the_rate_is_a_warning(plan, install_plugin):
    """The echo is left to the gate, and the plan says which rate would do."""
    install_plugin("picky", PICKY)
    settings = ("--set", "echo_cancellation.default_provider=picky")
    _, found = plan("--rate", "44100", *settings)
    assert found["echo"] == {"mode": "gate", "provider": None, "sample_rate": 44100}
    (conflict,) = found["conflicts"]
    assert (conflict["key"], conflict["level"]) == ("audio.echo", "warning")
    assert conflict["cures"][0] == "inputs.microphone_config.sample_rate = 48000"
    _, found = plan("--rate", "48000", *settings)
    assert (found["echo"]["provider"], found["conflicts"]) == ("picky", [])


def test_the_way_out_is_told(plan):
    """Which voice, at which rate, to which output."""
    _, found = plan("--set", "outputs.default_provider=none")
    assert found["voice"] == {"provider": "espeak", "sample_rate": 22050, "output": "none"}
    _, found = plan("--set", "tts.enabled=false")
    assert found["voice"] is None


def test_piper_says_its_rate_without_loading_its_model(plan):
    """It stands in the JSON beside the model."""
    pytest.importorskip("piper", reason="piper-tts is not installed")
    tones = Path(__file__).parents[1] / "data" / "piper" / "tones.onnx"
    settings = ("--set", "tts.default_provider=piper")
    _, found = plan(*settings, "--set", f"tts.providers.piper.model={tones}")
    assert found["voice"]["sample_rate"] == 16000


@pytest.mark.parametrize("name", profiles())
def test_no_shipped_profile_has_a_conflict(plan, name, demo_wav):
    """Whatever the input is."""
    code, found = plan("-c", name, "--input", str(demo_wav))
    assert (code, found["conflicts"]) == (0, [])


@pytest.mark.parametrize("block", [1, 3, 14])
def test_the_guide_keeps_its_promise_of_no_resampling(plan, block):
    """With the rates that it names, nothing is converted."""
    file = GUIDE / f"block-{block:02d}.toml"
    code, found = plan("-c", str(file))
    assert (code, found["conversions"], found["conflicts"]) == (0, [], [])
    if "chunk_size = 512" in file.read_text():
        assert found["source"]["block_frames"] == 512


@pytest.mark.parametrize(("block", "quality"), [(5, "MQ"), (9, "HQ"), (11, "MQ"), (14, "LQ")])
def test_the_guide_chooses_the_quality(plan, block, quality):
    """`resample_quality` of the recogniser decides for all, at 48 kHz."""
    file = GUIDE / f"block-{block:02d}.toml"
    asr = ("--set", "asr.default_provider=pocketsphinx")
    _, found = plan("-c", str(file), "--rate", "48000", *asr)
    assert [one["quality"] for one in found["conversions"]] == [quality]


@pytest.mark.parametrize("file", sorted(GUIDE.glob("*.toml")), ids=lambda file: file.stem)
def test_every_snippet_of_the_guide_has_a_plan(plan, file):
    """Complete, and without a conflict."""
    code, found = plan("-c", str(file))
    assert code == 0
    assert list(by_name(found)) == ["voice_trigger", "vad", "asr"]
    assert found["conflicts"] == []
