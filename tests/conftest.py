"""What every test may use."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_folder():
    """The folder of bundled recordings; their origin and licences are in ORIGIN.csv."""
    return Path(__file__).parent / "data"
