# irene: everything a checkout needs. `make demo` and `make test` install what they use into .venv.

VENV ?= .venv
# The newest supported interpreter that really runs (a pyenv shim may exist and still refuse); first
# choice are those that can make a virtual environment with pip in it.
SUPPORTED := import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for needs in "import venv, ensurepip; " "import venv; "; do \
	for p in python3.13 python3.12 python3.11 python3.10 python3 python; do \
	"$$p" -c "$${needs}$(SUPPORTED)" >/dev/null 2>&1 && { echo "$$p"; exit; }; done; done)
# What the shell around may have set for other projects. (The tests start some hundred processes:
# without bytecode each of them compiles irene again, half a second of its one to two.)
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
export PIP_USER := 0
BIN := $(VENV)/bin
# What irene is measured against lives apart: nothing of it is needed to use or develop irene.
PEERS := $(VENV)-peers
# One process more than there are cores, as a fifth of the tests' time is waiting for other processes
# and deadlines; more than four gain little and take 600 MB each.
PROCESSES = $$($(BIN)/python -c "import os; print(min(4, 1 + os.cpu_count()))")
PYTEST = $(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist worksteal
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# With QUICK=1, `make models` goes the whole way with next to no training, into a folder of its own.
MODELS := $(if $(QUICK),build/models,tests/models)
TRAIN = PYTHONPATH=tests/training OMP_NUM_THREADS=1 $(BIN)/python -m

.NOTPARALLEL:
.PHONY: help demo test test-all lint bench bench-peers docs pictures site models wheel clean

help:
	@echo "make demo      install into $(VENV) and answer a recorded question"
	@echo "make test      install what the tests need and run them"
	@echo "make test-all  every test, the slow ones and the development checks' packages included"
	@echo "make lint      ruff, mypy and the generated files"
	@echo "make bench     start-up time, memory, accuracy, and what audio core and router cost"
	@echo "make bench-peers  install other packages into $(PEERS), for bench to compare with"
	@echo "make docs      write the generated reference pages"
	@echo "make pictures  draw what the documentation shows of the terminal"
	@echo "make site      build the documentation into build/site, and check every link of it"
	@echo "make models    build the models that tests use from synthesised speech (an hour;"
	@echo "               QUICK=1: five minutes, to see that it works, into build/models)"
	@echo "make wheel     build the wheel, install it elsewhere and run the demo from it"

demo: $(VENV)/.with-embedded
	@$(BIN)/irene demo

test: $(VENV)/.with-test
	$(PYTEST) -m "not slow"

# With ONLY="tests/cli", "-m slow" or the like, a part of them.
test-all: $(VENV)/.with-dev
	$(PYTEST) $(ONLY)

lint: $(VENV)/.with-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.with-embedded
	$(BIN)/python -m irene.studies.startup
	$(BIN)/python -m irene.studies.accuracy
	$(BIN)/python -m irene.studies.audio_core \
		$(addprefix --peers ,$(wildcard $(PEERS)/bin/python))
	$(BIN)/python -m irene.studies.overhead.router
	$(BIN)/python -m irene.studies.overhead.store
	$(BIN)/python -m irene.studies.overhead.telemetry
	$(BIN)/python -m irene.studies.overhead.profiling

bench-peers: $(PEERS)/.with-peers

$(PEERS)/.with-peers: irene/performance/peers/requirements.txt | $(VENV)/.with-embedded
	@echo "installing Pipecat, scipy and resampy into $(PEERS) (about 670 MB, once)"
	@$(BIN)/python -m venv --without-pip $(PEERS)
	@$(BIN)/python -m pip --python $(PEERS)/bin/python install --quiet \
		--disable-pip-version-check -r $< && touch $@ || $(INSTALL_FAILED)

docs: $(VENV)/.with-embedded
	$(BIN)/python -m irene.config.rendering
	$(BIN)/python -m irene.config.schema
	$(BIN)/python -m irene.cli.reference
	$(BIN)/python docs/website/diagrams.py
	$(BIN)/python docs/website/plots.py

pictures: $(VENV)/.with-embedded
	$(BIN)/python -m irene.cli.pictures

site: $(VENV)/.with-docs
	@test -x $(BIN)/zensical || { echo "building the site needs Python 3.11 or newer" >&2; exit 1; }
	$(BIN)/python docs/website/site_pages.py build
	cd build && $(abspath $(BIN))/zensical build --clean --strict --config-file mkdocs.yml
	$(BIN)/python docs/website/site_check.py build/site

models: $(VENV)/.with-dev
	$(PIP) -e ".[training]"
	$(TRAIN) vosk_model $(if $(QUICK),--quick) $(MODELS)/vosk/irene-commands-en
	$(TRAIN) whisper_model $(if $(QUICK),--quick) $(MODELS)/whisper/irene-commands

wheel: $(VENV)/.with-dev
	rm -rf dist $(VENV)-wheel
	$(BIN)/python -m build --wheel --outdir dist . >/dev/null
	$(BIN)/python -m venv $(VENV)-wheel
	$(VENV)-wheel/bin/python -m pip install --quiet --disable-pip-version-check \
		"$$(echo dist/irene_voice-*.whl)[embedded]"
	cd $(VENV)-wheel && bin/irene demo && rm -f answer.wav

clean:
	rm -rf $(VENV) $(VENV)-* dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "irene needs Python 3.10 to 3.13, and none was found:" \
		"install one, or make PYTHON=/path/to/python3.13" >&2; exit 1; }
	@echo "making $(VENV) with $(PYTHON)"
	@rm -rf $(VENV)
	@"$(PYTHON)" -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); \
		"$(PYTHON)" -m venv --without-pip $(VENV) && \
		"$(PYTHON)" -m pip --python $(VENV)/bin/python install --quiet pip; } || { rm -rf $(VENV); \
		echo "no virtual environment with $(PYTHON): install its ensurepip" \
		"(Debian: apt install $(notdir $(PYTHON))-venv)" >&2; exit 1; }

INSTALL_FAILED = { echo "installing failed; without a network, touch $@ to go on" >&2; exit 1; }

$(VENV)/.with-embedded: pyproject.toml | $(VENV)/bin/python
	@echo "installing irene with its embedded engines (about 500 MB, once)"
	@$(PIP) -e ".[embedded]" && touch $@ || $(INSTALL_FAILED)

$(VENV)/.with-test: pyproject.toml | $(VENV)/bin/python
	@echo "installing what the tests need"
	@$(PIP) -e ".[embedded,test]" && touch $@ || $(INSTALL_FAILED)

$(VENV)/.with-docs: pyproject.toml | $(VENV)/bin/python
	@echo "installing what builds the documentation"
	@$(PIP) -e ".[docs]" && touch $@ || $(INSTALL_FAILED)

$(VENV)/.with-dev: pyproject.toml | $(VENV)/bin/python
	@echo "installing what development needs"
	@$(PIP) -e ".[dev]" && touch $@ || $(INSTALL_FAILED)
