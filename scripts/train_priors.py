"""Train the class-conditional prior that ships with the package, or go on training it.

usage: python scripts/train_priors.py --pack PACK --out FOLDER [--config small] [--iterations N] [--minutes M] [--from-weights]

PACK comes from scripts/make_prior_pack.py. A run in the same folder is continued exactly. With --from-weights the first weights are those
shipped (or those of the card named after it), with a fresh optimizer: so another machine goes on where this one stopped. After the last
iteration the averaged weights and their card, with the identification matrix, are in FOLDER. Needs torch, numpy and safetensors.
--help lists everything; it is the same as python -m sep_toolkit.train prior."""
import sys

from sep_toolkit.train.command import main

if __name__ == "__main__": sys.exit(main(["prior", *sys.argv[1:]]))
