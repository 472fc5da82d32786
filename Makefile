# The verbs of Tonespace. Type `make` to read them.
#
# Each verb makes the environment it needs, once, under .venv/:
#   service    what serving needs and nothing more      requirements/service.txt
#   dev        service, tests, linters; no TensorFlow   requirements/dev.txt
#   cli        service and the command line             requirements/cli.txt
#   ray        serving on a Ray cluster                 requirements/ray.txt
#   training   everything, TensorFlow included          requirements/training.txt
#   adapt      what adapting a model needs, TensorFlow included   requirements/adapt.txt
#   bench      servers to compare the service with        requirements/bench.txt

PYTHON ?= python3
PORT ?= $(or $(TONESPACE_PORT),8000)
CONFIG ?= training/configs/digits-vae.toml
RUN ?= runs/digits-vae
RECORDINGS ?=
CLIPS ?=
LABEL ?=
ARGS ?=
EXAMPLES ?= 100
MINUTES ?=
PYTEST_ARGS ?=
UV_VERSION := 0.13.9

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

# TensorFlow greets with several lines about the CPU; only errors are news.
export TF_CPP_MIN_LOG_LEVEL ?= 3
# The published builds of ONNX Runtime report their use to Microsoft unless told not to before they are loaded.
export ORT_DISABLE_TELEMETRY ?= 1

# --- environments -----------------------------------------------------------------------------------------

# A stamp carries the digest of the lock it was installed from: a changed lock asks for another stamp, a
# fresh checkout of the same lock does not. `venv --clear` takes the old stamp away before anything is
# installed and the new one is written last, so an interrupted install leaves none.
digest = $(shell sha256sum requirements/$(1).txt | cut -c1-12)
stamp = .venv/$(1)/installed-$(call digest,$(1))

SERVICE := $(call stamp,service)
CLI := $(call stamp,cli)
DEV := $(call stamp,dev)
BENCH := $(call stamp,bench)
RAY := $(call stamp,ray)
TRAINING := $(call stamp,training)
ADAPT := $(call stamp,adapt)

define environment
$(call stamp,$(1)):
	@$$(require_python)
	@echo "Making .venv/$(1) from requirements/$(1).txt ($(2))"
	@$$(PYTHON) -m venv --clear .venv/$(1)
	@.venv/$(1)/bin/python -m pip install -q --disable-pip-version-check --no-input --require-hashes \
		-r requirements/$(1).txt
	@touch $$@
endef

define require_python
command -v $(PYTHON) >/dev/null || { \
	echo "Tonespace needs Python 3.11 to 3.13, and '$(PYTHON)' was not found: apt install python3 python3-venv" >&2; \
	exit 1; }; \
$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	echo "Tonespace needs Python 3.11 to 3.13, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1):" \
		"name another one, as in 'make PYTHON=python3.12 ...'" >&2; \
	exit 1; }; \
$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	echo "'$(PYTHON)' cannot make virtual environments: apt install python3-venv" >&2; \
	exit 1; }
endef

$(eval $(call environment,service,about a minute))
$(eval $(call environment,cli,about a minute))
$(eval $(call environment,dev,about two minutes))
$(eval $(call environment,bench,about two minutes))
$(eval $(call environment,ray,about two minutes))
$(eval $(call environment,training,several minutes: TensorFlow is large))
$(eval $(call environment,adapt,several minutes: TensorFlow is large))

# --- verbs ------------------------------------------------------------------------------------------------

.PHONY: help
help: ## print this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: serve
serve: $(SERVICE) ## serve the models on http://127.0.0.1:8000 (PORT=8123 for another port)
	@TONESPACE_HOST=127.0.0.1 TONESPACE_PORT=$(PORT) exec .venv/service/bin/python -m service

.PHONY: serve-ray
serve-ray: $(RAY) ## serve the models with replicas on a Ray cluster, or on one that starts here (docs/scaling.md)
	@TONESPACE_HOST=127.0.0.1 TONESPACE_PORT=$(PORT) exec .venv/ray/bin/python -m service.cluster

.PHONY: cli
cli: $(CLI) ## make the command line: .venv/cli/bin/tonespace
	@test -x .venv/cli/bin/tonespace || .venv/cli/bin/python -m pip install -q --disable-pip-version-check \
		--no-input --no-index --no-deps --no-build-isolation -e .
	@echo "Ready. For 'tonespace' alone: . .venv/cli/bin/activate"

