# Needs make and Python 3.11 or newer; everything else is installed into .venv from the pinned lists.
# Targets that need more (Docker, Node, Java, a browser) say in one line why they skip where it is missing.

SHARED_DIR ?= ../shared
REAL_SERVERS_DIR ?= $(HOME)/.cache/real-servers
SHELL := /bin/sh
export SHARED_DIR REAL_SERVERS_DIR
export SAM_CLI_TELEMETRY := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# The first Python that really starts (a pyenv shim may be there and refuse) and can make a virtual environment.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python3.14 python; do \
	"$$p" -c 'import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { command -v "$$p"; exit; }; done)
# SAM builds with the very version that runs in Lambda: on the PATH, or one of pyenv's.
LAMBDA_PYTHON = $(shell for p in python3.13 $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.13.*/bin/python3.13; do \
	"$$p" -c '' >/dev/null 2>&1 && { "$$p" -c 'import os, sys; print(os.path.realpath(sys.executable))'; exit; }; done)
REDRIVE_ENV ?= .local/env.json

VENV := .venv/bin/python
SAM := .venv-sam/bin/sam
UV := .venv/bin/uv
checksum = $(shell cksum < $(1) | cut -d ' ' -f 1)
READY := .venv/.ready-$(call checksum,requirements-dev.txt)
SAM_READY := .venv-sam/.ready-$(call checksum,requirements-sam.txt)
BENCH_READY := .venv-bench/.ready-$(call checksum,requirements-bench.txt)
API_READY := .venv-api/.ready-$(call checksum,requirements-api.txt)
HOOKS_READY := .venv-hooks/.ready-$(call checksum,requirements-hooks.txt)
CHECKOV_READY := .venv-checkov/.ready-$(call checksum,requirements-checkov.txt)
BROWSER_READY := .venv/.browser-$(call checksum,requirements-browser.txt)

.DEFAULT_GOAL := help

# Libraries want a region also where no AWS is asked. What does ask one (deploy, reerase, token-keys, redrive) gets none
# from here: in the environment it would win over the operator's own configuration, and find or make another stack.
NO_CLOUD := run bench bench-build test test-stack test-api check-api load test-leaks test-faults test-dynamodb-local \
	test-disconnect test-artefact lint validate checkov build sam-local test-bluesky test-pinterest-spec test-specs \
	test-page docs
$(NO_CLOUD): export AWS_DEFAULT_REGION ?= us-east-1

# What the AWS CLI goes by, Python's SDK (SAM and our tools) passes over.
ifdef AWS_REGION
export AWS_DEFAULT_REGION ?= $(AWS_REGION)
endif

.PHONY: help setup run bench test test-stack test-api check-api load test-leaks test-faults test-dynamodb-local test-disconnect lint format hooks validate checkov build deploy known-stage known-processor known-region sam-local test-bluesky test-pinterest-spec test-specs test-page lock docs redrive reerase token-keys retained logs clean

help: ## say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | awk -F '\t' '{printf "make %-20s %s\n", $$1, $$2}'

# ------------------------------------------------------------------------------------------ every day
setup: $(READY) ## install what the next two need (done by them, does nothing when done)

run: $(READY) ## the whole product on this machine, on http://127.0.0.1:3000 (PORT)
	@exec $(VENV) -m local

# What the local stack and its sandbox are tested by, and every platform end to end, is a target of its own: it takes
# longer than one waits for after each change.
LONGER := $(addprefix tests/integration/,policies local sandbox specs aws test_dispatch_at_scale.py \
	template/test_rollout.py ports/test_killed_erases.py ports/test_reerasing.py) tests/e2e/more
PYTEST := $(VENV) -m pytest -n logical --maxprocesses 4 --dist loadfile

test: $(READY) ## unit, integration and end-to-end tests, no network (TESTS=tests/unit for some)
	@$(PYTEST) $(addprefix --ignore=,$(LONGER)) $(TESTS)

test-stack: $(READY) ## the local stack and its sandbox by themselves, and every platform end to end
	@$(PYTEST) $(LONGER)

