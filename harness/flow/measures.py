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
    "types": "Types",
    "docs": "Documentation of code",
    "errors": "Typed errors",
    "suppressions": "Suppressions",
    "duplicates": "Duplicates",
    "tests": "Tests",
    "regression": "Regression",
    "assertions": "Assertions",
    "coverage": "Coverage",
    "reach": "Reach",
    "mutation": "Mutation",
    "commits": "Commit messages",
    "changelog": "Changelog",
    "migrations": "Migrations",
    "environment": "Environment variables",
    "documents": "Documents",
    "secrets": "Secrets",
    "dependencies": "Dependencies",
    "architecture": "Architecture list",
    "operations": "Operations over HTTP",
    "inputs": "Null, empty and invalid input",
    "conformance": "Conformance to the spec",
    "drift": "Routes against the spec",
    "services": "Real services",
    "latency": "Latency",
}
TIMED = frozenset({"latency"})
"""Gates that measure time: nothing else may run beside them."""
OUTSIDE = frozenset({"dependencies"})
"""Gates whose answer depends on the world outside, such as a registry's: none is taken from an earlier measurement."""
MOST_MAPPED = 12
"""Interfaces of the [documents] map that its rule names."""
RULES: dict[str, Callable[[Config], str]] = {
    "proposal": lambda c: "the proposal is there and says why and what",
    "branch": lambda c: "the change's name and branch are well formed",
    "scope": lambda c: "only paths that the role may write were touched since the stage was entered",
    "spec": lambda c: (
        "the OpenAPI document is valid, and every operation has a summary and a description, a request-body schema "
        "with its validation rules, a schema for every response whatever its status, error responses, its "
        "authentication requirements, and example requests and responses; placeholders are not text; an operation of "
        "the living document that is missing is named in proposal.md or design.md"
    ),
    "openspec": lambda c: (
        "at least one delta, in specs/<capability>/spec.md, unless .openspec.yaml says `skip_specs: true`, and no "
        "other Markdown in specs/; every added or modified requirement says SHALL or MUST in its text and has a "
        "scenario; what is modified, removed or renamed is in the living spec by exactly that name, what is added is "
        "not, and what is modified keeps every scenario; the merge can fold each delta in; where the proposal lists "
        "capabilities, they are those of the deltas; tasks.md has checkboxes"
    ),
    "lock": lambda c: "proposal, design, specs and tasks are byte for byte what the CEO approved",
    "build": lambda c: f"`{c.commands.build}` exits 0 on a clean checkout",
    "lint": lambda c: f"`{c.commands.lint}` exits 0 on a clean checkout",
    "types": lambda c: (
        "production code compiles under the strictest settings (`tsc --strict` and more, `mypy --strict`), "
        "and nothing in it is `any`, cast through `unknown`, or taken out of the checks by a comment"
    ),
    "docs": lambda c: (
        "every public class, interface, function and method is described: JSDoc with @param, @returns and @throws in "
        "TypeScript; a docstring that says what is raised, and all parameters where it lists them, in Python"
    ),
    "errors": lambda c: (
        "nothing throws the language's own plain error or a value that is none"
        + (f"; what is thrown descends from {' or '.join(c.errors.hierarchy)}" if c.errors.hierarchy else "")
        + "; nothing is caught blindly"
    ),
    "suppressions": lambda c: "no more comments and settings that silence a tool than the base has",
    "duplicates": lambda c: (
        f"no clone of {c.duplicates.lines} lines and {c.duplicates.tokens} tokens in production code that the base "
        "does not have"
    ),
    "tests": lambda c: (
        f"`{c.commands.unit}` exits 0 and its JUnit report holds more than 0 tests and no failure; run again with "
        "failing tests planted beside the test files and at their ends, it reports each of those as failed, so name "
        "and place test files as the others are"
        + (f"; `{c.commands.integration}` exits 0, too" if c.commands.integration and not c.spec.path else "")
    ),
    "regression": lambda c: (
        "every test of the base is still there, not skipped, asserts as much as it did, and passes on the branch's "
        "sources as it stood on the base, but where the approved delta modifies or removes a requirement; the CTO "
        "accepts each changed test by name; no skipped test is added"
    ),
    "assertions": lambda c: (
        "every new or changed test has an assertion that can fail; with every assertion turned round the suite fails, "
        "and so does each of these tests; where sources change and the change is a fix, a commit is a feat or a fix, "
        "or a public function is new, at least one of the branch's tests does not pass on the base's sources"
    ),
    "coverage": lambda c: (
        f"unit coverage is strictly above {c.thresholds.statements:g} % of statements, {c.thresholds.branches:g} % of "
        f"branches, {c.thresholds.functions:g} % of functions and {c.thresholds.lines:g} % of lines, and above the "
        "last for new and changed lines by themselves; every source file is in the report; no comment, setting or "
        "import leaves out code that the base would have measured"
    ),
    "reach": lambda c: "every new public function of the production code is entered by the unit tests",
    "mutation": lambda c: (
        f"the unit tests notice at least {c.mutation.minimum:g} % of the small faults that are put into changed lines"
    ),
    "commits": lambda c: (
        "every commit is conventional (feat, fix, docs, test, chore, refactor, perf), imperative, header under 72 "
        "characters, changes something and is no merge"
    ),
    "changelog": lambda c: (
        f"{c.changelog.path} has a new entry for its readers, above what is released, and no entry of the base is gone"
    ),
    "migrations": lambda c: (
        "a changed schema has a new migration; migrations are numbered without gaps or duplicates, and those that "
        f"develop has are never edited or removed; `{c.commands.migrate}` runs on a fresh database and on one that "
        "develop's migrations have made, and both end up the same"
    ),
    "environment": lambda c: (
        f"every environment variable that the code newly reads is named in one of {', '.join(c.environment.documents)}"
    ),
    "documents": lambda c: "a changed interface comes with other words in one of its documents" + _mapped(c),
    "secrets": lambda c: (
        "no file that the change touches holds what looks like a secret, but those that [secrets] public names"
    ),
    "dependencies": lambda c: (
        "no package that the change brings has a known vulnerability; what was not looked up is not clean"
    ),
    "architecture": lambda c: (
        "new dependencies and changes of auth, errors, layering and deployment are listed; the CTO answers each by name"
    ),
    "operations": lambda c: (
        f"`{c.commands.integration}` passes against the running service over real HTTP (address in {_address(c)}) and "
        "its recorded traffic reaches every operation and every documented 2xx to 4xx status of the approved spec, "
        "each answer valid against it and no request accepted that it does not allow"
    ),
    "inputs": lambda c: (
        "the recorded traffic holds a null, an empty and an invalid input for every operation with a body, and a "
        "request without each required query parameter, each refused with a documented status where the spec does "
        "not allow it"
    ),
    "conformance": lambda c: (
        "the running service answers as the approved spec says to every example and to every limit of its schemas, "
        "asked by schemathesis; a response holds nothing that the spec does not name"
    ),
    "drift": lambda c: (
        "the service has a route for every operation of the approved spec and no route that the spec does not have, by "
        + (f"`{c.commands.routes}`" if c.commands.routes else "its own framework (FastAPI, Starlette, Flask, Express)")
    ),
    "services": lambda c: (
        f"{_named(c)} of the harness, fresh and reached by DATABASE_URL or REDIS_URL, is what the service reads and "
        "writes while the integration tests run, by that server's own counters; a stand-in in memory is none; and "
        "all of these tests pass"
    ),
    "latency": lambda c: (
        f"95th percentile under {c.latency.token:g} ms for token endpoints and {c.latency.other:g} ms for all others: "
        "the harness sends one successful request of each operation, from the integration tests, again and again to a "
        "fresh service"
    ),
}


def _mapped(config: Config) -> str:
    """Which interfaces have which documents."""
    rows = [f"{interface} in {' or '.join(documents)}" for interface, documents in config.documents.map.items()]
    return f": {'; '.join(rows[:MOST_MAPPED])}" + (" …" if len(rows) > MOST_MAPPED else "") if rows else ""


def _named(config: Config) -> str:
    asked = (config.services.postgres and "PostgreSQL", config.services.redis and "Redis")
    return " and ".join(name for name in asked if name) or "a server"


def _address(config: Config) -> str:
    """Vitest puts a value of its own into BASE_URL."""
    return "BASE_URL, also SERVICE_URL" if config.project.language == "typescript" else "BASE_URL"
