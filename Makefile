# The verbs of the project. Each is a line or two; what is longer is in scripts/ or in crates/xtask.
.PHONY: help demo test check policy accept bench bench-truth release
.NOTPARALLEL:
TARGET := $(or $(CARGO_TARGET_DIR),target)

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## a demo fleet: generate, import, analyse, show (ARGS="…" go to `clusteriq demo`)
	cargo build --release --locked --package clusteriq
	$(TARGET)/release/clusteriq demo $(ARGS)

test: policy check ## everything that has to hold before a change is merged; CI runs this

check: ## format, lints, tests; the tests include tidiness and the generated files
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- --deny warnings
	cargo test --workspace --locked

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

release: ## an archive of the optimised binary in target/
	scripts/release.sh
