# Two commands for everyone: `make lab` and `make test`. The others are for working on the package.
# PYTHON=... chooses the interpreter for .venv; LAB_ARGS, TEST_ARGS, FUZZ_ARGS, TORTURE_ARGS and BENCH_ARGS are passed on.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
export PYTHON

.PHONY: help lab test check docs fuzz torture bench bench-full export clean-nbs wheel js setup

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | column -t -s '|'

lab: ## set everything up and open JupyterLab on the tour
	@bash scripts/lab.sh $(LAB_ARGS)

test: ## set everything up and run all tests
	@bash scripts/test.sh $(TEST_ARGS)

setup: ## make or update .venv only
	@bash scripts/setup.sh

check: setup ## the fast checks: notebooks, layers, ruff, metadata
	@$(PY) -m pytest -q tests/test_project.py tests/test_metadata.py

docs: setup ## build the site into _docs/html; FAST=1 does not run the lessons
	@$(PY) scripts/docs.py $(if $(FAST),--fast)

fuzz: setup ## 20 000 random calls of the public functions with good and bad arguments and damaged files
	@$(PY) scripts/fuzz.py --count 20000 $(FUZZ_ARGS)

torture: setup ## kills, interrupts, full disks, floods, hostile pages and 15 minutes of soak
	@$(PY) scripts/torture.py $(TORTURE_ARGS)

bench: setup ## measure speed, memory and quality beside the alternatives (at most 15 minutes)
	@$(PY) -m sep_toolkit.bench $(BENCH_ARGS)

bench-full: setup ## the long benchmarks: resumable, appended to _bench/bench.csv
	@$(PY) -m sep_toolkit.bench --full --csv _bench/bench.csv $(BENCH_ARGS)

export: setup ## write sep_toolkit/*.py from the notebooks
	@$(PY) scripts/notebooks.py export

clean-nbs: setup ## strip outputs and metadata from the notebooks
	@$(PY) scripts/notebooks.py clean

js: ## build the front-end bundles into sep_toolkit/static
	@cd js && npm ci --silent --no-audit --no-fund && npm run build

wheel: setup ## build a wheel into dist/
	@rm -rf build && $(PY) -m build --wheel --no-isolation --outdir dist
