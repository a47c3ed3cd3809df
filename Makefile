# Every target works on a fresh machine with Python 3.11+ and a C compiler.
.DEFAULT_GOAL := help
.PHONY: help run test test-fast test-all check format bench fuzz docs lock clean

VENV    ?= .venv
PYTHON  ?= python3
BIN     := $(VENV)/bin
CONSTRAINTS := $(wildcard constraints.txt)
PIP     := $(BIN)/python -m pip --disable-pip-version-check install -q $(if $(CONSTRAINTS),-c constraints.txt)
JOBS    ?= 2
KERNELS := $(shell sed -n '/^kernels = \[/,/^\]/s/^ *"\(.*\)",$$/src\/\1/p' pyproject.toml | sed 's/sonnette\./sonnette\//;s/\./\//g;s/$$/.py/')
KERNELS += tools/join_kernel.py $(wildcard src/sonnette/codecs/g729/*.py src/sonnette/codecs/g729/*/*.py)
PYTEST  := $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: $(VENV)/.run ## serve the demo domain on loopback
	@$(BIN)/sonnette serve --demo

test: $(VENV)/.dev ## every test this machine can run
	@$(BIN)/python tools/peers.py
	@$(PYTEST) -m "not long" tests

test-fast: $(VENV)/.dev ## unit and property tests, under a minute
	@SONNETTE_EXAMPLES=few $(PYTEST) -m "not long and not loopback and not interop" tests

test-all: $(VENV)/.dev ## every test and the long sets
	@$(BIN)/python tools/peers.py
	@$(PYTEST) tests

check: $(VENV)/.dev ## format, lint, types, imports, sizes, spelling
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PATH=$(CURDIR)/$(BIN):$$PATH $(BIN)/lint-imports
	@$(BIN)/python tools/check_sizes.py
	@$(BIN)/codespell

format: $(VENV)/.dev ## put the code in shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.dev ## ratios against the anchors, in one run
	@$(BIN)/python -m tests.bench

fuzz: $(VENV)/.dev ## every fuzz target for a minute each
	@$(PIP) -e ".[fuzz]"
	@$(BIN)/python -m tests.fuzz

docs: $(VENV)/.dev ## build the documentation under site/
	@$(BIN)/python tools/reference.py
	@$(BIN)/zensical build --clean

lock: ## write constraints.txt anew (needs uv)
	uv pip compile -q --all-extras --python-version 3.11 --no-header --no-annotate pyproject.toml -o constraints.txt

clean: ## remove what was built
	rm -rf build site $(VENV)
	find src -name '*.so' -delete -o -name '*.c' -delete

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python pyproject.toml setup.py $(CONSTRAINTS) $(KERNELS)
	@echo "Installing into $(VENV) and building the kernels: about a minute, once."
	@$(PIP) -e ".[server]"
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml setup.py $(CONSTRAINTS) $(KERNELS)
	@echo "Installing into $(VENV) with the test tools and building the kernels: about a minute, once."
	@$(PIP) -e ".[dev]"
	@touch $@ $(VENV)/.run
