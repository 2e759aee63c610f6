"""Give paused trainings the mean of their weights.

usage: python scripts/average_runs.py FOLDER FOLDER ...

The folders are those of runs of scripts/train_priors.py that differ by --seed alone, paused by an interrupt or by --minutes. Called again,
each goes on from the mean with its own optimizer; the mean of finished runs is finished by calling one of them again."""
import sys

from sep_toolkit.core import SepError
from sep_toolkit.train.loop import average_runs

if __name__ == "__main__":
    if len(sys.argv) < 3: sys.exit(__doc__)
    try: print("averaged at iterations", *average_runs(sys.argv[1:]))
    except SepError as e: sys.exit(str(e))