.PHONY: test test-light test-web test-full
test: test-light test-web test-full ## run all tests: without TensorFlow first, then everything with it

test-light: $(DEV) ## run the quick tests of everything but training and the page, without TensorFlow
	@.venv/dev/bin/python -m pytest -n auto -m 'not slow' tests/audio tests/service tests/tonespace tests/contracts $(PYTEST_ARGS)

test-web: $(DEV) ## run the tests of the page in chromium (skipped where it is not installed)
	@.venv/dev/bin/python -m pytest -n auto tests/web $(PYTEST_ARGS)

test-full: $(TRAINING) ## run all tests but those of the page, the slow ones too, with TensorFlow
	@.venv/training/bin/python -m pytest -n auto --ignore=tests/web $(PYTEST_ARGS)

.PHONY: conformance faults fuzz
conformance: $(DEV) ## hold the service to openapi.json with schemathesis, in all phases (EXAMPLES=100)
	@CONFORMANCE_EXAMPLES=$(EXAMPLES) .venv/dev/bin/python -m pytest -s tests/service/test_conformance.py

faults: $(DEV) ## break what the service depends on, again and again, for half an hour (MINUTES=30)
	@FAULTS_MINUTES=$(or $(MINUTES),30) .venv/dev/bin/python -m pytest -s tests/service/test_faults.py

fuzz: $(DEV) ## look for files that break the audio readers, for an hour (MINUTES=60)
	@FUZZ_MINUTES=$(or $(MINUTES),60) .venv/dev/bin/python -m pytest -s tests/audio/test_fuzz.py
.PHONY: test-ray
test-ray: $(DEV) $(RAY) ## run the tests of the HTTP contract against make serve-ray, over a socket
	@SERVICE_COMMAND=".venv/ray/bin/python -m service.cluster" \
		.venv/dev/bin/python -m pytest tests/service/http tests/service/cluster $(PYTEST_ARGS)

.PHONY: check
check: $(DEV) ## check style, formatting, types and the imports between packages
	@.venv/dev/bin/ruff check .
	@.venv/dev/bin/ruff format --check .
	@.venv/dev/bin/mypy
	@.venv/dev/bin/lint-imports

.PHONY: format
format: $(DEV) ## format the code and repair what can be repaired without asking
	@.venv/dev/bin/ruff check --fix-only .
	@.venv/dev/bin/ruff format .

.PHONY: sounds train adapt evaluate export
sounds: $(TRAINING) ## synthesise drums, sirens and birds to try training on (data/sounds)
	@.venv/training/bin/python -m training sounds

SOURCE = $(if $(RECORDINGS),--recordings "$(RECORDINGS)",--config $(CONFIG))

train: $(TRAINING) ## train a model on a folder of sounds (RECORDINGS=FOLDER) or by a config (CONFIG=FILE)
	@.venv/training/bin/python -m training train $(SOURCE) $(ARGS)

# Nothing is installed for a command that is not complete.
adapt: $(if $(and $(CLIPS),$(LABEL)),$(ADAPT)) ## adapt a model to a new speaker (CLIPS=my-clips LABEL=speaker:me)
	@test -n "$(CLIPS)" -a -n "$(LABEL)" || { \
		echo "Name a folder of clips and their label: make adapt CLIPS=my-clips LABEL=speaker:me" >&2; exit 2; }
	@.venv/adapt/bin/python -m training adapt $(SOURCE) --clips "$(CLIPS)" --label "$(LABEL)" $(ARGS)

evaluate: $(TRAINING) ## measure a trained model (RECORDINGS or CONFIG as in train)
	@.venv/training/bin/python -m training evaluate $(SOURCE) $(ARGS)

export: $(TRAINING) ## write a run into models/ as ONNX, as train does at its end (RUN=runs/digits-vae)
	@.venv/training/bin/python -m training export --run $(RUN)

.PHONY: replication
replication: $(TRAINING) ## repeat the thesis figure by figure (docs/replication.md, ARGS='stft --share 0.1')
	@.venv/training/bin/python -m training replicate $(ARGS)