test-leaks: $(READY) ## every secret on every way through the local stack, then all that was written searched for them
	@$(VENV) -m pytest -n 0 tests/leaks

test-faults: $(READY) ## every fault at every call, then any faults in any order (FAULT_SECONDS=120, FAULT_SEED)
	@PYTHONHASHSEED=0 PYTHONPATH=.:layers/socials $(VENV) -m tests.faults
	@HYPOTHESIS_PROFILE=long $(VENV) -m pytest -q tests/unit/test_any_order.py

test-api: $(READY) ## schemathesis on the local stack, by the committed description (API_SEED, API_TIMES=10)
	@$(MAKE) --no-print-directory $(API_READY) && PYTHONPATH=.:layers/socials $(VENV) -m tests.api

check-api: $(READY) ## whether the API's description breaks the last one without saying so in the version
	@PYTHONPATH=.:layers/socials $(VENV) -m tools.openapi.checking

test-disconnect: $(READY) ## what can meet a disconnect, stopped at each call, on fakes and moto, then any order (DISCONNECT_RUNS=2000, AWS_RUNS=100, DISCONNECT_SEED)
	@PYTHONHASHSEED=0 PYTHONPATH=.:layers/socials $(VENV) -m tests.disconnect

test-dynamodb-local: $(READY) ## the ports' contract, the races of a disconnect and every fault at every call on DynamoDB Local (Java 17 and Maven; PAIR_SECONDS=150, 0: all)
	@if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then \
	echo "test-dynamodb-local: skipped, no Java or no Maven on the PATH"; \
	else PYTHONHASHSEED=0 FAULT_SECONDS=$${FAULT_SECONDS:-30} $(VENV) -m tests.support.dynamodb_local; fi

lint: $(READY) $(HOOKS_READY) ## style, types, direction of imports; secrets in the tree; the workflows
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m mypy
	.venv-hooks/bin/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	.venv-hooks/bin/zizmor --offline --quiet .github/workflows
	git ls-files -z | xargs -0 -n 150 -P 2 .venv-hooks/bin/detect-secrets-hook --baseline .secrets.baseline
	$(VENV) -m pytest -q tests/hooks

hooks: $(READY) $(HOOKS_READY) ## run the checks of .pre-commit-config.yaml before every commit
	@.venv-hooks/bin/pre-commit install

format: $(READY) ## put the code into its style
	@$(VENV) -m ruff check --fix --quiet . || true
	@$(VENV) -m ruff format .

# ------------------------------------------------------------------------------------------ AWS SAM
validate: $(SAM_READY) ## check template.yaml with SAM and cfn-lint
	@$(SAM) validate --lint

checkov: $(READY) $(CHECKOV_READY) ## hold the template, and what it translates to, against checkov's rules
	@mkdir -p .local/checkov && $(VENV) -c 'import json, pathlib; from local.template import translated; \
	print(json.dumps(translated(pathlib.Path("template.yaml"), {"Stage": "prod"})))' > .local/checkov/template.json
	@.venv-checkov/bin/checkov --skip-download --framework cloudformation --quiet --compact \
		--file template.yaml .local/checkov/template.json

STAGES := dev staging prod
CONFIGURED = $(if $(filter $(STAGES),$(STAGE)),$(shell $(VENV) -c 'import shlex, tomllib; \
	stage = tomllib.load(open("samconfig.toml", "rb"))["$(STAGE)"]; \
	print(shlex.join(stage["deploy"]["parameters"]["parameter_overrides"]))'))
GIVEN = $(strip $(if $(ARCHITECTURE),Architecture=$(ARCHITECTURE)) $(PARAMETERS))
# The stack has to be told of the processor that the code was built for: one word for both, the last that is said.
PROCESSORS := Architecture=arm64 Architecture=x86_64
PROCESSOR = $(lastword $(filter $(PROCESSORS),Architecture=arm64 $(CONFIGURED) $(GIVEN)))
known-processor:
	@$(if $(or $(word 2,$(sort $(filter $(PROCESSORS),$(GIVEN)))),$(findstring Architecture,$(filter-out $(PROCESSORS),$(GIVEN)) $(DEPLOY))),$(error \
	one processor, please: make $(firstword $(MAKECMDGOALS)) ARCHITECTURE=arm64|x86_64, and no other word on it))true

