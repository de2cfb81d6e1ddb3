# Two commands for everyone: `make demo` and `make test`. Both work on a machine with nothing but
# Python 3.11 or newer, make and git.

PYTHON ?= python3
PORT ?= 5000
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO_STAMP := $(VENV)/.installed-demo

.PHONY: demo test test-full check format bench clean

demo: $(DEMO_STAMP)  ## serve the quickstart on a SQLite file
	PORT=$(PORT) $(BIN)/python -m examples.quickstart

test: $(STAMP)  ## every kind of test, bounded to ten minutes
	$(BIN)/python -m pytest -m "not full" -n 2 --dist loadfile $(ARGS)

test-full: $(STAMP)  ## the whole matrix
	$(BIN)/python -m pytest $(ARGS)

check: $(STAMP)  ## style, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)  ## compare with hand-written views; see docs/architecture.md, "Speed"
	$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(DEMO_STAMP): pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[flask]" "Flask-WTF>=1.2"
	touch $@

$(STAMP): pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	touch $@ $(DEMO_STAMP)
