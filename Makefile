# Two commands do everything: `make demo` and `make test`. `make fast` is for every few minutes.
VENV ?= .venv
PYTHON ?= python3
JOBS ?= auto
BIN = $(VENV)/bin
BENCH ?= build/speed.json
COMPAT ?= $(HOME)/.cache/ptxl-compat

.PHONY: demo test fast lint bench judge bundle compat clean

demo: $(VENV)/ready
	$(BIN)/ptxl demo demo-county

# Neighbours share what was made for their module, so each worker begins with neighbours.
test: lint
	$(BIN)/pytest -n $(JOBS) --dist worksteal

fast: lint
	$(BIN)/pytest -n $(JOBS) --dist worksteal -m "not office and not validator and not slow"

lint: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Whole commands beside what others need for the same files, then parts of them; see docs/speed.md.
bench: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group bench
	$(BIN)/python -m benchmarks.commands --json $(BENCH)
	$(BIN)/python -m benchmarks.plot $(BENCH)
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.summary

# What `check` finds of the opinions that a reviewer wrote on samples/reviewed, and what it makes up.
judge: $(VENV)/ready
	$(BIN)/python -m benchmarks.judge

# A zip per system that runs without internet: `make bundle BUNDLE="windows-x86_64 --python FILE"`.
bundle: $(VENV)/ready
	$(BIN)/python -m bundle.make $(BUNDLE)

# What other programs make of our workbooks; Gnumeric and LibreOffice come from the system.
compat: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group compat
	mkdir -p $(COMPAT)
	cp compat/package.json $(COMPAT)
	npm install --silent --no-fund --no-audit --prefix $(COMPAT)
	PTXL_COMPAT=$(COMPAT) $(BIN)/python -m compat.run --slow

$(VENV)/ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("ptxl needs Python 3.11 or newer; try: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	touch $@

clean:
	rm -rf $(VENV) demo-county build dist .mypy_cache .ruff_cache .pytest_cache