build: known-processor $(SAM_READY) ## build functions and layers for deploying (ARCHITECTURE=x86_64 for the other one)
	@if [ -z "$(LAMBDA_PYTHON)" ]; then echo "build: skipped, SAM needs Python 3.13 for the runtime python3.13"; else \
	PATH="$(dir $(LAMBDA_PYTHON)):$$PATH" $(SAM) build --parameter-overrides $(PROCESSOR); fi

# On the command line this option takes the place of samconfig.toml's, so that comes along; of two values the last counts.
OVERRIDES = --parameter-overrides $(CONFIGURED) $(GIVEN)
BUILT := .aws-sam/build/template.yaml
deploy: known-stage build ## build, and deploy to STAGE=dev|staging|prod by samconfig.toml (ARCHITECTURE=x86_64, PARAMETERS="Rollout=at-once ..." beside it, DEPLOY=--guided for more of sam's options)
	@[ -n "$(LAMBDA_PYTHON)" ] || { echo "deploy: nothing was built that could be deployed"; exit 1; }
	@said=$$(printf '%s ' $(OVERRIDES) $(DEPLOY) $(if $(filter -g --guided,$(DEPLOY)),"$$(date)") | cksum | tr ' ' -) && \
	sed "s/DEPLOYED_WITH: .*/DEPLOYED_WITH: '$$said'/" $(BUILT) >$(BUILT).said && mv $(BUILT).said $(BUILT)
	$(SAM) deploy --config-env $(STAGE) --no-confirm-changeset $(if $(GIVEN),$(OVERRIDES)) $(DEPLOY)

known-stage:
	@$(if $(and $(filter 1,$(words $(STAGE))),$(filter $(STAGES),$(STAGE))),,$(error make $(firstword $(MAKECMDGOALS)) wants STAGE=$(subst $() ,|,$(STAGES))))true

known-region: $(READY)
	@$(VENV) -c 'import sys; from botocore.session import get_session; \
	sys.exit(None if get_session().get_config_variable("region") else "which region? Say it by AWS_REGION, AWS_PROFILE or aws configure")'

sam-local: $(READY) ## every event under the real SAM CLI: sam local invoke, and start-api
	@if ! docker info >/dev/null 2>&1; then echo "sam-local: skipped, no Docker engine answers"; \
	elif [ -z "$(LAMBDA_PYTHON)" ]; then echo "sam-local: skipped, SAM needs Python 3.13 for the runtime python3.13"; \
	else $(MAKE) --no-print-directory $(SAM_READY) && \
	PATH="$(dir $(LAMBDA_PYTHON)):$(CURDIR)/.venv-sam/bin:$$PATH" $(VENV) -m pytest tests/sam; fi

# ------------------------------------------------------------------------------------------ real servers, a real browser
test-bluesky: $(READY) ## the product against a real Bluesky network on this machine
	@if [ ! -d "$(SHARED_DIR)/real-servers" ]; then echo "test-bluesky: skipped, no $(SHARED_DIR)/real-servers"; \
	elif [ ! -x "$(REAL_SERVERS_DIR)/node22/bin/node" ]; then echo "test-bluesky: skipped, run $(SHARED_DIR)/real-servers/setup first"; \
	else $(VENV) -m pytest tests/real/bluesky; fi

test-pinterest-spec: $(READY) ## the Pinterest connector against Pinterest's official description
	@if [ ! -d "$(SHARED_DIR)/real-servers" ]; then echo "test-pinterest-spec: skipped, no $(SHARED_DIR)/real-servers"; \
	elif [ ! -x "$(REAL_SERVERS_DIR)/node22/bin/node" ]; then echo "test-pinterest-spec: skipped, run $(SHARED_DIR)/real-servers/setup first"; \
	else $(VENV) -m pytest tests/real/pinterest_spec; fi

