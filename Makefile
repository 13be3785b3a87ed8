# `make help` lists what there is.
CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
BUILT := $(TARGET)/debug
PACKAGE = $(wildcard $(TARGET)/debian/sentinel-agent_*_$(shell dpkg --print-architecture).deb)
# Each test program runs where it can do no harm; see the script.
TEST := $(CARGO) test --config "target.'cfg(unix)'.runner = ['$(CURDIR)/scripts/run-test']"

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo bench-kernel bench-latency bench-parse bench-serve bench-start bench-uplink sim-trust deb test test-package test-server test-validator check program check-program build dependencies

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: build ## Watch one real attack being blocked at two peers (VALIDATOR=program: on a real validator)
	@scripts/as-root "the demo makes network namespaces and attacks an OpenSSH server in them" \
	    $(BUILT)/demo $(if $(VALIDATOR),--validator "$(VALIDATOR)")

bench-kernel: dependencies ## Measure blocks next to nft and ipset (PART=bulk|ban|mixed|agent|memory, JSON=1)
	@$(CARGO) build --release --locked --package sentinel-agent --package sentinel-tests \
	    --bin sentinel-agent --bin bench-kernel
	@scripts/as-root "the benchmark makes network namespaces and fills their firewalls" \
	    $(TARGET)/release/bench-kernel $(addprefix --part ,$(PART)) $(if $(JSON),--json)

bench-latency: dependencies ## Measure failed login at A to drop at B on both ledgers (RUNS=30, VALIDATOR=program, JSON=1)
	@$(CARGO) build --release --locked --package sentinel-agent --package sentinel-tests \
	    --bin sentinel-agent --bin dev-ledger --bin bench-latency
	@scripts/as-root "the benchmark makes network namespaces and attacks an OpenSSH server in them" \
	    $(TARGET)/release/bench-latency --plot docs/latency.svg $(addprefix --runs ,$(RUNS)) \
	    $(if $(VALIDATOR),--validator "$(VALIDATOR)") $(if $(JSON),--json)

bench-parse: dependencies ## Measure detection next to grep and other parsers (PART=grammars|agent, JSON=1)
	@$(CARGO) build --release --locked --package sentinel-agent --package sentinel-tests \
	    --bin sentinel-agent --bin bench-parse
	@scripts/as-root "the benchmark runs the agent in a network namespace of its own" \
	    $(TARGET)/release/bench-parse $(addprefix --part ,$(PART)) $(if $(JSON),--json)

bench-serve: dependencies ## Measure signed downloads next to nginx and FastAPI (PART=requests|memory|floods, JSON=1)
	@$(CARGO) build --release --locked --package sentinel-tests --bin bench-serve
	@$(TARGET)/release/bench-serve --python $(TARGET)/bench-serve $(addprefix --part ,$(PART)) $(if $(JSON),--json)

bench-start: dependencies ## Measure a start beside 100,000 old posts on the ledger (JSON=1)
	@$(CARGO) build --release --locked --package sentinel-agent --package sentinel-tests \
	    --bin sentinel-agent --bin bench-start
	@scripts/as-root "the benchmark runs the agent in a network namespace of its own" \
	    $(TARGET)/release/bench-start $(if $(JSON),--json)

bench-uplink: dependencies ## Measure how a new log spreads from behind a home's uplink to 50 peers (JSON=1)
	@$(CARGO) build --release --locked --package sentinel-tests --bin bench-uplink
	@scripts/as-root "the benchmark makes network namespaces with slow uplinks" \
	    $(TARGET)/release/bench-uplink $(if $(JSON),--json)

sim-trust: ## Simulate what the trust policy makes of hostile peers (SEED=1, JSON=1); the picture is docs/trust.svg
	@$(CARGO) build --release --locked --package sentinel-tests --bin sim-trust
	@$(TARGET)/release/sim-trust --plot docs/trust.svg $(addprefix --seed ,$(SEED)) $(if $(JSON),--json)

test: build ## Run every test, unit to end-to-end
	@$(TEST) --no-fail-fast

deb: dependencies ## Build the Debian package into target/debian (ARCH=arm64: across)
	@scripts/build-deb $(ARCH)

test-package: deb ## Install, attack, kill, upgrade, reboot, remove and purge the package on a Debian that boots
	@scripts/install-dependencies lintian man-db mmdebstrap systemd-container
	@lintian --pedantic --fail-on error,warning,pedantic $(PACKAGE)
	@SENTINEL_DEB=$(abspath $(PACKAGE)) $(TEST) --locked --package sentinel-tests --test package -- --ignored --nocapture

test-server: build ## Point sslyze and slowhttptest at the agent's server (part of test)
	@$(TEST) --package sentinel-tests --test scanners

test-validator: build ## Run the end-to-end tests on a solana-test-validator (in PATH, or SENTINEL_TEST_VALIDATOR)
	@$(TEST) --package sentinel-tests --test e2e -- --ignored --test-threads 1 validator

check: ## Check format, lints and documentation
	@$(CARGO) fmt --check
	@$(CARGO) clippy --workspace --exclude sbpf-link --all-targets -- -D warnings
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --no-deps

program: ## Build the ledger program
	@programs/build.sh

check-program: ## Build the ledger program anew and compare it with the committed one
	@programs/build.sh --check

build: dependencies ## Build the agent, the dev ledger, the demo and the benchmarks
	@command -v $(CARGO) >/dev/null || { echo "cargo is missing: get Rust from https://rustup.rs" >&2; exit 1; }
	@$(CARGO) build --locked

dependencies: ## Install the Debian packages that are missing
	@scripts/install-dependencies
