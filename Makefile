# Everything below works on a machine that has only Python >= 3.11 with venv and pip.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Containers set it, and each of the hundreds of processes that tests start would compile the whole package again.
unexport PYTHONDONTWRITEBYTECODE
QUESTION ?= What weekday is 100 days after 1 May 2025, how many letters does it have, and what is 15% of that?

.PHONY: help demo test check format lint types contracts tests soak calibrate bench truth experiment conformance clean

help: ## show the recipes
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.installed ## set up, then answer a multi-step question with the embedded model
	$(BIN)/agent-brain ask --model offline "$(QUESTION)"

test: $(VENV)/.installed-dev ## set up, then format, lint, types, import contracts, tests, examples
	@$(MAKE) --no-print-directory check

check: lint contracts ## everything that `test` runs, in an environment that is ready
	@$(MAKE) --no-print-directory --jobs=2 types tests  # types take one core for half a minute, and tests wait at times

format: ## rewrite the sources in the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types:
	$(BIN)/mypy

contracts:
	$(BIN)/lint-imports --no-cache

tests:
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

calibrate: $(VENV)/.installed-dev ## check the lab against experiments whose truth is known (minutes)
	$(BIN)/python -m calibration

soak: $(VENV)/.installed-dev ## run the tests with all their seeds and examples (half an hour)
	SOAK=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

bench: $(VENV)/.installed-dev ## print the speed table (minutes)
	$(BIN)/python -m benchmarks

truth: $(VENV)/.installed-dev ## measure what nets and memories really achieve in the lab's world of keys (an hour)
	$(BIN)/python -m agent_brain.lab.worlds.truth --write src/agent_brain/lab/worlds/truth.toml

experiment: $(VENV)/.installed-dev ## run the offline experiment of the README, its verdicts beside what is true (two minutes)
	$(BIN)/python -m calibration.agreement

conformance: $(VENV)/.installed-dev ## run the MCP conformance suite, and print what came of each scenario
	cd tests && $(abspath $(BIN))/python -m counterparts.mcp_conformance

clean: ## remove the environment and the caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python >= 3.11 is needed, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)

# Not compiled: Python does that by itself with what is imported, which is a small part of it.
$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --no-compile --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[dev]'
	@touch $@ $(VENV)/.installed
