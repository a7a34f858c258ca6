"""Whole clips at another rate, layout and sample format, with the real resampler."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from resampling_parts import Careless, clip_of, component, conversion, noise, tone

from irene import AudioData, AudioFormatError, ProviderFailedError, ResampleQuality
from irene.domain.pcm import FORMATS, pcm_format

RATES = [8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 192000]
DOWNWARD = [
    (source, target)
    for source in (11025, 22050, 32000, 44100, 48000, 96000, 192000)
    for target in (8000, 16000, 22050, 44100)
    if source > target
]
SOXR = component()


def converted(audio, rate, quality="HQ", channels=None, sample_format=None):
    """Return a clip after its conversion."""
    clip = conversion(audio, rate, ResampleQuality(quality), channels, sample_format)
    data = SOXR.convert(clip).data
    return AudioData(data, audio.timestamp, *clip.target)


def floats(audio):
    """Return the samples of a clip as float64, shape (n, channels)."""
    samples = pcm_format(audio.format).read(audio.data).astype(np.float64)
    return samples.reshape(-1, audio.channels)


def level_db(samples):
    """Return the level of the middle half, relative to a full-scale sine."""
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    return 10 * np.log10(2 * np.mean(np.square(middle)) + 1e-30)


def float_clip(values, rate, channels=1):
    """Return values as a float32 clip, which adds no noise of rounding."""
    return AudioData(values.astype("<f4").tobytes(), 0.0, rate, channels, "float32")


@pytest.mark.parametrize(("quality", "limit_db"), [("LQ", -60), ("MQ", -100), ("HQ", -100)])
def test_a_tone_above_the_new_band_is_gone(quality, limit_db):
    """10 kHz at 48 kHz would be a loud 6 kHz at 16 kHz."""
    loud = float_clip(tone(10_000, 48_000, level=1.0), 48_000)
    assert level_db(floats(converted(loud, 16_000, quality))) < limit_db


@pytest.mark.parametrize(("source", "target"), DOWNWARD)
def test_from_every_higher_rate_aliases_stay_away(source, target):
    """A tone between the new band and the old one's end leaves nothing behind."""
    frequency = (0.55 * target + 0.48 * source) / 2 if source < 1.5 * target else 0.62 * target
    loud = float_clip(tone(frequency, source, level=1.0), source)
    assert level_db(floats(converted(loud, target, "HQ"))) < -95


@pytest.mark.parametrize("source", [8000, 16000, 22050])
@pytest.mark.parametrize("quality", ["MQ", "HQ"])
def test_images_of_an_upward_conversion_stay_away(source, quality):
    """What is above the old band is silent."""
    up = floats(converted(float_clip(tone(0.3 * source, source), source), 48_000, quality))[:, 0]
    spectrum = np.abs(np.fft.rfft(up * np.hanning(len(up))))
    frequencies = np.fft.rfftfreq(len(up), 1 / 48_000)
    images = spectrum[frequencies > 0.6 * source]
    assert 20 * np.log10(images.max() / spectrum.max()) < -90


@pytest.mark.parametrize("quality", ["LQ", "MQ", "HQ", "VHQ"])
@pytest.mark.parametrize("source", RATES)
def test_the_level_of_speech_stays(source, quality):
    """500 Hz is as loud after the conversion as before."""
    after = floats(converted(float_clip(tone(500, source), source), 16_000, quality))
    assert level_db(after) == pytest.approx(20 * np.log10(0.5), abs=0.05)


@given(
    source=st.sampled_from(RATES),
    target=st.sampled_from(RATES),
    quality=st.sampled_from(["LQ", "MQ", "HQ", "VHQ"]),
    n_samples=st.integers(0, 3000),
    channels=st.integers(1, 4),
)
@example(source=44100, target=22050, quality="LQ", n_samples=1, channels=1)
@example(source=48000, target=16000, quality="HQ", n_samples=1, channels=2)
@example(source=8000, target=192000, quality="HQ", n_samples=0, channels=1)
def test_every_clip_has_exactly_the_right_length(source, target, quality, n_samples, channels):
    """n * target / source, a half rounded up, whatever the engine does."""
    after = converted(clip_of(noise(n_samples, channels), source, channels), target, quality)
    exact = n_samples * target / source
    assert len(floats(after)) == int(np.floor(exact + 0.5))
    assert (after.sample_rate, after.channels) == (target, channels)


