"""What the trials on packages from npm have in common."""

from __future__ import annotations

from tests.gates.public.python import SECRET as SECRET


def jest(*sources: str) -> str:
    """The unit tests by jest, as `harness init` proposes them, with coverage of these sources."""
    collected = " ".join(f"--collectCoverageFrom='{path}'" for path in sources)
    return (
        "JEST_JUNIT_OUTPUT_DIR={out} npx jest --ci --reporters=default --reporters=jest-junit --coverage "
        f"{collected} --coverageReporters=json-summary --coverageReporters=json --coverageDirectory={{out}}"
    )
