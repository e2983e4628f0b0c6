# make demo    a trained, evaluated network on a real table, from nothing
# make test    set up, check, and run the tests (make test-all: the slow ones too)
# make check   lint, format, types, imports, budgets
# make bench   how fast

PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m

.PHONY: demo test test-all check bench clean

demo: .venv/installed
	@mkdir -p demo
	$(BIN)/shoal data breast_cancer --out demo/breast_cancer.csv
	$(BIN)/shoal train demo/breast_cancer.csv --target diagnosis --out demo/model.shoal
	$(BIN)/shoal evaluate demo/model.shoal demo/breast_cancer.csv
	$(BIN)/shoal predict demo/model.shoal demo/breast_cancer.csv --proba --out demo/predictions.csv
	$(BIN)/shoal inspect demo/model.shoal

test: check
	$(RUN) pytest -n 2 -m "not slow"

test-all: check
	$(RUN) pytest -n 2

check: .venv/installed-dev
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/budgets.py

bench: .venv/installed-dev
	$(BIN)/python benchmarks/step.py

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "shoal needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(RUN) pip install --quiet --upgrade "pip>=25.1"

.venv/installed: .venv/bin/python pyproject.toml
	$(RUN) pip install --quiet --editable ".[cli]"
	@touch $@

.venv/installed-dev: .venv/bin/python pyproject.toml
	$(RUN) pip install --quiet --editable ".[all]" --group dev
	@touch $@ .venv/installed

clean:
	rm -rf .venv demo build dist
