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
WASM32 := node_modules/.ready
READY := $(TOOLS) $(DEPS)

PYTEST := $(PY) -m pytest --quiet --numprocesses auto

.PHONY: help setup run test prove hunt bench firmware flash deploy lint coverage lock clean distclean
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## the virtual environment and MicroPython's unittest (other targets do this themselves)

run: $(READY) ## the demonstration: a simulated charger, a central system, one story (BOARD=… HAL=esp32 play others)
	@$(VENV)/bin/rudved demo $(if $(BOARD),--board $(BOARD)) $(if $(HAL),--hal $(HAL))

test: lint ## lint and the quick tests, in a few minutes
	$(PYTEST) -m "not prove and not hunt"

# Whole chargers with the chip's words and floats: from a new unit's flash image to a charging car, each board's story, updates.
ON_CHIP = tests/boot/test_unit.py tests/boot/test_depth.py tests/boot/test_root.py tests/story/test_chip.py tests/story/test_tls.py \
  tests/update/test_ocpp.py

# First everything once more with the chip's words and floats, then what samples in `make test`, in full. Seeds are printed.
prove: $(READY) $(WASM32) ## the long counts: every test as on the chip, every phase, schedule, cut and mutant
	@if $(PY) -m tools.chip; then set -x; PROVE=1 $(PYTEST) --mpy=chip -rf -m "not prove and not hunt" $$(find tests -type d -name mpy) && \
	  PROVE=1 $(PYTEST) --mpy=chip -rf $(ON_CHIP); \
	  else echo "make prove: LEFT OUT for that reason: the firmware's tests with the chip's words and floats" >&2; fi
	PROVE=1 $(PYTEST) -m prove || [ $$? -eq 5 ] # 5: nothing is marked so, which is no failure

# The longest searches; a find is a defect to mend, not a reason to hold up everybody else's work.
hunt: $(READY) ## the searches that take an hour or more
	PROVE=1 $(PYTEST) -m hunt

bench: $(READY) $(WASM32) ## a table of figures of this machine, beside their budgets
	@$(PY) -m tools.bench

# KEY=maker.pem signs; CHIP=sim builds for `rudved sim`; SETTINGS=file puts NAME=VALUE lines onto a new board; LOCKED=1: no prompt of
# MicroPython on it, for nobody
BUILD_OPTIONS = $(if $(KEY),--key $(KEY)) $(if $(VERSION),--version $(VERSION)) $(if $(SETTINGS),--settings $(SETTINGS)) $(if $(LOCKED),--locked)
THE_BOARD = $(or $(BOARD),$(error say which: make $@ BOARD=rudved_ac7))
firmware: $(READY) ## BOARD=name: app bundle, littlefs and ROMFS images into build/BOARD
	@$(VENV)/bin/rudved firmware $(THE_BOARD) $(if $(CHIP),--chip $(CHIP)) $(if $(MICROPYTHON),--micropython "$(MICROPYTHON)") $(BUILD_OPTIONS)

flash: $(READY) ## BOARD=name PORT=port MICROPYTHON_IMAGE=file: a whole new unit; DRY=1 only says what would be written
	@$(VENV)/bin/rudved flash $(THE_BOARD) $(if $(PORT),--port $(PORT)) $(if $(DRY),--dry-run) $(if $(YES),--yes) \
	  $(if $(SERIAL),--serial $(SERIAL)) $(BUILD_OPTIONS)

deploy: $(READY) ## BOARD=name PORT=port: what changed, onto a developer's board; DRY=1 only says what
	@$(VENV)/bin/rudved deploy $(THE_BOARD) $(if $(PORT),--port $(PORT)) $(if $(DRY),--dry-run) $(BUILD_OPTIONS)

lint: $(READY) ## ruff, and the rules of the house (tools/lint)
	$(VENV)/bin/ruff check --quiet --output-format concise
	$(PY) -m tools.lint

coverage: $(READY) ## lines of the firmware that tests inside MicroPython reach
	@$(PY) -m tests.harness.coverage instrument
	-$(PYTEST) --mpy-first=build/coverage/tree -m "not prove and not hunt" $$(find tests -type d -name mpy)
	@$(PY) -m tests.harness.coverage report

lock: ## writes both lock files anew from pyproject.toml (wants a network)
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet pip-tools
	$(PYTHON) -m tools.deps.lock build/lock/bin/pip-compile

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

# Without node what needs it is skipped, and says so.
$(WASM32): package.json package-lock.json
	@mkdir -p $(@D)
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund; else echo "npm is not installed: heap is not measured"; fi
	@mkdir -p $(@D) && touch $@

clean: ## removes what was built, and caches
	rm -rf build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -not -path './node_modules/*' -prune -exec rm -rf {} +

distclean: clean ## also removes .venv and node_modules
	rm -rf $(VENV) node_modules
