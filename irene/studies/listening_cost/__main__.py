"""`python -m irene.studies.listening_cost`: what an assistant costs in silence."""

import sys

from irene.studies.listening_cost.costs import main

if __name__ == "__main__":
    sys.exit(main())
