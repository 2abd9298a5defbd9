# `make run` and `make test` do all the set-up on a fresh machine: a virtual environment in .venv with pinned versions.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# By the environment, so that it holds for what builds the package too.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt

.PHONY: run test lint format install clean

# Train the demo recipe on the embedded synthetic competition.
run: .venv/installed
	$(BIN)/kit train competitions/demo/competition.yaml --out build/demo

# Lint, format, types, the floors of the house, then the tests.
test: lint
	$(BIN)/pytest --numprocesses 2 --dist loadgroup $(ARGS)

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) --editable .
	touch $@

.venv/installed-dev: .venv/installed
	$(PIP) --editable '.[chem,h5ad,lm,torch,test,benchmarks,dev]'
	touch $@

clean:
	rm -rf .venv build
