# The jobs of this repository. Each is one plain command; nothing needs `just` itself.

# Everything a change must pass.
check: fmt lint test docs audit

fmt:
    cargo fmt --check

lint:
    cargo clippy --all-targets -- -D warnings

test:
    cargo test

# The sample project, start to end, with recorded agents: no key, no network.
demo:
    cargo run -- demo --auto

docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

audit:
    cargo deny check

# The suites that cost much, whole; `cargo test` runs a sample of them.
torture:
    cargo test --release -- --include-ignored

# Figures, not verdicts: no test judges by a clock.
bench:
    cargo bench --bench engine_cost
    cargo bench --bench status
    cargo bench --bench screen
