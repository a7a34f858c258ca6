"""What `irene doctor` tells of recorded sessions."""

from irene.cli.doctor.settings import recorder
from irene.config.loading import load_config
from irene.plugin.registry import ComponentRegistry

REGISTRY = ComponentRegistry.installed()


def found(folder, enabled):
    """Return what is told of a recorder with this folder."""
    section = {"enabled": enabled, "folder": str(folder)}
    return list(recorder(load_config({"recorder": section}, registry=REGISTRY)))


def test_where_nothing_is_recorded_nothing_is_told(tmp_path):
    """It is off unless somebody has turned it on."""
    assert found(tmp_path / "none", enabled=False) == []


def test_that_sessions_are_recorded_is_told(tmp_path):
    """With the folder, and what would end it."""
    (finding,) = found(tmp_path, enabled=True)
    assert (finding.topic, finding.level) == ("recorder", "note")
    assert str(tmp_path) in finding.text
    assert "recorder.enabled = false" in finding.cure


def test_recordings_that_are_left_are_told(tmp_path):
    """With how much they take."""
    (tmp_path / "20300101T000000-1.irene.zip").write_bytes(b"x" * 200_000)
    (finding,) = found(tmp_path, enabled=False)
    assert "1 so far, 0.2 MB" in finding.text
