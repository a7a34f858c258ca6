"""Variants of one Whisper model: what is compared, and the table."""

from pathlib import Path

import pytest

from irene.errors import ProviderUnavailableError
from irene.performance.speech.recordings import BUNDLED
from irene.performance.speech.word_errors import WordErrors
from irene.studies.accuracy.whisper_variants import (
    Found,
    Variant,
    describe,
    main,
    try_variant,
    variants,
)


def found(name, pass_s, provider="faster-whisper"):
    return Found(Variant(name, provider), WordErrors(1, 0, 0, 40), 19, 20, pass_s, 2 * pass_s, 61.4)


def test_the_table_tells_times_as_ratios_to_exact_numbers_one_by_one():
    """Seconds would say more about the machine than about the engines."""
    text = describe([found("openai-whisper", 6.0, "whisper"), found("float32", 3.0)])
    assert "| whisper: openai-whisper | 2.00 | 2.00 | 61 | 2.5 % | 19 of 20 |" in text
    assert "| faster-whisper: float32 | 1.00 | 1.00 | 61 | 2.5 % | 19 of 20 |" in text


def test_what_an_untrained_model_wrote_is_left_out():
    """It would be taken for a figure."""
    assert "WER" not in describe([found("float32", 3.0)], is_trained=False)
    assert "| faster-whisper: float32 | 1.00 | 1.00 | 61 |" in describe(
        [found("float32", 3.0)], is_trained=False
    )


def test_every_variant_differs_from_the_others():
    """By engine, options or the number of utterances at a time."""
    every = variants(Path("model.pt"), Path("folder"))
    assert len({repr((one.provider, one.options, one.callers)) for one in every}) == len(every)
    assert len({one.name for one in every}) == len(every)


def test_an_untrained_model_is_asked_once():
    """It would be asked six times for every window, since it is never sure."""
    every = variants(Path("model.pt"), Path("folder"), is_trained=False)
    assert not any(one.options["temperature_fallback"] for one in every)


def test_what_a_machine_lacks_is_told_below_the_table(monkeypatch, capsys):
    """As float16 on most processors; everything else is measured all the same."""

    def measure(work, variant, *rest):
        if variant.name == "float16":
            raise ProviderUnavailableError("compute_type float16: not on this processor")
        return found(variant.name, 3.0, variant.provider)

    monkeypatch.setattr("irene.studies.accuracy.whisper_variants.run_isolated", measure)
    arguments = ["--checkpoint", "x.pt", "--folder", "x", "--recordings", "x"]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    told = "faster-whisper: float16: compute_type float16: not on this processor"
    assert lines[-1] == told
    assert (
        sum(line.startswith("| ") for line in lines) == 2 + len(variants(Path("x"), Path("x"))) - 1
    )


def test_a_machine_that_lacks_the_engine_is_an_error(monkeypatch, capsys):
    """With nothing to compare with there is no table."""

    def measure(work, variant, *rest):
        raise ProviderUnavailableError("the package 'faster-whisper' is not installed")

    monkeypatch.setattr("irene.studies.accuracy.whisper_variants.run_isolated", measure)
    assert main(["--checkpoint", "x.pt", "--folder", "x", "--recordings", "x"]) == 3
    assert "is not installed" in capsys.readouterr().err


def test_a_folder_without_recordings_is_one_line(tmp_path, capsys):
    """Nothing is loaded for it."""
    arguments = ["--checkpoint", "x.pt", "--folder", "x", "--recordings", str(tmp_path)]
    assert main(arguments) != 0
    assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("callers", [1, 3])
def test_a_variant_hears_every_command(micro_faster_whisper, callers):
    """With real recordings, on the real engine; several at a time change no text."""
    options = {"model": str(micro_faster_whisper), "language": "auto", "threads": 1, "batch": 3}
    one = Variant("float32", "faster-whisper", options | {"compute_type": "float32"}, callers)
    result = try_variant(one, BUNDLED / "whisper", rounds=1)
    assert result.n_clips > 20
    assert result.errors.rate < 0.3
    assert result.n_languages_right >= 0.9 * result.n_clips
    assert result.pass_s > 0
