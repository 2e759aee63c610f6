"""`python -m sep_toolkit.train`: train from a terminal."""
from .command import main

if __name__ == "__main__":
    raise SystemExit(main())
