"""`python -m tonespace`: the same as `tonespace`."""

import sys

from tonespace.cli import run

if __name__ == "__main__":
    sys.exit(run())
