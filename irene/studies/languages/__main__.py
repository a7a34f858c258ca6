"""`python -m irene.studies.languages`: how well languages are told apart, and its cost."""

import sys

from irene.studies.languages.trial import main

if __name__ == "__main__":
    sys.exit(main())
