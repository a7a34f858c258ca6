"""`python -m irene.studies.resampling`: what each conversion keeps, stops and costs."""

import sys

from irene.studies.resampling.command import main

if __name__ == "__main__":
    sys.exit(main())
