# Two commands do everything: `make demo` and `make test`. `make fast` is for every few minutes.
VENV ?= .venv
PYTHON ?= python3
JOBS ?= auto
BIN = $(VENV)/bin
BENCH ?= build/speed.json
COMPAT ?= $(HOME)/.cache/ptxl-compat

.PHONY: demo test fast lint prove bench judge bundle compat clean

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

# The random tests at length: hours. PTXL_SEED and PTXL_FUZZ_FIRST draw others.
prove: export PTXL_REQUIRE_OFFICE = 1
prove: export PTXL_FILLINGS = 300
prove: export PTXL_STAGE_FILLINGS = 300
prove: export PTXL_CELLS = 3000
prove: export PTXL_CELLS_SECONDS = 900
prove: export PTXL_SHOWN = 1000
prove: export PTXL_FUZZ = 20000
prove: export PTXL_FUZZ_HOME = 7000
prove: export PTXL_STRUCTURES = 300
prove: export PTXL_OFFICE_STRUCTURES = 120
prove: export PTXL_SEQUENCES = 300
prove: export PTXL_MUTANTS = 500
prove: export PTXL_KILLS = 100
prove: $(VENV)/ready
	$(BIN)/pytest -n $(JOBS) --dist worksteal tests/test_selfcheck.py tests/test_stage_fillings.py \
	  tests/test_random_cells.py tests/test_shown.py tests/test_fuzz.py tests/test_packed_mutants.py \
	  tests/test_way_home.py tests/test_structures.py tests/test_edits.py tests/test_lint_survives.py \
	  tests/test_round_kill.py

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
