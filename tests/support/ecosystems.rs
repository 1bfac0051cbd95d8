//! Repositories of three ecosystems without a harness, as far as it looks at them.

/// Files by path, and the check that is found by them.
pub type Ecosystem = (&'static [(&'static str, &'static str)], &'static str);

/// Rust.
pub const CARGO: Ecosystem = (
    &[
        (
            "Cargo.toml",
            "[package]\nname = \"pages\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        ),
        ("src/lib.rs", ""),
    ],
    "cargo test  from Cargo.toml",
);

/// JavaScript.
pub const PNPM: Ecosystem = (
    &[
        (
            "package.json",
            "{ \"name\": \"pages\", \"scripts\": { \"test\": \"true\" } }\n",
        ),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n"),
    ],
    "pnpm test  from package.json",
);

/// Go.
pub const GO: Ecosystem = (
    &[("go.mod", "module pages\n")],
    "go test ./...  from go.mod",
);
