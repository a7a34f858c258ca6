"""The output keeps its contract, and an assistant answers into a file with it."""

import numpy as np
import pytest
from irene_outputs_rawfile import RawfileOutput

from irene.testing import OutputContract, ScriptedSession, speech


class TestRawfileOutput(OutputContract):
    """Every check of the contract of outputs."""

    provider = RawfileOutput

    @pytest.fixture(autouse=True)
    def a_file_to_write_to(self, tmp_path):
        """Answers go to a folder of the test."""
        type(self).options = {"path": str(tmp_path / "answers.raw")}


def test_an_assistant_answers_into_a_file(tmp_path):
    """The scripted voice says a tone for each character of the answer."""
    path = tmp_path / "answers.raw"
    ScriptedSession().using(RawfileOutput, path=str(path)).hears(speech())
    assert np.fromfile(path, "<i2").size > 800 * len("nobody knows") - 800
