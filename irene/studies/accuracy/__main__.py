"""`python -m irene.studies.accuracy`: what every engine that is ready hears in recordings."""

import sys

from irene.studies.accuracy.command import main

if __name__ == "__main__":
    sys.exit(main())