test-specs: $(READY) ## the X and Mastodon connectors against the official descriptions
	@if [ ! -d "$(SHARED_DIR)/real-servers" ]; then echo "test-specs: skipped, no $(SHARED_DIR)/real-servers"; \
	elif [ ! -x "$(REAL_SERVERS_DIR)/node22/bin/node" ]; then echo "test-specs: skipped, run $(SHARED_DIR)/real-servers/setup first"; \
	else $(VENV) -m pytest tests/real/x_spec tests/real/mastodon_spec; fi

test-page: $(READY) ## the page in a real Chromium
	@browser=$${CHROMIUM:-$$(command -v chromium || command -v chromium-browser || command -v google-chrome)}; \
	if [ -z "$$browser" ]; then echo "test-page: skipped, no Chromium on the PATH (CHROMIUM=/path/to/it)"; else \
	$(MAKE) --no-print-directory $(BROWSER_READY) && CHROMIUM="$$browser" $(VENV) -m pytest -n 2 --dist worksteal tests/page; fi

# ------------------------------------------------------------------------------------------ measuring
bench: $(READY) $(if $(filter cold_start,$(or $(BENCH),cold_start)),bench-build) $(if $(filter sync_cost,$(or $(BENCH),sync_cost)),$(BENCH_READY)) ## measure, and write docs/performance.md (BENCH="page load" for some of it)
	@PYTHONPATH=.:layers/socials $(VENV) -m tests.benchmarks $(BENCH)

load: $(READY) ## reads while 10,000 accounts sync, on DynamoDB Local (LOAD_ACCOUNTS, LOAD_READS, LOAD_MINUTES; Java 17 and Maven)
	@PYTHONPATH=.:layers/socials $(VENV) -m tests.benchmarks.load

# What is measured and tested of the artefact is built for this machine's processor, with Lambda's own runtime beside it.
.PHONY: bench-build test-artefact
bench-build: $(SAM_READY)
	@if [ -z "$(LAMBDA_PYTHON)" ]; then echo "bench-build: skipped, SAM needs Python 3.13 for the runtime python3.13"; else \
	PATH="$(dir $(LAMBDA_PYTHON)):$$PATH" $(SAM) build --build-dir .aws-sam/bench \
		--parameter-overrides Architecture=$$(uname -m | sed 's/aarch64/arm64/') >/dev/null && \
	{ [ -d .venv-runtime/lib/python3.13/site-packages/awslambdaric ] || \
	{ "$(LAMBDA_PYTHON)" -m venv .venv-runtime && \
	.venv-runtime/bin/python -m pip install --quiet --require-hashes -r requirements-runtime.txt; }; }; fi

test-artefact: $(READY) bench-build ## what sam build makes: its bytecode, and how much a cold function does (Python 3.13, valgrind)
	@command -v valgrind >/dev/null || echo "test-artefact: skipped what valgrind counts: it is not on the PATH"
	@LAMBDA_PYTHON="$(LAMBDA_PYTHON)" $(VENV) -m pytest -q tests/artefact

