"""Real engines on real recordings: a hub hears what one listener with its own engine hears."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irene import WakeWordHub
from irene.components.assembly import Assembly
from irene.components.voice_trigger.component import VoiceTriggerComponent
from irene.config.loading import load_config
from irene.performance.measuring.listening import in_room
from irene.performance.speech.recordings import BUNDLED, read_manifest
from irene.plugin.registry import ComponentRegistry
from irene.studies.accuracy.wake_trial import hear

PROVIDERS = ("microwakeword", "openwakeword")
WORDS = ["alexa", "hey_jarvis", "hey_mycroft"]
REGISTRY = ComponentRegistry.installed()
FOLDERS = ("wake", "speech")


def config_of(provider, **more):
    pytest.importorskip("pymicro_wakeword" if provider == "microwakeword" else "onnxruntime")
    section = {"default_provider": provider, "fallback_providers": [], "wake_words": WORDS}
    section.update(more)
    return load_config({"voice_trigger": section}, registry=REGISTRY, environ={})


def clips():
    """Every bundled recording of words, at 16 kHz, with room around it."""
    found = [one for one in read_manifest(BUNDLED) if one.path.parent.name in FOLDERS]
    clips = {one.path.name: in_room(one.read(REGISTRY)) for one in found}
    return {name: clip for name, clip in clips.items() if clip.sample_rate == 16000}


def heard_by_hub(config, audio, n_copies, block):
    """Return (word, time) by stream; each clip is heard by several streams, all side by side."""
    found = {}

    def take(event):
        found[event.stream].append((event.wake_word, event.time_s))

    hub = WakeWordHub(config, REGISTRY, on_event=take, max_delay_s=None)
    streams = {}
    for name, samples in audio.items():
        for copy in range(n_copies):
            key = f"{copy} {name}"
            found[key] = []
            streams[key] = (hub.open(key), samples)
    for start in range(0, max(map(len, audio.values())), block):
        for stream, samples in streams.values():
            if start < len(samples):
                stream.feed(samples[start : start + block])
        hub.work()
    hub.close()
    return found


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_hub_hears_what_a_single_listener_hears(provider):
    """The same words within two windows; in recordings without a wake word, nothing."""
    config, audio = config_of(provider), clips()
    component = VoiceTriggerComponent(Assembly(config, REGISTRY).voice_trigger_slot())
    single = {
        name: [(one.wake_word, one.time_s) for one in hear(component, clip, gated=True)]
        for name, clip in audio.items()
    }
    n_copies = 4 if provider == "microwakeword" else 1
    samples = {name: clip.samples for name, clip in audio.items()}
    hub = heard_by_hub(config, samples, n_copies, 1600)
    assert sum(map(len, single.values())) >= 5
    for key, found in hub.items():
        wanted = single[key.split(" ", 1)[1]]
        assert [word for word, _ in found] == [word for word, _ in wanted], key
        for (_, time_s), (_, wanted_s) in zip(found, wanted, strict=True):
            assert time_s == pytest.approx(wanted_s, abs=0.161)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_fresh_engine_does_not_fire_at_noise_that_sets_in(provider):
    """Gates open and close on bursts of noise; no engine may take its beginning for a word."""
    config = config_of(provider)
    audio = {}
    for seed in range(6):
        random = np.random.default_rng(seed)
        level = np.repeat([5.0, 60.0 * 2**seed, 5.0, 30.0 * 2**seed, 5.0], 2 * 16000)
        noise = random.standard_normal(level.size) * level
        audio[str(seed)] = np.clip(noise, -32768, 32767).astype(np.int16)
    assert not any(heard_by_hub(config, audio, 1, 1280).values())


def test_block_lengths_change_nothing():
    """Blocks of 20 ms, and the whole recording at once."""
    config = config_of("microwakeword")
    audio = {name: clip.samples for name, clip in clips().items() if "alexa" in name}
    short = heard_by_hub(config, audio, 1, 320)
    whole = heard_by_hub(config, audio, 1, 10**6)
    assert [[w for w, _ in one] for one in short.values()] == [
        [w for w, _ in one] for one in whole.values()
    ]
    assert all(short.values())


@pytest.fixture(scope="module")
def ungated():
    """A hub of openWakeWord without a gate, a recording, and the function that hears it in cuts."""
    config = config_of("openwakeword", gate_db=0)
    found = []
    hub = WakeWordHub(config, REGISTRY, on_event=found.append, max_delay_s=None)
    samples = next(clip.samples for name, clip in clips().items() if "alexa" in name)

    def heard(cuts):
        found.clear()
        stream = hub.open("recording")
        for block in np.split(samples, sorted(cut % samples.size for cut in cuts)):
            stream.feed(block)
            hub.work()
        stream.close()
        hub.work()
        return [(one.wake_word, one.time_s, one.score) for one in found]

    yield heard
    hub.close()


@settings(max_examples=10, deadline=None)
@given(cuts=st.lists(st.integers(0, 10**6), max_size=40))
def test_scores_do_not_depend_on_how_audio_is_cut(ungated, cuts):
    """The same word at the same time with the very same score, whatever blocks arrive."""
    assert ungated(cuts) == ungated([])
    assert len(ungated([])) >= 1


def test_the_command_tells_what_is_heard_where(capsys):
    """Files side by side, one JSON object for each word."""
    from irene.cli.main import main

    files = [str(Path(BUNDLED, "wake", name)) for name in ("wwb_alexa_083.flac",)]
    assert main(["wake", *files, "--wake-word", "alexa", "--json", "--expect"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    event = json.loads(line)
    assert (event["stream"], event["wake_word"]) == (files[0], "alexa")
    assert 0.5 < event["time_s"] < 1.7


def test_the_command_fails_where_a_word_was_expected(capsys):
    """Status 6, and 4 where a file cannot be read."""
    from irene.cli.main import main

    other = str(Path(BUNDLED, "wake", "speechbrain__spk1_snt5.wav"))
    assert main(["wake", other, "--wake-word", "alexa"]) == 0
    assert main(["wake", other, "--wake-word", "alexa", "--expect"]) == 6
    assert main(["wake", other, "missing.wav", "--wake-word", "alexa"]) == 4
    assert "missing.wav: no such file" in capsys.readouterr().err


def test_the_command_names_an_unknown_wake_word(capsys):
    """With those that are known."""
    from irene.cli.main import main

    other = str(Path(BUNDLED, "wake", "speechbrain__spk1_snt5.wav"))
    assert main(["wake", other, "--wake-word", "hey_jervis"]) == 2
    assert "hey_jarvis" in capsys.readouterr().err
