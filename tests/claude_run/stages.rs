//! Workflows of one stage.

/// A Build.
pub const BUILD: &str = "  - id: build
    name: Build
    role: build
    context: [task]
    timeout: 90s
    idle_timeout: 60s
    retry: { max: 1, backoff_ms: 20 }
";

/// A Specification.
pub const SPEC: &str = "  - id: spec
    name: Specification
    role: po-spec
    context: [task]
    produces: { feature-spec: \"harness/artifacts/specs/{{ task.id }}-feature-spec.md\" }
    timeout: 90s
";

/// A review.
pub const QA: &str = "  - id: qa
    name: QA
    role: qa
    context: [task]
    produces: { qa-review: \"harness/artifacts/qa/{{ task.id }}-qa-review.md\" }
    verdict: qa-review
    timeout: 90s
";
