# The only list of commands. Everything bootstraps itself into .venv from a bare Python 3.11+; `make` alone lists what there is.

PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
STAMP := $(VENV)/.synced
export UV_PROJECT_ENVIRONMENT := $(VENV)
# The environment of whoever calls must not leak settings into a demo or a test, but these are theirs to give.
BROKER ?=
TARGET ?=
FAST ?=
# A whole run waits as much as it computes: one process for what needs real parts, two for the rest.
SPREAD := --numprocesses 3 --dist loadgroup --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-alone check fmt generate bench clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: $(STAMP) ## install everything into .venv, from the lock

LOOPS := services/detector/src/rollguard_detector/core/loops
$(STAMP): uv.lock pyproject.toml $(wildcard */pyproject.toml services/*/pyproject.toml examples/*/pyproject.toml services/*/setup.py $(LOOPS)/*.p[yx][xd])
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(UV) && $(UV) --version | grep -qF "uv $(UV_VERSION)" || $(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	$(UV) sync --frozen --quiet --inexact
	@touch $(STAMP)

demo: $(STAMP) ## watch a bad rollout being forecast, taken back and verified (TARGET=mlflow|kubernetes, BROKER=kafka|embedded, ARGS=--json)
	@$(BIN)/rollguard demo $(if $(TARGET),--target $(TARGET)) $(if $(BROKER),--broker $(BROKER)) $(ARGS)

test: $(STAMP) ## run all tests; ends with the table of real parts that were exercised (ARGS="-k name", FAST=1: no Kubernetes)
	@$(if $(FAST),ROLLGUARD_TEST_FAST=1 )$(BIN)/python -m pytest $(or $(ARGS),$(SPREAD))

test-alone: $(STAMP) ## run each service's own tests with nothing installed but that service
	@for service in detector decider actuator console; do \
	  echo "== rollguard-$$service alone" && \
	  $(UV) run --isolated --frozen --no-dev --package rollguard-$$service $$([ $$service = detector ] && echo --extra plain) --with pytest --with pytest-timeout --with hypothesis \
	    --with standardwebhooks --with aiosmtpd --with jsonschema-rs \
	    python -m pytest -q tests/$$service || exit 1; \
	done

check: $(STAMP) ## lint, types, import contracts, lock and generated files; changes nothing
	$(UV) lock --check --quiet
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate --check
	$(BIN)/python schemas/compatibility.py

fmt: $(STAMP) ## format, and mend what can be mended
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

generate: $(STAMP) ## write the generated schemas and pages anew
	$(BIN)/python docs/generate

bench: $(STAMP) ## run a measurement: make -s bench NAME=x prints one JSON line
	@$(BIN)/python bench/$(NAME)$(if $(wildcard bench/$(NAME).py),.py) $(ARGS)

clean: ## remove what setup, runs and checks left
	rm -rf $(VENV) .rollguard .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
