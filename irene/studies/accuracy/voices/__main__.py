"""`python -m irene.studies.accuracy.voices`: what recognisers make of synthetic voices."""

import sys

from irene.studies.accuracy.voices.command import main

if __name__ == "__main__":
    sys.exit(main())
