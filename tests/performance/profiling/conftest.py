"""Scripted assistants, as the tests of the pipeline have them."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "pipeline"))
sys.path.append(str(Path(__file__).parent))
