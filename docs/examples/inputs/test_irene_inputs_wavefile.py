"""The input keeps its contract, and an assistant hears a file with it."""

from importlib.resources import files

from irene_inputs_wavefile import WavefileInput

from irene.testing import InputContract, ScriptedSession

RECORDING = str(files("irene.testing") / "recordings" / "what_time_is_it.wav")


class TestWavefileInput(InputContract):
    """Every check of the contract of inputs."""

    provider = WavefileInput
    options = {"path": RECORDING}
    options_of_none = {"path": "/nowhere/command.wav"}


def test_an_assistant_hears_a_file_with_it():
    """The command in the recording is heard, up to the end of the file."""
    events = ScriptedSession().using(WavefileInput, path=RECORDING).hears()
    assert {"transcript", "run_ended"} <= {event.event for event in events}
