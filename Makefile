# The few commands that people and machines type. `make help` lists them.
# Works with GNU make 3.81 (macOS) and later.

PORT ?= 8000
WORKERS ?= 2
TESTS ?=
VENV := .venv
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
# The first Python of at least 3.11; `make setup PYTHON=…` names another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PYTEST := $(PY) -m pytest -n $(WORKERS)
BENCHMARKS := $(patsubst benchmarks/%.py,%,$(filter-out %/__init__.py,$(wildcard benchmarks/*.py)))
ZEROS := 0000000000000000000000000000000000000000000000000000000000000000
# A throw-away production-like environment, so that `check --deploy` judges what an operator gets.
DEPLOYED := DEBUG=0 SECRET_KEY=lint-only-0Aa1Bb2Cc3Dd4Ee5Ff6Gg7Hh8Ii9Jj-kept-nowhere-else \
	FIELD_KEYS=1:$(ZEROS),index:$(ZEROS) ALLOWED_HOSTS=localhost PUBLIC_URL=https://localhost \
	VAR_DIR=$(VENV)/lint DATABASE_URL=sqlite:///$(VENV)/lint/lint.sqlite3

.PHONY: help setup run test test-sqlite test-postgres lint format messages lock bench demo-reset

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(INSTALLED)  ## the virtual environment with the pinned requirements

$(INSTALLED): requirements-dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it with PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "This Python can't make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

run: setup  ## web, worker and beat with the demo, in one foreground command (PORT=, VAR_DIR=)
	@DEBUG=$${DEBUG:-1} PUBLIC_URL=$${PUBLIC_URL:-http://127.0.0.1:$(PORT)} $(PY) manage.py run_all --port $(PORT)

test: setup  ## the whole suite on SQLite, then on PostgreSQL (TESTS= narrows it, WORKERS= processes)
	@failed=0; \
	$(MAKE) --no-print-directory test-sqlite || failed=1; \
	$(MAKE) --no-print-directory test-postgres || failed=1; \
	exit $$failed

test-sqlite: setup
	TEST_DATABASE=sqlite $(PYTEST) $(if $(TESTS),$(TESTS),--every-template)

test-postgres: setup
	TEST_DATABASE=postgres $(PYTEST) $(TESTS)

lint: setup  ## ruff, mypy, migrations, translations, deployment checks
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	@mkdir -p $(VENV)/lint
	$(DEPLOYED) $(PY) manage.py makemigrations --check --dry-run
	$(DEPLOYED) $(PY) manage.py check --deploy --fail-level WARNING
	$(PY) -m pytest -q tests/test_translations.py tests/test_architecture.py

format: setup  ## let ruff mend what it can
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

messages: setup  ## collect the interface strings into the .po files and compile them (needs gettext)
	DJANGO_SETTINGS_MODULE= $(VENV)/bin/django-admin makemessages --locale zh_Hans --no-location --no-wrap \
		--ignore '.*' --ignore tests --ignore benchmarks --ignore vendor --ignore var --ignore media
	DJANGO_SETTINGS_MODULE= $(VENV)/bin/django-admin compilemessages --locale zh_Hans --ignore '.*' --ignore var

lock:  ## pin requirements*.in with hashes (needs uv)
	uv pip compile --quiet --generate-hashes --python-version 3.11 --universal requirements.in -o requirements.txt
	uv pip compile --quiet --generate-hashes --python-version 3.11 --universal requirements-dev.in -o requirements-dev.txt

bench: setup  ## the figures of benchmarks/results.md
	@for name in $(BENCHMARKS); do echo "== $$name"; $(PY) -m benchmarks.$$name || exit 1; done

demo-reset: setup  ## throw the local demo away and load it anew
	@DEBUG=$${DEBUG:-1} $(if $(filter file,$(origin PORT)),,PUBLIC_URL=$${PUBLIC_URL:-http://127.0.0.1:$(PORT)}) $(PY) manage.py reset_demo
