"""What a whole assistant costs in silence."""

import sys

import pytest

from irene.errors import ProviderFailedError
from irene.studies.listening_cost import costs as costs_module
from irene.studies.listening_cost.costs import (
    BARE,
    SCENES,
    UNGATED,
    Listening,
    ListeningCost,
    describe,
    listening_costs,
)
from irene.studies.listening_cost.recording_program import recorded
from irene.studies.listening_cost.thread_times import ThreadShare

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the microphone is a script")


def test_the_table_says_how_many_times_cheaper_silence_is():
    """The last row is what one would have without irene."""
    costs = [ListeningCost(SCENES[0], 0.06, 30.0), ListeningCost(SCENES[2], 1.2, 30.0)]
    rows = describe(costs).splitlines()
    assert rows[2].split("|")[1:5] == [" 16 kHz ", " 0.20 ", " - ", " 20.0 "]


def test_the_table_says_how_much_dearer_it_is_than_a_bare_loop():
    """What no assistant can go below; the threads of the first assistant follow."""
    thread = ThreadShare("irene-capture", 0.05, 300, 30.0)
    costs = [
        ListeningCost(BARE, 0.03, 30.0),
        ListeningCost(SCENES[0], 0.06, 30.0, (thread,)),
    ]
    text = describe(costs)
    assert text.splitlines()[3].split("|")[3] == " 2.0 "
    assert "| irene-capture | 0.167 | 10.0 | 167 |" in text


def test_a_bare_loop_reads_a_recording_program(tmp_path, monkeypatch):
    """Its threads are counted, and program and loop are gone afterwards."""
    monkeypatch.setattr(costs_module, "_SETTLING_S", 0.3)
    (cost,) = listening_costs(0.1, tmp_path, [BARE])
    assert cost.audio_s > 0


def test_a_recording_is_read_block_by_block(tmp_path):
    """What ends in the middle of a block ends with the last whole one."""
    program = tmp_path / "record"
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.stdout.buffer.write(bytes(700))")
    program.chmod(0o755)
    blocks = [len(block) for block in recorded(str(program), 1000, 0.1)]
    assert blocks == [100, 100, 100]


def test_an_assistant_that_does_not_start_is_an_error(tmp_path):
    """No figure is made of it."""
    scene = Listening("nobody", 16000, "no such engine")
    with pytest.raises(ProviderFailedError, match="did not start"):
        listening_costs(0.1, tmp_path, [scene])


@pytest.mark.slow
def test_a_gate_that_is_closed_costs_a_fraction_of_an_engine_that_listens(tmp_path):
    """The real command line, with a real program for a microphone, on the machine at hand."""
    gated, always = listening_costs(4.0, tmp_path, [SCENES[0], UNGATED])
    assert gated.percent < always.percent / 2
