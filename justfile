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

# What every view shows in every state, written anew into tests/golden/screens: read it before you keep it.
screens:
    GOLDEN=write cargo test --test screens views

# The pictures of the README and the recording of the demo, made by the real program.
pictures:
    PICTURES=assets,recording cargo test --test pictures

# Every view of every state at three sizes, light and dark, into target/pictures: for looking at.
look:
    PICTURES=every cargo test --test pictures

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
