# Everything runs in .venv, which is created, and updated when pyproject.toml or constraints.txt changes.
#
# PYTHON  the Python, 3.11 or later, that .venv is created from
# ARGS    further arguments of the target's command: make demo ARGS="seed=1"

PYTHON ?= python3
ARGS ?=

PY := .venv/bin/python
# Written last: where it is missing, or older than pyproject.toml, the installation is incomplete.
INSTALLED := .venv/.installed
# With the development extra: every launcher and every peer, twice the size.
INSTALLED_DEV := .venv/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast lint docs clean

help:
	@echo "make demo       fine-tune a pretrained network on simulated CTCF sequences, test it, extract its motif"
	@echo "make test       run all tests"
	@echo "make test-fast  run the tests that train nothing and start no command"
	@echo "make lint       run the linters and the type checker"
	@echo "make docs       make the documentation site in site/, its tutorials executed"
	@echo "make clean      remove .venv and the caches; runs/ and data/ stay"

# All steps of a fine-tuning: 1,700 instead of the 12,000 from scratch.
demo: $(INSTALLED)
	$(PY) train.py tf=CTCF pretrained=base $(ARGS)

# In two processes; a file's tests stay together, because they share what they trained.
test: $(INSTALLED_DEV)
	$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

test-fast: $(INSTALLED_DEV)
	$(PY) -m pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

lint: $(INSTALLED_DEV)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

# A site with a warning, such as a dead link, is an error.
docs: $(INSTALLED_DEV)
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict $(ARGS)

clean:
	rm -rf .venv site .mypy_cache .pytest_cache .ruff_cache .hypothesis src/*.egg-info
	find src tests benchmarks experiments -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): EXTRAS :=
$(INSTALLED_DEV): EXTRAS := [dev]
$(INSTALLED) $(INSTALLED_DEV): pyproject.toml constraints.txt
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "There is no $(PYTHON) here. Install Python 3.11 or later, or name one: make PYTHON=/usr/bin/python3.12" >&2; \
		exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "This needs Python 3.11 or later, and $(PYTHON) is $$("$(PYTHON)" --version 2>&1)." >&2; \
		echo "Install one, or name one: make PYTHON=/usr/bin/python3.12" >&2; \
		exit 1; }
	@rm -f $@
	@echo "Installing into .venv (once; a few minutes, 1 to 3 GB)"
	"$(PYTHON)" -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check -e '.$(EXTRAS)' -c constraints.txt
	@touch $@
