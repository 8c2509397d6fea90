# `make help` tells what there is. Every target sets up what it needs; after the first time nothing needs a network.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input --quiet

TOOLS := $(VENV)/.tools-ready
DEPS := build/deps/.ready

.PHONY: help setup run test lock clean distclean
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: $(TOOLS) $(DEPS) ## the virtual environment and the staged MicroPython modules (other targets do this themselves)

# pip and setuptools come first and by hash, so that a package without a wheel is built with them and nothing unpinned.
$(VENV)/.packages: requirements-build.lock requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12" >&2; exit 1; }
	@echo "setting up $(VENV) (once; about half a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements-build.lock
	@$(PIP) install --require-hashes --no-build-isolation -r requirements.lock
	@touch $@

$(TOOLS): $(VENV)/.packages pyproject.toml
	@PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEPS): $(VENV)/.packages $(wildcard tools/deps/*.py)
	@$(PY) -m tools.deps build/deps
	@touch $@

clean: ## removes what was built, and caches
	rm -rf build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -not -path './node_modules/*' -prune -exec rm -rf {} +

distclean: clean ## also removes .venv and node_modules
	rm -rf $(VENV) node_modules
