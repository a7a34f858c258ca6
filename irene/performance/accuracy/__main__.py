"""`python -m irene.performance.accuracy`: what every engine that is ready hears in recordings."""

import sys

from irene.performance.accuracy.command import main

if __name__ == "__main__":
    sys.exit(main())