def test_a_second_becomes_a_second():
    """44100 samples become 16000."""
    assert len(floats(converted(clip_of(noise(44_100), 44_100), 16_000))) == 16_000


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_every_format_and_layout_gives_the_same_sound(name, channels):
    """Up to the steps of the format, as from float32."""
    values = np.stack([tone(300 + 200 * number, 48_000, 0.1) for number in range(channels)], axis=1)
    exact = floats(converted(float_clip(values.reshape(-1), 48_000, channels), 16_000))
    data = pcm_format(name).write(values.reshape(-1).astype(np.float32), 1.0)
    after = converted(AudioData(data, 0.0, 48_000, channels, name), 16_000)
    assert after.format == name
    step = {"pcm8": 2**-7, "pcm16": 2**-15}.get(name, 2**-22)
    assert np.max(np.abs(floats(after) - exact)) < 1.5 * step


@pytest.mark.parametrize("name", FORMATS)
def test_silence_stays_digital_silence(name):
    """No dither, no offset: not one step."""
    data = pcm_format(name).write(np.zeros(4800, np.float32), 1.0)
    after = converted(AudioData(data, 0.0, 48_000, 1, name), 16_000)
    assert not floats(after).any()


@pytest.mark.parametrize("name", ["pcm8", "pcm16", "pcm24", "pcm32"])
@pytest.mark.parametrize(("source", "target"), [(48_000, 16_000), (16_000, 48_000)])
def test_a_full_scale_square_wave_saturates_and_never_wraps(name, source, target):
    """The filter overshoots at each edge; a wrapped sample would be as loud a click as there is."""
    square = np.where(np.arange(4000) // 40 % 2, 1.0, -1.0).astype(np.float32)
    data = pcm_format(name).write(square, 1.0)
    audio = AudioData(data, 0.0, source, 1, name)
    exact = floats(converted(audio, target, sample_format="float32"))
    assert np.abs(exact).max() > 1.02
    after = floats(converted(audio, target))
    assert np.max(np.abs(after - np.clip(exact, -1, 1))) < 2**-6


def test_float_keeps_what_lies_beyond_full_scale():
    """Nothing has to be clipped there."""
    loud = float_clip(2 * tone(300, 48_000, 0.1, level=1.0), 48_000)
    assert np.abs(floats(converted(loud, 16_000))).max() > 1.9


def test_16_bits_become_24():
    """The format may change on the way, with the rate or without."""
    for rate in (16_000, 48_000):
        after = converted(clip_of(tone(440, 48_000) * 32767), rate, sample_format="pcm24")
        assert after.format == "pcm24"
        assert level_db(floats(after)) == pytest.approx(20 * np.log10(0.5), abs=0.01)


def test_channels_are_converted_as_if_each_were_alone():
    """No crosstalk, to the bit."""
    left, right = noise(4800, seed=1), noise(4800, seed=2)
    both = converted(clip_of(np.stack([left, right], axis=1).reshape(-1), 48_000, 2), 16_000)
    alone = converted(clip_of(right, 48_000), 16_000)
    np.testing.assert_array_equal(floats(both)[:, 1], floats(alone)[:, 0])


def test_stereo_is_mixed_to_mono_on_the_way():
    """The mean of both, so that two loud channels do not clip."""
    full = np.full(9600, 32767, "<i2")
    after = converted(clip_of(full, 48_000, 2), 16_000, channels=1)
    assert after.channels == 1
    assert np.abs(floats(after)[100:-100] - 1.0).max() < 0.001


def test_mono_is_repeated_for_more_channels():
    """Both are the same."""
    after = floats(converted(clip_of(noise(4800)), 16_000, channels=2))
    np.testing.assert_array_equal(after[:, 0], after[:, 1])


def test_channels_change_without_a_resampler():
    """The rate stays, and so does every sample."""
    samples = noise(1000)
    after = converted(clip_of(samples), 48_000, channels=2)
    np.testing.assert_array_equal(np.frombuffer(after.data, "<i2")[::2], samples)


@pytest.mark.parametrize("channels", [2, 3, 6])
def test_long_channels_side_by_side_give_the_same_bits(channels):
    """Threads change nothing but the time it takes."""
    clip = conversion(clip_of(noise(480_000 // channels + 1, channels), 48_000, channels))
    assert not clip.is_short
    resampler = SOXR.chain.current.provider
    assert clip.by(resampler, parallel=True) == clip.by(resampler, parallel=False)


@pytest.mark.parametrize(
    ("audio", "rate", "channels", "sample_format", "complaint"),
    [
        (AudioData(b"abc", 0.0, 48_000), 16_000, None, None, "3 bytes are no whole number"),
        (AudioData(b"", 0.0, 48_000, 1, "mp3"), 16_000, None, None, "'mp3': use one of"),
        (AudioData(b"", 0.0, 48_000), 16_000, None, "pcm12", "'pcm12': use one of"),
        (AudioData(b"", 0.0, 0), 16_000, None, None, "sample rate 0 Hz: 1000 to 384000"),
        (AudioData(b"", 0.0, 48_000), -1, None, None, "sample rate -1 Hz: 1000 to 384000"),
        (AudioData(b"", 0.0, 48_000), 16, None, None, "sample rate 16 Hz: 1000 to 384000"),
        (AudioData(b"", 0.0, 48_000), 10**15, None, None, "sample rate 10+ Hz: 1000 to"),
        (AudioData(b"", 0.0, 44_100.5), 16_000, None, None, "sample rate 44100.5: a whole"),
        (AudioData(b"", 0.0, 48_000), "16000", None, None, "sample rate '16000': a whole"),
        (AudioData(b"", 0.0, 48_000, 6), 16_000, 2, None, "6 channels cannot become 2"),
        (AudioData(b"", 0.0, 48_000), 16_000, 0, None, "1 channels cannot become 0"),
        (AudioData(b"", 0.0, 48_000), 16_000, 1.0, None, "channels 1.0: a whole number"),
        (AudioData(np.zeros(8, "<i2"), 0.0, 48_000), 16_000, None, None, "is ndarray: give bytes"),
        (AudioData(memoryview(np.zeros(8)), 0.0, 48_000), 16_000, None, None, "memoryview: give"),
        (AudioData("abcd", 0.0, 48_000), 16_000, None, None, "is str: give bytes"),
    ],
)
def test_what_cannot_be_converted_is_an_error_and_no_audio(
    audio, rate, channels, sample_format, complaint
):
    """One line that says what would be right."""
    with pytest.raises(AudioFormatError, match=complaint):
        converted(audio, rate, "HQ", channels, sample_format)


def test_numbers_of_numpy_do_not_overflow():
    """Rates and channels may come out of an array, such as the header of a file."""
    samples = noise(3 * 48_000, 2)
    clip = AudioData(clip_of(samples).data, 0.0, np.int32(48_000), np.uint8(2))
    after = converted(clip, np.int16(16_000), channels=np.uint8(1))
    assert after.data == converted(clip_of(samples, 48_000, 2), 16_000, channels=1).data
    assert (type(after.sample_rate), type(after.channels)) == (int, int)


@pytest.mark.parametrize("of", [bytearray, memoryview, lambda data: memoryview(bytearray(data))])
def test_bytes_that_may_change_are_taken_as_they_are_now(of):
    """A caller may use his buffer again while a thread converts: the cache keeps no such clip."""
    data = clip_of(noise(4800)).data
    conversion_ = conversion(AudioData(of(data), 0.0, 48_000))
    assert type(conversion_.data) is bytes
    assert conversion_.data == data


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, -1e31])
@pytest.mark.parametrize("name", ["float32", "float64"])
def test_a_sample_that_is_no_number_is_refused_with_its_place(value, name):
    """It would spread over everything that the filter touches; also where no rate is converted."""
    values = np.zeros((100, 2))
    values[42, 1] = value
    data = values.astype({"float32": "<f4", "float64": "<f8"}[name]).tobytes()
    for rate in (16_000, 48_000):
        with pytest.raises(AudioFormatError, match="sample 42 of the clip is no number"):
            converted(AudioData(data, 0.0, 48_000, 2, name), rate)


@pytest.mark.filterwarnings("error")
def test_a_double_that_float32_cannot_hold_is_refused_without_a_warning():
    """One line is enough."""
    data = np.array([0.0, 1e300], "<f8").tobytes()
    with pytest.raises(AudioFormatError, match="sample 1 of the clip is no number"):
        converted(AudioData(data, 0.0, 48_000, 1, "float64"), 16_000)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda made: made[:-1], r"made float32 of shape \(1599,\).*shape \(1600,\) is right"),
        (lambda made: made.astype(np.float64), "made float64"),
        (lambda made: made * np.float32("nan"), "no numbers"),
        (lambda made: None, "AttributeError"),
    ],
)
def test_nonsense_of_a_resampler_is_an_error_and_no_audio(spoil, complaint):
    """What a third party's code returns is looked at before it is passed on."""
    with pytest.raises(ProviderFailedError, match=complaint):
        component(Careless(spoil)).convert(conversion(clip_of(noise(4800))))
