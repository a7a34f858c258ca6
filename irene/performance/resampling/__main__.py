"""`python -m irene.performance.resampling`: what each conversion keeps, stops and costs."""

import sys

from irene.performance.resampling.command import main

if __name__ == "__main__":
    sys.exit(main())
