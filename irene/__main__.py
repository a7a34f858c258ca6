"""`python -m irene` is the command `irene`."""

from __future__ import annotations

import sys

from irene.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
