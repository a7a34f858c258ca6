"""The spectrogram of Whisper models: the same as openai-whisper's, computed once per hop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irene_plugins.asr.whisper.log_mel import N_SAMPLES, LogMel

BANDS = 8
FILTERS = np.abs(np.random.default_rng(2).standard_normal((BANDS, 201))).astype(np.float32) / 201


def speech(n_samples, seed=1):
    """Return noise that swells and fades."""
    rng = np.random.default_rng(seed)
    swell = 0.2 + 0.2 * np.sin(np.arange(n_samples) / 3000)
    return (rng.standard_normal(n_samples) * swell * 0.3).astype(np.float32)


def by_definition(samples):
    """Return the spectrogram by the formula, for the whole 30 s at once."""
    padded = np.zeros(N_SAMPLES)
    padded[: len(samples)] = samples
    padded = np.pad(padded, 200, mode="reflect")
    window = np.hanning(401)[:-1]
    frames = np.lib.stride_tricks.sliding_window_view(padded, 400)[::160][:3000]
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    logarithms = np.log10(np.maximum(power @ FILTERS.T.astype(np.float64), 1e-10))
    return ((np.maximum(logarithms, logarithms.max() - 8.0) + 4.0) / 4.0).T


@pytest.mark.parametrize("n_samples", [0, 1, 159, 160, 201, 1600, 31999, 32000, 479_900, N_SAMPLES])
def test_it_is_what_the_formula_says(n_samples):
    """For any length, up to the mirrored ends, within the precision of its numbers."""
    samples = speech(n_samples)
    heard = LogMel(FILTERS).of(samples)
    assert heard.shape == (BANDS, 3000)
    assert heard.dtype == np.float32
    assert np.abs(heard - by_definition(samples)).max() < 2e-5


@settings(max_examples=15)
@given(st.integers(0, 20), st.integers(1, 30), st.integers(0, 400))
def test_windows_that_overlap_share_their_hops(first, hops, rest):
    """What was computed for the window before gives exactly what a new start gives."""
    sound, shared = speech(90_000), LogMel(FILTERS)
    for start in range(first, first + 3):
        window = sound[1600 * start : 1600 * (start + hops) + rest]
        assert np.array_equal(shared.of(window), LogMel(FILTERS).of(window))


def test_a_window_that_slides_by_a_hop_computes_what_is_new():
    """One hop at its end, and those at its edges, which hear the padding."""
    sound, mel = speech(60_000), LogMel(FILTERS)
    mel.of(sound[:32_000])
    before = mel.hops.stats()
    mel.of(sound[1600:33_600])
    after = mel.hops.stats()
    computed = after.repeated.misses - before.repeated.misses
    assert computed <= 4
    assert after.repeated.hits - before.repeated.hits >= 17


def test_silence_is_the_floor():
    """No logarithm of zero."""
    assert np.allclose(LogMel(FILTERS).of(np.zeros(16000, np.float32)), -1.5)


def test_nobody_can_change_what_is_shared():
    """A spectrogram is the caller's own; what it was made of stays."""
    mel, samples = LogMel(FILTERS), speech(16000)
    first = mel.of(samples)
    before = first.copy()
    first[:] = 0.0
    assert np.array_equal(mel.of(samples), before)


@pytest.mark.slow
@pytest.mark.parametrize("n_samples", [700, 32_000, 200_000])
def test_it_is_what_openai_whisper_computes(n_samples):
    """With the filters of the published models, to the precision of float32."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    audio = pytest.importorskip("whisper.audio", reason="openai-whisper is not installed")
    for bands in (80, 128):
        samples = np.zeros(N_SAMPLES, np.float32)
        samples[:n_samples] = speech(n_samples)
        theirs = audio.log_mel_spectrogram(torch.from_numpy(samples), bands).numpy()
        ours = LogMel(audio.mel_filters("cpu", bands).numpy()).of(samples[:n_samples])
        assert np.abs(ours - theirs).max() < 2e-5
