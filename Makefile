# Everything a developer or a user needs; `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MANIFESTS := $(wildcard */pyproject.toml services/*/pyproject.toml)
PACKAGES := contracts chassis $(wildcard services/*) all-in-one
EDITABLE := $(foreach package,$(PACKAGES),-e ./$(package))
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
LOCKED := $(BIN)/python tools/requirements.py
REQUIREMENTS := $(VENV)/requirements.txt
# Tests that wait for a server leave a processor idle.
WORKERS := $(shell n=$$(nproc); expr $$n + $$n / 2)
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore tests/images
PYTEST_DISTRIBUTED := PRODUCT=distributed $(BIN)/pytest tests/e2e tests/faults tests/security/test_authorisation.py
SHORT = $(if $(filter no,$(THOROUGH)),-m "not thorough")
INSTALL_LOCKED := $(PIP) --require-hashes --only-binary :all: --no-deps --requirement $(REQUIREMENTS)

.DEFAULT_GOAL := help
.PHONY: help run console run-distributed secrets servers test test-thorough test-images test-real test-kubernetes drill check bench bench-distributed evaluate generate chart lock audit sbom pin-images clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: $(VENV)/runtime ## Start the whole product on http://localhost:8000
	@$(MAKE) --no-print-directory console > $(VENV)/console.log 2>&1 \
		|| echo "run: the console could not be built, $(VENV)/console.log says why: the API starts anyway" >&2
	@$(BIN)/california-gold serve

console: $(VENV)/runtime ## Build the browser console (npm of the machine, else of the environment)
	@$(BIN)/python tools/console.py node 2> /dev/null || { $(LOCKED) node > $(REQUIREMENTS) && $(INSTALL_LOCKED); }
	@$(BIN)/python tools/console.py build

run-distributed: $(VENV)/development ## Start in distributed mode on http://localhost:8000, on the servers of `make servers`
	@$(MAKE) --no-print-directory console > $(VENV)/console.log 2>&1 \
		|| echo "run-distributed: the console could not be built, $(VENV)/console.log says why" >&2
	@$(BIN)/python -m tests.servers.run_distributed

secrets: ## Make the secrets of docker-compose.yml, once, in the folder secrets
	@compose/make-secrets.sh secrets

servers: $(VENV)/development ## Bring Kafka, MinIO, a MongoDB server, kustomize, Helm, promtool, nginx, dicom3tools and Chromium, for tests and run-distributed
	$(BIN)/python -m tests.servers

test: $(VENV)/development ## Run every test (THOROUGH=no: without the longest); those that need a server that is not there are skipped
	$(PYTEST) $(SHORT)
	$(PYTEST_DISTRIBUTED) $(SHORT)

test-thorough: $(VENV)/development ## Run the longest tests only
	$(PYTEST) -m thorough
	$(PYTEST_DISTRIBUTED) -m thorough

test-images: $(VENV)/development ## Build the images and test them as docker-compose.yml starts them (as root, on Debian)
	$(BIN)/python -m tests.images
	$(BIN)/pytest tests/images

test-real: $(VENV)/development ## Hold a real EventStoreDB, named by EVENTSTOREDB_URI, to our tests, and compare it with the test server
	@test -n "$(EVENTSTOREDB_URI)" || { echo "give EVENTSTOREDB_URI" >&2; exit 2; }
	$(BIN)/pytest chassis/tests/adapters/test_kurrent_event_store.py chassis/tests/adapters/test_kurrent_positions.py \
		eventstoredb_test_server/tests/test_appending.py eventstoredb_test_server/tests/test_reading.py \
		eventstoredb_test_server/tests/test_answers.py
	$(BIN)/python -m tools.eventstoredb "$(EVENTSTOREDB_URI)"

drill: $(VENV)/development ## Replace every service under uploads of one minute, restart every store, and print the table
	$(BIN)/python -m tests.faults.drills

test-kubernetes: $(VENV)/development ## Apply the manifests and the chart to a real Kubernetes, built once in many minutes, and run them on a node
	$(BIN)/python -m tests.kubernetes
	TEST_KUBERNETES=1 REQUIRE_SERVERS=1 $(BIN)/pytest tests/kubernetes

check: $(VENV)/development ## Lint, types, import rules, generated files; types and units of the console
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m tools.generate --check
	$(BIN)/python tools/console.py check

bench-distributed: $(VENV)/development ## The same for distributed mode, on the servers of `make servers`
	$(BIN)/python -m benchmarks.distributed

bench: $(VENV)/development ## Measure, side by side, and print the table
	$(BIN)/python -m benchmarks

evaluate: $(VENV)/development ## Measure the detector and renew docs/evaluation
	$(BIN)/python -m tools.evaluation docs/evaluation

generate: $(VENV)/development ## Renew what is generated: schemas, openapi.json, dashboards, alerts of k8s/
	$(BIN)/python -m tools.generate

chart: $(VENV)/development ## Renew the Helm chart from the manifests of k8s/ (after `make servers`)
	$(BIN)/python -m tools.chart

lock: $(VENV)/development ## Choose the newest versions and pin them, with their hashes, in constraints.txt
	$(BIN)/python -m tools.lock

audit: $(VENV)/development ## Look for known vulnerabilities of what constraints.txt pins, where advisories can be read
	$(BIN)/python -m tools.audit

sbom: $(VENV)/development ## Write the bill of materials (CycloneDX) of what ships to sbom.json
	$(BIN)/python -m tools.sbom

pin-images: $(VENV)/development ## Pin the digests of other people's images, where their registries can be reached (Docker)
	$(BIN)/python -m tools.pin_images

clean: ## Remove the environment and caches (never the data)
	rm -rf console/node_modules console/dist $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(BIN)/pip:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime: $(BIN)/pip constraints.txt $(MANIFESTS)
	$(LOCKED) build > $(REQUIREMENTS)
	$(LOCKED) packages all-in-one >> $(REQUIREMENTS)
	$(INSTALL_LOCKED)
	$(PIP) --no-index --no-deps --no-build-isolation $(EDITABLE)
	@$(BIN)/pip check --disable-pip-version-check
	@touch $@

$(VENV)/development: $(VENV)/runtime
	$(LOCKED) packages all-in-one dev,distributed,model,telemetry > $(REQUIREMENTS)
	$(INSTALL_LOCKED)
	@$(BIN)/pip check --disable-pip-version-check
	@touch $@
