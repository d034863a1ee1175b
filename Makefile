# Every target sets up what it needs in .venv; only Python >= 3.11 and make must be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTHONS := 3.11 3.12 3.13 3.14

# Tests start hundreds of processes: each would compile feeder anew where this is set.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: docs reference load soak reliability torture ablate profile fit fuzz help run test pythons check shape words format bench release mutants sim bench-scale

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "feeder needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "This Python has no venv. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(BIN)/python
	@echo "Installing feeder into $(VENV): about a minute, this once"
	$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "Installing feeder and what its tests need into $(VENV): about a minute, this once"
	$(BIN)/python -m pip install -q --disable-pip-version-check 'pip>=25.1'
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[postgres]' --group check --group test --group bench
	@touch $@ $(VENV)/.run

run: $(VENV)/.run ## start feeder with the config.toml beside this file
	$(BIN)/feeder run

test: $(VENV)/.dev ## run all tests, print the coverage and hold it
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto --dist worksteal
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

pythons: ## run the tests under every supported Python that is installed
	@for version in $(PYTHONS); do \
	  python=$$(command -v python$$version) || { echo "python$$version is not installed: not tested"; continue; }; \
	  $(MAKE) --no-print-directory PYTHON=$$python VENV=.venv-$$version .venv-$$version/.dev || exit 1; \
	  echo "python$$version:"; .venv-$$version/bin/python -m pytest -n auto || exit 1; \
	done

fuzz: $(VENV)/.dev ## coverage-guided fuzzing of every parser of foreign input: SECONDS=60 for each
	$(BIN)/python -m pip install -q --disable-pip-version-check --group fuzz
	$(BIN)/python tests/fuzz/fuzz.py all $(or $(SECONDS),60)

torture: $(VENV)/.dev ## every call of a refresh fails or is its last one, and a thousand kills (an hour)
	FEEDER_TORTURE=1 $(BIN)/python -m pytest -n auto tests/faults/test_every_call.py tests/real/test_daemon.py -k "whichever_call or killed_at"

load: $(VENV)/.dev ## 1,000 sources, 200 pollers, 2,000 listeners, storms of refreshes and previews (five minutes)
	FEEDER_LOAD=load $(BIN)/python -m pytest -s tests/real/test_load.py

soak: $(VENV)/.dev ## SECONDS=3600 of changes, polls, storms and reloads; memory, handles and threads are printed
	FEEDER_LOAD=soak SECONDS_OF_SOAK=$(or $(SECONDS),3600) $(BIN)/python -m pytest -s tests/real/test_load.py

check: $(VENV)/.dev ## formatting, lint, types, import contracts and the shape of the code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --config-file tests/mypy.ini tests tools bench
	$(BIN)/lint-imports
	$(BIN)/python tools/shape.py --gate

words: $(VENV)/.dev ## make the table of the words that times are printed with
	$(BIN)/python tools/make_words.py

reliability: $(VENV)/.dev ## make docs/reliability.md of the marks of the tests
	$(BIN)/python tools/make_reliability.py

docs: $(VENV)/.dev ## build the documentation as a site, in site/; a link that leads nowhere fails
	$(BIN)/python -m pip install -q --disable-pip-version-check --group docs
	$(BIN)/python tools/make_reference.py
	$(BIN)/zensical build --strict
	@# The pages are flat, so what leads out of them leads to files of the repository.
	sed -i.bak 's#href="\.\./#href="https://github.com/feeder-live/feeder/blob/main/#g' site/*.html && rm site/*.bak

reference: $(VENV)/.dev ## make docs/settings.md and docs/options.md of the code
	$(BIN)/python tools/make_reference.py

shape: $(VENV)/.dev ## print the size and the complexity of the code, room by room
	$(BIN)/python tools/shape.py

format: $(VENV)/.dev ## format the code, mend what lint can mend
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format -q .

bench: $(VENV)/.dev ## print the performance tables; as JSON they go to bench-results/
	$(BIN)/python -m bench

profile: $(VENV)/.dev ## print where the time of a small refresh and of a start goes, and the memory
	$(BIN)/python -m bench.profile

fit: $(VENV)/.dev ## fit the weights of the series scorer to the labelled pages
	$(BIN)/python -m bench.fit

ablate: $(VENV)/.dev ## print which pages each feature of the scorer holds
	$(BIN)/python -m bench.fit --ablate

release: $(VENV)/.dev ## build sdist and wheel, check both, and run what is installed from them
	$(BIN)/python -m pip install -q --disable-pip-version-check --group release
	rm -rf dist $(VENV)/try
	$(BIN)/python -m build --outdir dist
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl
	$(BIN)/python -m venv $(VENV)/try
	$(VENV)/try/bin/python -m pip install -q --disable-pip-version-check dist/*.whl
	cd $(VENV)/try && bin/feeder --version && bin/feeder demo --help >/dev/null && bin/feeder init home
	cd $(VENV)/try/home && ../bin/feeder refresh && ../bin/feeder check

bench-scale: $(VENV)/.dev ## 10,000 sources every 30 s, a start with 100,000; many machines (a quarter of an hour)
	$(BIN)/python -m bench.scale
	$(BIN)/python -m bench.machines

mutants: $(VENV)/.dev ## mutation testing of the reconciling core; takes an hour
	$(BIN)/python -m pip install -q --disable-pip-version-check --group mutants
	PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(BIN)/mutmut run --max-children 2 && $(BIN)/mutmut results

sim: $(VENV)/.dev ## pages that live on, many seeds, read by the core and followed by the daemon (half an hour)
	FEEDER_SEEDS=20 $(BIN)/python -m pytest -n auto tests/laws/test_reconcile_laws.py tests/real/test_living_pages.py
