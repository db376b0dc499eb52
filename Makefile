# Two commands do everything on a fresh machine: make demo, make test. The rest are their parts.
PYTHON ?= python3
BIN := .venv/bin
TESTS ?= tests
JOBS ?= 3
SEED ?= 1
PART ?= mat
# Where the machine forbids bytecode (containers do), every worker and every program that a test starts would compile all anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check lint types layers unit campaign bench screenshots pictures install uninstall clean help

help:            ## Say what there is
	@sed -n 's/^\([a-z]*\): .*## /make \1	/p' $(MAKEFILE_LIST) | expand -t 20

demo: .venv/.demo ## Simulated mat, broker and dashboard on this machine; options in DEMO_ARGS
	@exec $(BIN)/reflexmat demo $(DEMO_ARGS)

test: tools check unit ## Install what the tests need, then run everything

check: lint types layers ## What needs no run: style, types, who imports whom

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

layers: .venv/.dev
	$(BIN)/lint-imports --no-cache

.PHONY: tools
tools: .venv/.dev
	@sh scripts/test-tools.sh

unit: .venv/.dev
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses $(JOBS) --dist worksteal $(TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	$(BIN)/coverage report --include='core/*' --fail-under=100

campaign: .venv/.dev ## The long form of the property tests; REFLEXMAT_CAMPAIGN_SHARE=0.1 for a tenth
	$(BIN)/python -m benchmarks.campaign --seed $(SEED)

bench: .venv/.dev ## Write benchmarks/results.json
	@sh scripts/test-tools.sh
	$(BIN)/python -m benchmarks.run

screenshots: .venv/.dev ## Take the pictures in docs/ anew
	@sh scripts/test-tools.sh
	$(BIN)/python -m scripts.screenshots

pictures: .venv/.dev ## Draw the feet, zones, map and card of the lights in docs/ anew
	$(BIN)/python -m scripts.pictures

install:         ## On a Pi, with sudo: the daemon as a service; again to update; PART=dashboard for that; docs/operations.md
	@DESTDIR="$(DESTDIR)" PYTHON="$(PYTHON)" sh scripts/install.sh install $(PART)

uninstall:       ## Take it away again; settings and state stay
	@DESTDIR="$(DESTDIR)" sh scripts/install.sh uninstall $(PART)

.venv/.demo: pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" sh scripts/venv.sh demo

.venv/.dev: pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" sh scripts/venv.sh dev

clean:           ## Remove what was made here
	rm -rf .venv build dist *.egg-info .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
