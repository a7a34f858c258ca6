"""`--input` and `--output` in the words of the configuration."""

import click
import pytest

from irene.cli.sound.options import input_overrides, output_overrides


def test_a_file_is_the_only_input():
    """No fallback listens instead, and any character may stand in its name."""
    assert input_overrides('a "b"\\c.wav') == (
        'inputs.default_provider="file"',
        "inputs.fallback_providers=[]",
        'inputs.providers.file.path="a \\"b\\"\\\\c.wav"',
    )


def test_a_dash_is_standard_input():
    """`-` is the pipe."""
    assert 'inputs.default_provider="stdin"' in input_overrides("-")


@pytest.mark.parametrize(("name", "cure"), [("stdin", "`-`"), ("microphone", "--set inputs")])
def test_an_input_that_is_no_file_is_told_how_to_be_chosen(name, cure, own_folder):
    """Outputs are chosen by name, so somebody tries it with inputs; a file of that name is read."""
    with pytest.raises(click.BadParameter, match=f"'{name}' is no file; .*{cure}"):
        input_overrides(name)
    (own_folder / name).touch()
    assert f'inputs.providers.file.path="{name}"' in input_overrides(name)


@pytest.mark.parametrize("name", ["a.wav", "folder/A.WAV"])
def test_a_wav_file_is_written(name, own_folder):
    """A name that ends in .wav is a file."""
    (own_folder / "folder").mkdir()
    assert f'outputs.providers.wav.path="{name}"' in output_overrides(name)


@pytest.mark.parametrize("name", ["speaker", "none", "snapcast"])
def test_another_word_is_the_name_of_an_output(name):
    """Also one that a plugin brings."""
    assert output_overrides(name)[0] == f'outputs.default_provider="{name}"'


@pytest.mark.parametrize("name", ["a.mp3", "folder/a", "", "/"])
def test_a_file_of_another_kind_is_refused(name):
    """Only WAV is written."""
    with pytest.raises(click.BadParameter, match=r"a name ending in \.wav"):
        output_overrides(name)


@pytest.mark.parametrize("name", ["nowhere/a.wav", "file/a.wav"])
def test_a_file_in_no_folder_is_refused(name, own_folder):
    """Nothing is loaded for answers that cannot be written."""
    (own_folder / "file").touch()
    with pytest.raises(click.BadParameter, match=f"{name}: its folder "):
        output_overrides(name)


def test_nothing_given_changes_nothing():
    """Without the options the configuration stands."""
    assert input_overrides(None) == output_overrides(None) == ()
