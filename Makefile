# Everything a person or a machine does with this repository. `make demo` and `make test` need
# only Python 3.11+, make and the package registries.
PYTHON ?= python3
BIN := .venv/bin
WORKERS := $(shell $(PYTHON) -c 'import os; print(min(4, os.cpu_count() or 1))')
MEMORY := $(shell $(PYTHON) -c 'import shutil as s; print("/dev/shm" * (s.disk_usage("/dev/shm").free > 8e9))' 2>/dev/null)
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: demo test check types style format lock assets tools clean

demo: .venv/.installed static/build/.built  ## the portal with its demonstration data on 127.0.0.1:8000
	$(BIN)/entente demo

# Databases and files of tests lie in memory where there is room: they need not survive a power cut.
# Each worker begins with a stretch of files, so that what the tests of a file share is made once.
test: .venv/.installed static/build/.built tools  ## every test, on the embedded PostgreSQL
	$(if $(MEMORY),TMPDIR=$(MEMORY)) $(BIN)/pytest -n $(WORKERS) --dist worksteal $(TESTS)

check: types style  ## style, types, arrows and sizes; `make -j check` has them side by side

types: .venv/.installed
	$(BIN)/mypy

style: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest tests/house

format: .venv/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The lock files name no index, so that they install from any.
lock:
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip -q install uv
	for extra in "" "--extra dev"; do \
	  .venv-lock/bin/uv pip compile pyproject.toml $$extra --generate-hashes --no-emit-index-url \
	    --no-annotate --no-header --universal --python-version 3.11 -q \
	    -o requirements$${extra:+-dev}.lock; \
	done
	rm -rf .venv-lock

assets: static/build/.built

.venv/.installed: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip -q --disable-pip-version-check install --require-hashes -r requirements-dev.lock
	$(BIN)/pip -q --disable-pip-version-check install --no-deps --no-build-isolation -e .
	touch $@

# Node comes from a wheel, so that the machine needs none of its own.
static/build/.built: .venv/.installed package-lock.json $(shell find frontend -type f 2>/dev/null)
	$(BIN)/npm ci --no-audit --no-fund --loglevel=error
	$(BIN)/npm run --silent build
	touch $@

tools:
	@sh .ci/ensure-tools

clean:
	rm -rf .venv static/build node_modules
