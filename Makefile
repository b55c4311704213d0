# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
# Newcomers need python3 (3.11 or later) and two commands: make demo, make test. Contributors also: make quick.

PYTHON ?= python3
BIN := .venv/bin
WORK := .tox
PIP = $(BIN)/python -m pip install --disable-pip-version-check --requirement
# ansible-core and the newest Python that each allows; what requires_ansible claims.
MATRIX ?= 2.16:3.12 2.18:3.13 2.19:3.13 2.21:3.13 pre:3.13
NEWEST ?= 2.21:3.13
OLDEST_TARGET := 3.9

# What make quick tests: a file of unit tests, and the functional tests whose names match a word.
UNIT ?= tests/unit/test_project.py
CASE ?= rename

.PHONY: help demo quick test lint unit nightly coverage functional integration check reliability automation matrix \
	sanity release-check docs docs-test bench bench-page mutation live live-integration pins clean

help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-17s %s\n", $$1, $$2 }' Makefile

demo: .venv/ready ## Run the example playbooks against the simulator, step by step
	@$(BIN)/python tests/demo.py

quick: .venv/ready $(WORK)/link ## Check a change in seconds: make quick UNIT=tests/unit/test_project.py CASE=rename
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy
	$(BIN)/pytest -q $(UNIT)
	$(BIN)/pytest -q tests/functional/test_attr_names.py -k "$(CASE)"

test: lint ## Run all tests that need nothing else
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=line unit functional integration
	@echo "All passed: lint, unit tests, functional tests and integration tests."

lint: .venv/ready $(WORK)/link ## Check formatting, types, shell scripts and playbooks
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/mypy
	$(BIN)/python tests/returns.py --check
	$(BIN)/shellcheck $$(git ls-files "*.sh" .ci/run)
	PATH="$(CURDIR)/$(BIN):$$PATH" ansible-lint

unit: .venv/ready ## Run the unit tests
	$(BIN)/pytest tests/unit -q -n 3

nightly: .venv/ready ## Run the unit tests with thousands of random examples and runs, in random order
	@seed=$${CHAT_SEED:-$$(date +%s)}; echo "CHAT_SEED=$$seed"; CHAT_SEED=$$seed CHAT_NIGHTLY=1 CHAT_RUNS=2000 \
		$(BIN)/pytest tests/unit -q -n 3 -p randomly --randomly-seed=$$seed --hypothesis-seed=$$seed --timeout 3600

coverage: .venv/ready ## Run the unit tests, and show which lines they do not reach
	$(BIN)/pytest tests/unit -q -n 3 --cov --cov-report=term

functional: .venv/ready ## Run playbooks in both execution modes, and the demo
	$(BIN)/pytest tests/functional -q -n 3 --dist loadfile

integration: .venv/ready ## Run the integration targets with ansible-test
	ANSIBLE_HOME="$(CURDIR)/$(WORK)/home" PATH="$(CURDIR)/$(BIN):$$PATH" tests/integration.sh $(WORK)

check: matrix reliability automation docs-test release-check ## Run what takes longer: each ansible-core, real proxies, the site, the release
	@echo "All passed: the matrix, the reliability and automation tests, the documentation site and the release."

reliability: .venv/ready ## Run playbooks behind real proxies and on bad networks (about 8 minutes)
	$(BIN)/pytest tests/reliability -q -n 2

automation: .venv/ready $(WORK)/automation/ready ## Set up a simulated AWX, and run a rulebook of Event-Driven Ansible (2 minutes)
	$(BIN)/pytest tests/automation -q

matrix: .venv/ready ## Run sanity, unit, integration and old-target tests on each supported ansible-core
	printf '%s\n' $(MATRIX) | tr : ' ' | xargs -P 2 -L 1 sh -c 'tests/matrix.sh "$$@" $(OLDEST_TARGET)' matrix

sanity: .venv/ready ## Run the sanity tests on the newest ansible-core alone
	tests/matrix.sh $(subst :, ,$(NEWEST)) $(OLDEST_TARGET) sanity

release-check: .venv/ready $(WORK)/check/ready ## Build, install offline, run the demo from there, and check as Galaxy does
	tests/release.sh $(WORK)

docs: $(WORK)/check/ready $(WORK)/link ## Build the documentation site in .tox/docs/html
	tests/docs/build.sh $(WORK)

docs-test: docs $(WORK)/docs-test ## Open each page of the site in a headless Chromium
	$(BIN)/pytest tests/docs -q

bench: $(WORK)/bench ## Measure speed; writes its figures, docs/docsite/rst/benchmark.rst and its chart (30 minutes)
	$(BIN)/python tests/benchmark/bench.py

bench-page: .venv/ready ## Write the benchmark page and its chart again, from the figures of make bench
	$(BIN)/python tests/benchmark/report.py

mutation: $(WORK)/mutation/ready ## Change the code in every small way; the unit tests must detect 95 % (about an hour)
	tests/mutation.sh $(WORK)/mutation

pins: .venv/ready ## Refresh the pinned development dependencies
	for name in test automation bench check docs mutation; do \
		$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --no-emit-index-url --no-annotate \
			--no-header tests/requirements/$$name.in --output-file tests/requirements/$$name.txt || exit 1; \
	done

live: .venv/ready ## Check the real service for what is not documented; tests/live/README.md lists what it needs
	PYTHONPATH=tests $(BIN)/python -m live $(LIVE)

live-integration: .venv/ready ## Run the integration targets against a scratch app of the real service
	PATH="$(CURDIR)/$(BIN):$$PATH" tests/live/integration.sh $(WORK)

clean: ## Remove what the other targets created
	rm -rf .venv $(WORK) .ansible build

# Environments. The files are created once and again when the pins change.
.venv/ready: tests/requirements/test.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	@echo "Installing the tools for demo and tests into .venv (once, about 40 seconds)"
	@$(PYTHON) -m venv .venv
	@$(PIP) tests/requirements/test.txt
	@touch $@

$(WORK)/check/ready: tests/requirements/check.txt .venv/ready
	@echo "Installing the tools for the release and the documentation into $(WORK)/check (once)"
	@$(PYTHON) -m venv $(WORK)/check
	@$(subst $(BIN),$(WORK)/check/bin,$(PIP)) tests/requirements/check.txt
	@touch $@

$(WORK)/automation/ready: tests/requirements/automation.txt .venv/ready
	@echo "Installing the tools for Automation Platform into $(WORK)/automation (once)"
	@$(BIN)/uv venv --quiet --clear --python $(PYTHON) $(WORK)/automation
	@$(BIN)/uv pip install --quiet --python $(WORK)/automation --requirement tests/requirements/automation.txt
	@touch $@

$(WORK)/docs-test: tests/requirements/docs.txt .venv/ready
	@$(PIP) tests/requirements/docs.txt
	@touch $@

$(WORK)/bench: tests/requirements/bench.txt .venv/ready
	@$(PIP) tests/requirements/bench.txt
	@mkdir -p $(WORK) && touch $@

$(WORK)/mutation/ready: tests/requirements/mutation.txt .venv/ready
	@mkdir -p $(WORK)/mutation
	$(BIN)/uv venv --clear --python $(PYTHON) $(WORK)/mutation/venv
	$(BIN)/uv pip install --python $(WORK)/mutation/venv --requirement tests/requirements/test.txt \
		--requirement tests/requirements/mutation.txt
	@touch $@

$(WORK)/link:
	@mkdir -p $@/ansible_collections/tencentcloud
	@ln -sfn $(CURDIR) $@/ansible_collections/tencentcloud/chat
