# The verbs of the project. Each is a line or two; what is longer is in scripts/ or in crates/xtask.
.PHONY: help demo test check ui pages types dev shots policy accept bench bench-truth bench-decisions release
.NOTPARALLEL:
TARGET := $(or $(CARGO_TARGET_DIR),target)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ui ## a made-up company, scanned over HTTP, in the browser (ARGS="…" go to `clusteriq demo`)
	cargo build --release --locked --package clusteriq
	$(TARGET)/release/clusteriq demo $(ARGS)

test: policy check ## everything that has to hold before a change is merged; CI runs this

check: ui ## format, lints, tests; the tests include tidiness, the generated files and every page in Chromium
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- --deny warnings
	cargo test --workspace --locked
	$(MAKE) pages

ui: ## the web pages, which the compiler takes into the binary
	scripts/ui.sh

pages: ## types, unit tests and end-to-end tests of the web pages
	CARGO_TARGET_DIR=$(abspath $(TARGET)) scripts/pages.sh

types: ## the API's document and the pages' types, after a change of the API
	cargo run --quiet --package clusteriq -- openapi > ui/openapi.json
	cd ui && npm run --silent types

dev: ## the pages with hot reload, over a demo
	cargo build --package clusteriq
	$(TARGET)/debug/clusteriq demo --no-open --port 8080 & cd ui && npm run dev

shots: ## the pictures of the README
	cargo build --release --locked --package clusteriq
	cd ui && CLUSTERIQ_BINARY=$(abspath $(TARGET))/release/clusteriq node test/e2e/shots.mjs ../docs/pictures overview recommendation cluster --fold

policy: ## licences, bans and sources of the dependencies; dependencies nobody uses
	scripts/tools.sh cargo-deny@0.20.2 cargo-machete@0.9.1
	cargo deny --locked --log-level error check licenses bans sources
	cargo machete

accept: ## review changed snapshots
	scripts/tools.sh cargo-insta@1.49.0
	cargo insta test --workspace --review

bench: ## all benchmarks, or one: make bench ONLY=reduce (ARGS="…" go to it)
	scripts/bench.sh $(ONLY) $(ARGS)

bench-truth: ## how often the advice is right, on made-up fleets of known truth (ARGS="--seeds 7 --cases" go to it)
	bench/truth/run.py $(ARGS)

bench-decisions: ## how often advice is right on clusters that were really run (DATA=folder with the measurements)
	bench/decisions/run.py --data $(DATA) $(ARGS)

release: ## an archive of the optimised binary in target/
	scripts/release.sh
