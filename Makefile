# `make run` and `make test` do all the set-up on a fresh machine: a virtual environment in .venv with pinned versions.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# By the environment, so that it holds for what builds the package too.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt

.PHONY: run test docs bench bench-growth quick-test test-faults test-lowest test-pythons dist cell-eval lint format install clean

# Train the demo recipe on the embedded synthetic competition.
run: .venv/installed
	$(BIN)/kit train competitions/demo/competition.yaml --out build/demo

PYTEST := -m pytest --numprocesses 2 --dist loadgroup
# Modules that import torch at their beginning have no doctests where it is missing; they are reported as skipped.
WITHOUT_TORCH := --doctest-ignore-import-errors

# Lint, format, types, the floors of the house, then every test and doctest.
test: lint
	$(BIN)/python $(PYTEST) $(ARGS)

# The pages in build/docs/html, their cells executed; warnings are errors. Once set up it needs no network.
docs: .venv/installed-docs
	$(BIN)/python -m sphinx -W --keep-going --quiet --jobs 2 -d build/docs/doctrees docs build/docs/html
	@echo 'build/docs/html/index.html'

# What it costs, beside what else does the same: benchmarks/results/bench.md. Half an hour on an idle machine.
bench: .venv/installed-dev
	$(BIN)/python -m benchmarks.bench $(ARGS)

# How a run grows with rows and targets within 4 GiB: benchmarks/results/growth.md. ARGS='--rows 16000 64000' takes less.
bench-growth: .venv/installed-dev
	$(BIN)/python -m benchmarks.growth $(ARGS)

# What takes a minute and a half, while you work: nothing slow, no networks, few whole runs, no search through the code.
NOT_QUICK := blending cli comparing faults testing training tuning models/neural features/autoencoder \
	features/language_model features/test_no_leak.py config/test_writing.py config/show/test_json_schema.py \
	test_ablations.py test_competitions.py test_house.py test_spelling.py test_upgrade.py
quick-test: .venv/installed-dev
	$(BIN)/python $(PYTEST) -m 'not slow' tests $(addprefix --ignore=tests/,$(NOT_QUICK)) $(ARGS)

# Every write, rename, sync and read of a small run, study, blend and simulation fails or kills it once.
test-faults: .venv/installed-dev
	$(BIN)/python -m tests.faults $(ARGS)

# The suite with the lowest versions that pyproject.toml allows, without torch.
test-lowest: build/lowest/installed
	build/lowest/bin/python $(PYTEST) $(WITHOUT_TORCH) $(ARGS)

# The suite on other Pythons, without torch; make test-pythons PYTHONS=3.13 takes one alone.
PYTHONS ?= 3.12 3.13
test-pythons:
	$(PYTHON) tools/pythons.py $(PYTHONS) -- $(PYTEST) $(WITHOUT_TORCH) $(ARGS)

# Wheel and source distribution in build/dist, installed into an empty environment elsewhere, where the demo is trained.
dist:
	$(PYTHON) tools/dist.py

# cell-eval, in an environment of its own of 1.2 GB, reads an exported run of the demo, or of RUN=…
cell-eval: .venv/installed-dev
	$(PYTHON) tools/cell_eval.py $(RUN)

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
	$(PIP) --editable '.[chem,dask,h5ad,lm,mlflow,ontology,postgresql,torch,wandb,test,test-lm,benchmarks,dev]'
	touch $@

.venv/installed-docs: .venv/installed
	$(PIP) --editable '.[chem,dask,h5ad,docs]'
	touch $@

build/lowest/installed: export PIP_CONSTRAINT := $(CURDIR)/constraints-lowest.txt
build/lowest/installed: pyproject.toml constraints-lowest.txt
	$(PYTHON) -m venv --clear build/lowest
	build/lowest/bin/python -m pip --disable-pip-version-check install --quiet --editable '.[chem,h5ad,test]'
	touch $@

clean:
	rm -rf .venv build