.PHONY: openapi
openapi: $(SERVICE) ## write openapi/openapi.json from the service
	@mkdir -p openapi
	@.venv/service/bin/python -m service --openapi > openapi/.openapi.json.part \
		|| { rm -f openapi/.openapi.json.part; exit 1; }
	@mv openapi/.openapi.json.part openapi/openapi.json

.PHONY: bench
bench: $(DEV) ## run every benchmark in benchmarks/
	@for benchmark in $$(grep -l __main__ benchmarks/*.py); do \
		echo "== $$benchmark"; PYTHONPATH=. .venv/dev/bin/python "$$benchmark"; done

# An older version is measured beside this one if BASE names a checkout of it and BASE_PYTHON its interpreter.
.PHONY: bench-serving
bench-serving: $(DEV) $(BENCH) $(TRAINING) ## measure the service beside other servers (apt install wrk; BASE=../old)
	@.venv/dev/bin/python -m benchmarks.serving --bench-python .venv/bench/bin/python \
		--training-python .venv/training/bin/python \
		$(if $(BASE),--base $(BASE) --base-python $(or $(BASE_PYTHON),$(BASE)/.venv/service/bin/python)) $(ARGS)

.PHONY: environments
environments: $(SERVICE) $(CLI) $(DEV) $(ADAPT) $(TRAINING) ## make all environments now

# --- locks ------------------------------------------------------------------------------------------------

UV := .venv/uv/installed-$(UV_VERSION)
COMPILE = .venv/uv/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --no-header $(if $(UPGRADE),--upgrade)

$(UV):
	@$(require_python)
	@$(PYTHON) -m venv --clear .venv/uv
	@.venv/uv/bin/python -m pip install -q --disable-pip-version-check --no-input uv==$(UV_VERSION)
	@touch $@

# The training lock comes first: it has the most to agree on, and the others take their versions from it.
# `pyproject.toml` as a source stands for what the client and the command line need.
.PHONY: lock
lock: $(UV) ## lock the requirements of pyproject.toml anew (UPGRADE=1 takes newer versions)
	@$(COMPILE) pyproject.toml --group service --group training --group dev -o requirements/training.txt
	@$(COMPILE) --group adapt -c requirements/training.txt -o requirements/adapt.txt
	@$(COMPILE) pyproject.toml --group service --group dev -c requirements/training.txt -o requirements/dev.txt
	@$(COMPILE) pyproject.toml --group service --group build -c requirements/training.txt -o requirements/cli.txt
	@$(COMPILE) --group service -c requirements/training.txt -o requirements/service.txt
	@$(COMPILE) --group service --group traces -c requirements/training.txt -o requirements/service-traces.txt
	@$(COMPILE) --group bench -o requirements/bench.txt
	@$(COMPILE) --group service --group ray -c requirements/training.txt -o requirements/ray.txt
	@$(COMPILE) --group service-gpu -c requirements/training.txt -o requirements/service-gpu.txt

# --- what the locks hold ----------------------------------------------------------------------------------

LOCKS ?= service service-gpu service-traces ray cli dev adapt training

.PHONY: sbom audit
sbom: $(DEV) ## write a CycloneDX list of the packages of every lock (sbom/, LOCKS='service cli')
	@mkdir -p sbom
	@for lock in $(LOCKS); do \
		.venv/dev/bin/python -W ignore::UserWarning -m cyclonedx_py requirements requirements/$$lock.txt \
			--pyproject pyproject.toml --output-reproducible -o sbom/$$lock.cdx.json; done

# Strict: a package that the database does not know fails, as it would otherwise pass unseen.
audit: $(DEV) ## look for known vulnerabilities in every lock (needs the network, ARGS='-s osv' asks osv.dev)
	@for lock in $(LOCKS); do \
		echo "== requirements/$$lock.txt"; \
		.venv/dev/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/$$lock.txt \
			--progress-spinner off $(ARGS); done

# --- tidying ----------------------------------------------------------------------------------------------

.PHONY: clean distclean
clean: ## remove caches and half-written files
	@rm -rf sbom .mypy_cache .ruff_cache .pytest_cache .import_linter_cache openapi/.openapi.json.part
	@find . -path './.venv*' -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## clean, and remove the environments
	@rm -rf .venv/service .venv/cli .venv/dev .venv/ray .venv/training .venv/uv
