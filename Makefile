# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
# Newcomers need python3 (3.11 or later) and two commands: make demo, make test.

PYTHON ?= python3
BIN := .venv/bin
WORK := .tox
# ansible-core and the newest Python that each allows; what requires_ansible claims.
MATRIX ?= 2.16:3.12 2.18:3.13 2.19:3.13 2.21:3.13 pre:3.13
NEWEST ?= 2.21:3.13
OLDEST_TARGET := 3.9

.PHONY: help demo test lint unit functional integration check matrix sanity release-check docs docs-test bench mutation pins clean

help: ## Show this
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/:/' | column -t -s:

demo: .venv/ready ## Play the main job on the embedded simulator
	$(BIN)/python tests/demo.py

test: lint unit functional integration ## All tests that need nothing else

lint: .venv/ready $(WORK)/link
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .
	$(BIN)/shellcheck $$(git ls-files "*.sh" .ci/run)
	ANSIBLE_COLLECTIONS_PATH=$(WORK)/link ANSIBLE_HOME=$(CURDIR)/$(WORK)/home PATH="$(CURDIR)/$(BIN):$$PATH" \
		$(BIN)/ansible-lint -q

unit: .venv/ready ## Units, with coverage of module_utils
	$(BIN)/pytest tests/unit -q -n 2 --cov --cov-report=term

functional: .venv/ready ## Playbooks, in-process and as modules
	$(BIN)/pytest tests/functional -q -n 2 --dist loadfile

integration: .venv/ready ## The integration targets, by ansible-test
	cd "$$(tests/stage.sh $(WORK)/stage)" && \
		ANSIBLE_HOME="$(CURDIR)/$(WORK)/home" PATH="$(CURDIR)/$(BIN):$$PATH" \
		ansible-test integration --local --color no >integration.log 2>&1 || { tail -n 60 integration.log; exit 1; }; \
		grep -A1 "^PLAY RECAP" integration.log

check: matrix docs-test release-check ## What takes longer: every supported ansible-core, the site, the release

matrix: .venv/ready ## Sanity, units and integration on each supported ansible-core
	printf '%s\n' $(MATRIX) | tr : ' ' | xargs -P 2 -L 1 sh -c 'tests/matrix.sh "$$@" $(OLDEST_TARGET)' matrix

sanity: .venv/ready ## Sanity on the newest ansible-core alone
	tests/matrix.sh $(subst :, ,$(NEWEST)) $(OLDEST_TARGET) sanity

release-check: .venv/ready $(WORK)/check/ready ## Build, install offline, play the demo from there, and check as Galaxy does
	tests/release.sh $(WORK)

docs: $(WORK)/check/ready $(WORK)/link ## The documentation as a site, in .tox/docs/html
	tests/docs/build.sh $(WORK)

docs-test: docs $(WORK)/docs-test ## Open each page of the site in a headless Chromium
	$(BIN)/pytest tests/docs -q

$(WORK)/docs-test: tests/requirements/docs.txt .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement tests/requirements/docs.txt
	touch $@

pins: .venv/ready ## Refresh the pinned development dependencies
	for name in test bench check docs mutation; do \
		$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --no-emit-index-url --no-annotate \
			--no-header tests/requirements/$$name.in --output-file tests/requirements/$$name.txt || exit 1; \
	done

clean: ## Remove all that was made here
	rm -rf .venv $(WORK) build

.venv/ready: tests/requirements/test.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement tests/requirements/test.txt
	touch $@

$(WORK)/check/ready: tests/requirements/check.txt .venv/ready
	$(PYTHON) -m venv $(WORK)/check
	$(WORK)/check/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/requirements/check.txt
	touch $@

$(WORK)/link:
	mkdir -p $@/ansible_collections/tencentcloud
	ln -sfn $(CURDIR) $@/ansible_collections/tencentcloud/chat

bench: $(WORK)/bench ## How fast it is; writes docs/docsite/rst/benchmark.rst and its plot (some 15 minutes)
	$(BIN)/python tests/benchmark/bench.py

$(WORK)/bench: tests/requirements/bench.txt .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement tests/requirements/bench.txt
	mkdir -p $(WORK) && touch $@

mutation: $(WORK)/mutation/ready ## Do the unit tests notice if the code is wrong? (some 20 minutes)
	tests/mutation.sh $(WORK)/mutation

$(WORK)/mutation/ready: tests/requirements/mutation.txt .venv/ready
	mkdir -p $(WORK)/mutation
	$(BIN)/uv venv --quiet --clear --python $(PYTHON) $(WORK)/mutation/venv
	$(BIN)/uv pip install --quiet --python $(WORK)/mutation/venv --requirement tests/requirements/test.txt \
		--requirement tests/requirements/mutation.txt
	touch $@

.PHONY: live live-integration
live: .venv/ready ## Ask the real service what is not documented; tests/live/README.md says what it needs
	PYTHONPATH=tests $(BIN)/python -m live $(LIVE)

live-integration: .venv/ready ## Run the integration targets against a scratch app of the real service
	PATH="$(CURDIR)/$(BIN):$$PATH" tests/live/integration.sh $(WORK)
