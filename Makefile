# `make demo` runs the main job; `make test` runs lint, types and tests. Both set up what they need on the first call.

# The first Python that works and is new enough; constraints.txt was made with 3.11.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3.11 python3 python3.12 python3.13; do \
  $$each -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$each && break; done)
# More options for pip, such as an index that has the CPU build of torch: make setup PIP_ARGS="--extra-index-url ..."
PIP_ARGS ?=
RUN ?= runs/demo

BIN := .venv/bin
READY := .venv/.ready

# Nothing here may ask the network for a model, and a tokenizer must not warn about forks.
export HF_HUB_OFFLINE := 1
export TOKENIZERS_PARALLELISM := false
export NO_MKDOCS_2_WARNING := 1

.PHONY: help setup demo demo-fast demo-http test lint types test-long organism-base organism-gate bench docs constraints clean

help:
	@echo "make demo           compile the document, teach it to a small real model, measure it, name the report"
	@echo "make demo-fast      the same in less time, with wider intervals"
	@echo "make demo-http      target, teacher and judge over real HTTP, on this machine"
	@echo "make test           lint, types and tests"
	@echo "make test-long      the tests that train (many minutes)"
	@echo "make organism-gate  print the release gate of the embedded base model"
	@echo "make organism-base  train the embedded base model from nothing (hours, offline)"
	@echo "make bench          ratios against named peers; make bench ONLY=recipes: recipes at equal tokens (long)"
	@echo "make docs           build the documentation into site/"
	@echo "make setup          only install; make clean: remove what was built (runs and .venv stay)"

setup: $(READY)

# The stamp is as new as the two files that say what is installed, so the second call starts at once.
$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(NEW_ENOUGH)' 2>/dev/null || { \
	  echo "error: $(or $(PYTHON),python3) is not Python 3.11 or newer" >&2; \
	  echo "help: apt-get install python3.11 python3-venv, or name one: make setup PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "error: $(PYTHON) cannot make virtual environments" >&2; \
	  echo "help: apt-get install python3-venv" >&2; exit 2; }
	@test -x $(BIN)/python || { echo "making .venv with $(PYTHON)"; $(PYTHON) -m venv .venv; }
	@echo "installing (a few minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt -e '.[organism,dev]' || { \
	  echo "error: the installation failed; what was downloaded is kept" >&2; \
	  echo "help: look at the last lines above, then run the same command again" >&2; exit 2; }
	@touch $@

# Exit status 1 means findings: a result of the run, not a failure of make.
demo: $(READY)
	@$(BIN)/soulwright demo --run $(RUN) || test $$? -eq 1

demo-fast: $(READY)
	@$(BIN)/soulwright demo --fast --run $(RUN)-fast || test $$? -eq 1

# Target, teacher and judge over real HTTP, on this machine.
demo-http: $(READY)
	@$(BIN)/soulwright organism demo-http --run $(RUN)-http || test $$? -eq 1

test: lint types
	$(BIN)/pytest -m "not long"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

test-long: $(READY)
	$(BIN)/pytest -m long

organism-base: $(READY)
	$(BIN)/soulwright organism build --out build/organism

organism-gate: $(READY)
	$(BIN)/soulwright organism gate

# Only the comparison of recipes needs the extra, and only it is asked to install it.
bench: $(READY)
	@$(if $(filter recipes,$(ONLY)),$(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) \
	  -c constraints.txt -e '.[bench]')
	$(BIN)/python -m bench.run $(ONLY)

docs: $(READY)
	$(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html"

# Write down the versions that are installed now.
constraints: $(READY)
	@{ sed -n '/^#/p' constraints.txt; \
	   $(BIN)/python -m pip freeze --exclude-editable | sed -E '/^soulwright/d; s/^(torch==[0-9.]+)\+.*/\1/'; } > constraints.new
	@mv constraints.new constraints.txt && touch $(READY)

clean:
	rm -rf build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
