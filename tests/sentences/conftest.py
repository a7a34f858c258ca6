"""The home that some tables are about stands beside the tests of its handler."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "plugins"))
