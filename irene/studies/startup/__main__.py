"""`python -m irene.studies.startup`: how fast irene starts and answers, and its memory."""

import sys

from irene.studies.startup.command import main

if __name__ == "__main__":
    sys.exit(main())
