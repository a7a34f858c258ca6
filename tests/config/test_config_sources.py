"""Finding the configuration."""

from pathlib import Path

import pytest

from irene.config import sources
from irene.config.loading import find_config, profiles
from irene.errors import ConfigurationError
from irene.models.store import find_model, model_folders


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Work in an empty folder with an empty home."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    return tmp_path


def user_file(home):
    path = home / "xdg" / "irene" / "irene.toml"
    path.parent.mkdir(parents=True)
    path.write_text('assistant.name = "user"')
    return path


def test_without_a_file_the_default_profile_is_taken(home):
    """A fresh machine runs."""
    assert find_config(None).name == "default"


def test_a_user_configuration_comes_before_the_profile(home):
    """The XDG place is looked at."""
    assert find_config(None).path == user_file(home) or find_config(None).name == "irene"


def test_the_working_directory_comes_first(home):
    """`./irene.toml` wins over the user's configuration."""
    user_file(home)
    (home / "work" / "irene.toml").write_text("# here")
    assert find_config(None).text == "# here"


def test_profiles_are_found_by_name(home):
    """Each profile can be named from any folder."""
    assert set(profiles()) >= {"default", "minimal", "desktop", "raspberry-pi", "server", "demo"}
    assert find_config("raspberry-pi").path == profiles()["raspberry-pi"]


def test_a_file_below_the_working_directory_is_named_relative(home):
    """Problems name files as a person would type them."""
    (home / "work" / "my.toml").write_text("")
    assert find_config(home / "work" / "my.toml").label == "my.toml"


def test_a_mistyped_profile_gets_a_suggestion(home):
    """What is neither file nor profile is answered with the nearest profile."""
    with pytest.raises(ConfigurationError, match="did you mean 'default'"):
        find_config("defualt")


def test_a_missing_file_is_named(home):
    """A path that does not exist is one line."""
    with pytest.raises(ConfigurationError, match=r"^no/such\.toml: no such file$"):
        find_config("no/such.toml")


def test_bytes_that_are_no_text_are_refused(home):
    """A binary file is one line with the place of the trouble."""
    (home / "work" / "bin.toml").write_bytes(b"a = 1\nb = '\xff'")
    with pytest.raises(
        ConfigurationError,
        match=r"^bin\.toml:2: byte 0xff is no UTF-8 text; save the file as UTF-8$",
    ):
        find_config("bin.toml")


def test_a_folder_is_refused(home):
    """A folder is no configuration."""
    with pytest.raises(ConfigurationError, match="cannot be read: is a directory"):
        find_config(home)


def test_a_folder_that_is_called_like_a_configuration_is_refused(home):
    """Nobody should believe that it is in force."""
    (home / "work" / "irene.toml").mkdir()
    with pytest.raises(ConfigurationError, match=r"^irene\.toml: cannot be read: is a directory$"):
        find_config(None)


def test_a_home_that_may_not_be_looked_at_counts_as_empty(home, monkeypatch):
    """As for a service with the HOME of somebody else: any error of the system is no answer."""
    monkeypatch.setenv("XDG_CONFIG_HOME", f"/{'x' * 300}")
    assert find_config(None).name == "default"


def test_a_path_that_may_not_be_looked_at_is_named_with_the_reason(home):
    """It is not called missing."""
    with pytest.raises(ConfigurationError, match="cannot be read: file name too long"):
        find_config(f"/{'x' * 300}/my.toml")


def test_the_home_of_nobody_is_a_missing_file(home):
    """`~NAME` of an unknown person is a path like any other."""
    with pytest.raises(ConfigurationError, match=r"~nosuchuser/irene\.toml: no such file"):
        find_config("~nosuchuser/irene.toml")


def test_a_model_in_the_home_of_nobody_is_not_there(monkeypatch):
    """Neither a path nor the list of folders raises."""
    monkeypatch.setenv("IRENE_MODELS", "~nosuchuser/models")
    assert model_folders()[0] == Path("~nosuchuser/models")
    assert find_model("vosk", "~nosuchuser/small") is None


def test_generated_files_are_not_written_into_an_installed_package(monkeypatch, tmp_path):
    """What came with a package belongs to whoever installed it."""
    assert (sources.checkout() / "config" / "default.toml").is_file()
    (tmp_path / "profiles").mkdir()
    monkeypatch.setattr(sources, "_PACKAGE", tmp_path)
    with pytest.raises(SystemExit, match="is an installed package: run this in a checkout"):
        sources.checkout()


def test_a_byte_order_mark_is_ignored(home):
    """Windows editors write one."""
    (home / "work" / "bom.toml").write_bytes(b"\xef\xbb\xbfx = 1")
    assert find_config("bom.toml").text == "x = 1"
