"""`python -m irene.performance.accuracy.voices`: what recognisers make of synthetic voices."""

import sys

from irene.performance.accuracy.voices.command import main

if __name__ == "__main__":
    sys.exit(main())
