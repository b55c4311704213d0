# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: BSD-2-Clause
# For newcomers, who need python3 (3.11 or later). All other commands are in noxfile.py: .venv/bin/nox --list

PYTHON ?= python3
NOX := .venv/bin/nox
# The downloads of the user are used again if there are any.
export UV_CACHE_DIR ?= $(firstword $(wildcard $(HOME)/.cache/uv) $(CURDIR)/.nox/user/.cache/uv)
# pip asks rustc for its version, and rustup then creates its directory.
export RUSTUP_HOME ?= $(CURDIR)/.nox/user/.rustup

.PHONY: help demo test check clean

help: ## Show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile
	@echo "All other commands, after one of these: $(NOX) --list"

demo: .venv/ready ## Run the example playbooks against the simulator, step by step
	@$(NOX) --session $@

# With CI=true, the formatters report differences, and do not correct them.
test: .venv/ready ## Check the code, and run the unit, functional and integration tests
	@CI=true $(NOX) --parallel 3 --tags $@

check: .venv/ready ## Run what takes longer: each ansible-core, the documents, real proxies, the site, the release
	@$(NOX) --parallel 3 --tags $@

clean: ## Remove what all commands created
	rm -rf .venv .nox

.venv/ready: tests/requirements/test.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	@echo "Installing the tools for demo and tests into .venv (once, about 20 seconds)"
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install -qq --disable-pip-version-check --no-cache-dir --constraint $< uv
	@.venv/bin/uv pip install --quiet --python .venv --requirement $<
	@# The Python of .venv compiles to .nox, not to the tree; nox has to know this before it loads noxfile.py.
	@echo 'import sys; sys.pycache_prefix = "$(CURDIR)/.nox/pycache"' >"$$(ls -d .venv/lib/python*/site-packages)/pycache.pth"
	@touch $@
