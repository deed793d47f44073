# Two commands set everything up: `make demo` and `make test`. They need git, make and Python >= 3.11.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test corpus public attacks lint docs picture bench setup sandbox services node clean

demo: setup
	@$(BIN)/harness demo

test: setup node
	@$(BIN)/python -m pytest -n 3 --no-loadscope-reorder

# every delivery of the gates' corpus, those that take long as well; ends with the confusion table
corpus: setup node
	@HARNESS_CORPUS=all $(BIN)/python -m pytest -n 3 --no-loadscope-reorder -q tests/gates/corpus

# each gate on pinned public packages, fetched by pip and npm as they are configured; see docs/gates.md
public: setup node
	@$(BIN)/python -m tests.gates.public

attacks: setup
	@$(BIN)/python -m tests.attacks

lint: setup
	@$(BIN)/ruff check harness tests docs
	@$(BIN)/ruff format --check harness tests docs
	@$(BIN)/mypy

docs: setup
	@$(BIN)/python docs/blocks.py

# a screen of the demo as docs/run.svg, to be taken again whenever the demo was recorded again; needs tmux
picture: setup
	@command -v tmux >/dev/null 2>&1 || { echo "install tmux, which the demo's terminal is made of"; exit 1; }
	@$(BIN)/python docs/picture.py

bench: setup
	@$(BIN)/python -m tests.benchmarks

setup: $(VENV)/ready sandbox

$(VENV)/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed; name one: make PYTHON=python3.12 ..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV); the first time this takes about a minute"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

# bubblewrap is installed where that is allowed (root, apt); elsewhere the level that the machine gives is said.
sandbox:
	@if [ "$$(uname -s)" = Linux ] && ! command -v bwrap >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "installing bubblewrap"; \
	    { apt-get install -y -qq bubblewrap || { apt-get update -qq && apt-get install -y -qq bubblewrap; }; } >/dev/null 2>&1 || true; \
	  fi; \
	fi
	@$(BIN)/python -c 'from harness.sandbox.probe import open_sandbox; s = open_sandbox(); print(f"sandbox level {s.level}: {s.why}")'

# The compiler and the linter for TypeScript. Without Node their gates could not run, and their tests are skipped.
node: $(VENV)/ready
	@if command -v npm >/dev/null 2>&1; then $(BIN)/harness tools; else echo "npm is not installed: no gates on TypeScript"; fi
# Node, PostgreSQL and Redis, for the tests of gates on services: installed where that is allowed (root, apt).
services:
	@set -e; missing=; \
	command -v npm >/dev/null 2>&1 || missing="$$missing nodejs npm"; \
	ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null 2>&1 || missing="$$missing postgresql"; \
	command -v redis-server >/dev/null 2>&1 || missing="$$missing redis-server"; \
	test -n "$$missing" || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  echo "installing$$missing"; export DEBIAN_FRONTEND=noninteractive; \
	  apt-get install -y -qq $$missing >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq $$missing; } >/dev/null; \
	else \
	  echo "missing:$$missing; install with your system's package manager"; exit 1; \
	fi

clean:
	rm -rf $(VENV)
