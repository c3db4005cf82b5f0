# Short names for what the scripts and presets do. `make help` lists them.

BUF := node_modules/.bin/buf

.DEFAULT_GOAL := help
.PHONY: help dev release asan tsan test check lint format tidy baseline bench quickstart clean

help: ## This list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

dev: ## Build for development (build/dev)
	@bash -c 'set -euo pipefail; source deploy/lib/common.sh; install_missing; build dev'

release: ## Build as it is run (build/release)
	@bash -c 'set -euo pipefail; source deploy/lib/common.sh; install_missing; build release'

test: ## Unit, golden, conformance, simulation and integration tests
	@tests/run dev integration

check: ## Everything that CI checks
	@tests/run

asan: ## Tests under the address and undefined-behaviour sanitizers
	@tests/run asan

tsan: ## Tests under the thread sanitizer
	@tests/run tsan

lint: ## The contract's lint and breaking-change check, and clang-tidy
	@tests/run contract clang-tidy

format: ## Format every C++ file in place
	@git ls-files -co --exclude-standard -- '*.cc' '*.h' | xargs clang-format -i

tidy: ## The house rules that no compiler checks
	@tests/run sources

baseline: ## Accept the contract as it is now, breaking changes included
	$(BUF) build proto --exclude-source-info -o proto/baseline.binpb

bench: ## Measure against the bars (a tool, not a test)
	@bash -c 'set -euo pipefail; source deploy/lib/common.sh; install_missing; \
	  build release payments-server provider-sandbox bench_load bench_bare_pipeline \
    bench_fanout bench_bare_stream bench_latency bench_callbacks'
	@tests/bench/run --bin build/release/bin

quickstart: ## See a card payment happen
	@deploy/quickstart

clean: ## Remove what was built
	rm -rf build