# ------------------------------------------------------------------------------------------ upkeep
LOGS ?= .local/logs
logs: ## what the local stack's functions told of something, in order (ID=..., LOGS=folder)
	@grep -hF -- '$(ID)' $(LOGS)/*.log | sort

redrive: $(READY) $(if $(STACK),known-region) ## send dead letters back to their queues: the local stack's, or those of STACK=... TABLE=... (docs/runbook.md)
	@PYTHONPATH=layers/socials $(VENV) -m tools.redrive $(if $(STACK),--prefix "$(STACK)-" --table "$(TABLE)",--env-file "$(REDRIVE_ENV)")

reerase: $(READY) known-region ## replay receipts after a restore: RECEIPTS=old table TABLE=restored one STAGE=... (docs/runbook.md)
	@PYTHONPATH=layers/socials $(VENV) -m tools.reerase --receipts "$(RECEIPTS)" --table "$(TABLE)" --secrets-prefix "postloudly/$(STAGE)/"

token-keys: $(READY) known-region ## the keys of TokenStore=sealed: STEP=show|rotate|reseal|"retire ID" TABLE=... STAGE=... (docs/runbook.md)
	@PYTHONPATH=layers/socials $(VENV) -m tools.token_keys --table "$(TABLE)" --secrets-prefix "postloudly/$(STAGE)/" $(STEP)

LEFT ?= .local/retained.json
retained: known-stage $(READY) ## write .local/retained.json: what STAGE=... keeps without its stack, for an import (docs/runbook.md)
	@mkdir -p .local && PYTHONPATH=. $(VENV) -m tools.retained Stage=$(STAGE) $(CONFIGURED) $(GIVEN) > $(LEFT).new
	@mv $(LEFT).new $(LEFT) && echo "$(STAGE) is in $(LEFT)"

LOCK := $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --no-strip-extras --no-header --no-annotate --no-emit-index-url
lock: $(UV) ## pin the newest versions that pyproject.toml allows
	$(LOCK) pyproject.toml --generate-hashes -o layers/dependencies/requirements.txt
	$(LOCK) pyproject.toml --group dev --generate-hashes -c layers/dependencies/requirements.txt -o requirements-dev.txt
	$(LOCK) --group sam --generate-hashes -o requirements-sam.txt
	$(LOCK) --group bench --generate-hashes -o requirements-bench.txt
	$(LOCK) --group installer --generate-hashes -o requirements-installer.txt
	$(LOCK) --group runtime --generate-hashes -o requirements-runtime.txt
	$(LOCK) --group browser --generate-hashes -c requirements-dev.txt -o requirements-browser.txt
	$(LOCK) --group api --generate-hashes -o requirements-api.txt
	$(LOCK) --group hooks --generate-hashes -o requirements-hooks.txt
	$(LOCK) --group checkov --generate-hashes -o requirements-checkov.txt

docs: $(READY) ## write docs/platforms.md, docs/cost.md, the facts' table and the API's description from the code
	@PYTHONPATH=layers/socials $(VENV) -m tools.facts_table
	@PYTHONPATH=layers/socials $(VENV) -m tools.platforms_doc
	@PYTHONPATH=.:layers/socials $(VENV) -m tests.benchmarks.cost
	@PYTHONPATH=layers/socials $(VENV) -m tools.openapi

clean: ## remove everything that was made
	rm -rf .venv .venv-* .aws-sam .local .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV): | needs-python
	@rm -rf .venv && "$(PYTHON)" -m venv .venv
	@.venv/bin/python -m pip install --quiet --require-hashes -r requirements-installer.txt || touch $@

$(READY): $(UV)
	@$(call install,.venv,requirements-dev.txt,.ready)

$(SAM_READY): $(UV)
	@$(call install,.venv-sam,requirements-sam.txt,.ready)

$(API_READY): $(UV)
	@$(call install,.venv-api,requirements-api.txt,.ready)

$(HOOKS_READY): $(UV)
	@$(call install,.venv-hooks,requirements-hooks.txt,.ready)

$(CHECKOV_READY): $(UV)
	@$(call install,.venv-checkov,requirements-checkov.txt,.ready)

$(BENCH_READY): $(UV)
	@$(call install,.venv-bench,requirements-bench.txt,.ready)

$(BROWSER_READY): $(READY)
	@$(call install,.venv,requirements-browser.txt,.browser)

# One stamp a list of pins, so that changed pins install again and unchanged ones cost nothing.
# uv installs in seconds what takes pip most of a minute; where uv does not run or finds no index, pip does it.
install = echo "Installing $(2) into $(1) ..." && \
	{ $(1)/bin/python -c '' 2>/dev/null || { rm -rf $(1) && "$(PYTHON)" -m venv $(1); }; } && \
	{ $(UV) pip install --quiet --python $(1)/bin/python --require-hashes -r $(2) 2>/dev/null || \
	$(1)/bin/python -m pip install --quiet --no-deps --require-hashes -r $(2); } && \
	rm -f $(1)/$(3)-* && touch $@

.PHONY: needs-python
needs-python:
	@[ -n "$(PYTHON)" ] || { echo "Needs Python 3.11 or newer with its venv module (Debian: apt install python3-venv)"; exit 1; }
