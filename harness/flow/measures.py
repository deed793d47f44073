"""What each gate asks, in one sentence with its numbers: for briefs and for the documentation."""

from __future__ import annotations

from collections.abc import Callable

from harness.config import Config

TITLES: dict[str, str] = {
    "proposal": "Proposal",
    "branch": "Name and branch",
    "scope": "Scope of the diff",
    "spec": "API specification",
    "openspec": "OpenSpec deltas",
    "lock": "Spec lock",
    "build": "Build",
    "lint": "Lint",
    "tests": "Tests",
    "regression": "Regression",
    "assertions": "Assertions",
    "coverage": "Coverage",
    "reach": "Reach",
    "mutation": "Mutation",
    "commits": "Commit messages",
    "changelog": "Changelog",
    "architecture": "Architecture list",
    "operations": "Operations over HTTP",
    "latency": "Latency",
}
RULES: dict[str, Callable[[Config], str]] = {
    "proposal": lambda c: "the proposal is there and says why and what",
    "branch": lambda c: "the change's name and branch are well formed",
    "scope": lambda c: "only paths that the role may write were touched since the stage was entered",
    "spec": lambda c: (
        "the OpenAPI document is valid, and every operation has a summary and a description, a request-body schema "
        "with its validation rules, a schema for every response whatever its status, error responses, its "
        "authentication requirements, and example requests and responses; placeholders are not text"
    ),
    "openspec": lambda c: (
        "at least one delta; every added or modified requirement says SHALL or MUST and has a scenario; "
        "tasks.md has checkboxes"
    ),
    "lock": lambda c: "proposal, design, specs and tasks are byte for byte what the CEO approved",
    "build": lambda c: f"`{c.commands.build}` exits 0 on a clean checkout",
    "lint": lambda c: f"`{c.commands.lint}` exits 0 on a clean checkout",
    "tests": lambda c: f"`{c.commands.unit}` exits 0 and its JUnit report holds more than 0 tests and no failure",
    "regression": lambda c: (
        "every test of the base is still there, not skipped and asserts as much as it did, and passes as it stood on "
        "the branch's sources, but where the approved delta modifies or removes a requirement and the CTO accepts the "
        "test's change by name; no skipped test is added"
    ),
    "assertions": lambda c: (
        "every new or changed test has an assertion that can fail; with every assertion turned round the suite fails, "
        "and so does each of these tests; where a commit is a feat or a fix, at least one of the branch's tests does "
        "not pass on the base's sources"
    ),
    "coverage": lambda c: (
        f"unit coverage is strictly above {c.thresholds.statements:g} % of statements, {c.thresholds.branches:g} % of "
        f"branches, {c.thresholds.functions:g} % of functions and {c.thresholds.lines:g} % of lines"
    ),
    "reach": lambda c: "every new public function of the production code is entered by the unit tests",
    "mutation": lambda c: (
        f"the unit tests notice at least {c.mutation.minimum:g} % of the small faults that are put into changed lines"
    ),
    "commits": lambda c: (
        "every commit is conventional (feat, fix, docs, test, chore, refactor, perf), imperative, header under 72 "
        "characters"
    ),
    "changelog": lambda c: f"{c.changelog.path} says what changed",
    "architecture": lambda c: (
        "new dependencies and changes of auth, errors, layering and deployment are listed; the CTO answers each by name"
    ),
    "operations": lambda c: (
        f"`{c.commands.integration}` passes against the running service over real HTTP (address in BASE_URL) and its "
        "recorded traffic reaches every operation and every documented 2xx to 4xx status of the approved spec, each "
        "answer valid against it"
    ),
    "latency": lambda c: (
        f"95th percentile under {c.latency.token:g} ms for token endpoints and {c.latency.other:g} ms for all others, "
        "measured by the harness"
    ),
}
