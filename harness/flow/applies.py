"""Which gates apply to a change: by its kind and the configuration of the base alone, never by a gate's own finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.config import Config
from harness.domain.change import Kind
from harness.domain.misfit import nearest
from harness.flow.pipeline import ALL_GATES

Need = tuple[Callable[[Config], bool], str]
"""(whether the configuration asks for it, where it does not: such as `repositories without an API document`)"""
LANGUAGES = ("python", "typescript")

API: Need = (lambda c: bool(c.spec.path), "repositories without an API document")
CODE: Need = (
    lambda c: c.project.language in LANGUAGES,
    "repositories whose [project] language is neither python nor typescript",
)
NEEDS: Mapping[str, Need] = {
    "spec": API,
    "types": CODE,
    "docs": CODE,
    "errors": CODE,
    "suppressions": CODE,
    "duplicates": CODE,
    "environment": CODE,
    "reach": CODE,
    "assertions": CODE,
    "operations": API,
    "inputs": API,
    "conformance": API,
    "drift": API,
    "latency": API,
    "services": (lambda c: c.services.postgres or c.services.redis, "repositories without [services]"),
    "migrations": (lambda c: bool(c.migrations.paths), "repositories without [migrations] paths"),
    "documents": (lambda c: bool(c.documents.map), "repositories without a [documents] map"),
    "dependencies": (lambda c: c.dependencies.audit, "repositories without [dependencies] audit"),
    "mutation": (lambda c: c.mutation.enabled, "repositories without [mutation] enabled"),
}
"""gate -> what it needs; a gate that is not here needs nothing."""
OF_A_CHANGE = frozenset({"proposal", "branch", "scope", "openspec", "lock"})
"""Gates about the papers and the branch of a change: a branch without a folder in openspec/changes has none."""
OF_A_DIFFERENCE = OF_A_CHANGE | {"commits", "changelog", "regression"}
"""Gates that ask for something new: a commit that is measured against itself has nothing."""
WITHOUT_CODE = frozenset(ALL_GATES) - {
    "proposal", "branch", "scope", "openspec", "lock", "commits", "architecture", "secrets",
}  # fmt: skip
NOT_FOR: Mapping[Kind, frozenset[str]] = {"feature": frozenset(), "fix": frozenset(), "docs": WITHOUT_CODE}
"""Gates that do not apply to a kind of change."""


def applicable(kind: Kind, config: Config) -> tuple[tuple[str, ...], dict[str, str]]:
    """(gates that apply, gate -> why it does not)."""
    named = config.project.gates
    out: dict[str, str] = {}
    for gate in ALL_GATES:
        wanted, lacking = NEEDS.get(gate, (lambda c: True, ""))
        if gate in NOT_FOR[kind]:
            out[gate] = f"not applicable to a {kind} change"
        elif not wanted(config):
            out[gate] = f"not applicable to {lacking}"
        elif named and gate not in named:
            out[gate] = "not applicable: harness.toml does not name it"
    return tuple(gate for gate in ALL_GATES if gate not in out), out


def strange(named: tuple[str, ...]) -> str:
    """Why `[project] gates` can't be meant so, in a sentence, or '': a misspelt gate would silently be none."""
    odd = [name for name in named if name not in ALL_GATES]
    if not odd:
        return ""
    near = nearest(odd[0], ALL_GATES)
    meant = f"did you mean {near!r}?" if near else f"the gates are {', '.join(ALL_GATES)}"
    return f"harness.toml: there is no gate {odd[0]!r}; {meant}"
