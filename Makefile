# Two commands: `make demo` and `make test`. Both make their own environment in .venv; nothing else on the machine is touched.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint types check quick coverage exercises laws pages answers notebook reference bench kills clean

demo: .venv/demo
	$(BIN)/chipgate run baseline --replications 200 --out results/demo --overwrite
	@echo "Look at results/demo/sources.png, results/demo/backlog.png and results/demo/summary.csv."

test: lint types check

lint: .venv/test
	$(BIN)/ruff check .

types: .venv/test
	$(BIN)/mypy

# One worker more than there are processors, since many tests wait for a program or a browser.
check: .venv/test
	$(BIN)/pytest -n $$($(BIN)/python -c "import os; print((os.cpu_count() or 1) + 1)") --dist loadfile --durations=25

# Under 20 s of processor time: stories, laws in three worlds, rules, statistics. For after every change; `make check` before
# it goes to others.
WORLDS := baseline licence-queue early-embargo
quick: .venv/test
	$(BIN)/pytest tests/test_stories.py tests/test_rules.py tests/test_differences.py \
		$(WORLDS:%='tests/test_laws.py::test_the_laws_hold_in_every_shipped_scenario[%]')

# Which branches of the program the tests take; a page in htmlcov tells line by line.
coverage: .venv/test
	$(BIN)/pytest -n auto --dist loadfile --cov=sim --cov-branch --cov-report=term:skip-covered --cov-report=html

# The exercises with as many replications as students run, on three seeds, with all typical wrong answers; `make check` takes fewer.
exercises: .venv/test
	CHIPGATE_FULL=1 $(BIN)/pytest -n auto tests/test_exercises.py

# The laws over twenty seeds, with what feeds back on and off, of which `make check` takes fewer; and what each shipped
# scenario says of itself, and the answers, for which it has no time.
laws: .venv/test
	CHIPGATE_FULL=1 $(BIN)/pytest -n auto tests/test_laws.py tests/test_scenarios.py tests/test_answers.py tests/test_reference_run.py

# What is made from the code or from the figures; a test holds each against what makes it.
pages: .venv/test
	$(BIN)/python -m sim.scenario.schema
	cd tests && ../$(BIN)/python -m figures_planted
	$(BIN)/python -m sim.studies.hindcast
	$(BIN)/python -m sim.studies.facilitator

# The question of each shipped scenario, answered from 40 replications: three minutes of processor time. A test holds two
# of them against a fresh run, and `make laws` all.
answers: .venv/test
	$(BIN)/python -m sim.studies.answers

# Executed again, its outputs inside; a test holds it against a fresh execution.
notebook: .venv/test
	$(BIN)/python -c "import nbclient, nbformat; name = 'docs/compare.ipynb'; book = nbformat.read(name, 4); nbclient.execute(book, record_timing=False); nbformat.write(book, name)"

# The committed run that the README shows: scenarios whose direction no exercise asks to predict. A test says whether its
# numbers still come out.
reference: .venv/test
	CHIPGATE_STORE=none $(BIN)/chipgate compare baseline software-parity hbm-crunch no-stockpile port-sooner no-mandate --replications 20 --worlds 20 --out results/reference --overwrite

# How fast a replication is, against commit a29c830 in the same run: under a minute on a quiet machine. A measurement, no test.
# make bench BENCH=--commands also times whole commands.
bench: .venv/demo
	$(BIN)/python scripts/bench.py $(BENCH)

# Random kills of a run and a comparison, and what is left of them; then the same bytes from any number of workers, any store
# and each interpreter at hand. About ten minutes of processor time, for which `make check` has no time.
kills: .venv/demo
	$(BIN)/python scripts/kills.py
	$(BIN)/python scripts/kills.py --equality

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit("chipgate needs Python 3.11 or later; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

.venv/demo: .venv/bin/pip pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/test: .venv/bin/pip pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ .venv/demo

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
