"""What irene is compared with: scripts that import one other package, and nothing of irene.

Each has a function `probes()`, from a name to (function of the number of loops, operations in one
loop), and `about()`, which names its packages and their versions. `serve.py` runs one of them in
whatever interpreter has those packages.
"""

from __future__ import annotations

from pathlib import Path

PIPECAT = Path(__file__).with_name("pipecat_frames.py")
RESAMPLERS = Path(__file__).with_name("resamplers.py")
