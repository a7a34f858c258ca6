"""The scripted stage of the pipeline's tests stands here, too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "pipeline"))
