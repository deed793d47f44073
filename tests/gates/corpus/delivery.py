"""One delivery: what stood on the base, what a branch brought, and what a gate has to say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.domain.change import Kind

Files = Mapping[str, str | bytes | None]
"""path -> content; None deletes."""
Need = Literal["node", "postgres", "redis"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """Honest where `rule` and `listed` are '': the gate has to pass, and to list nothing. Otherwise it has to fail,
    with a finding of that rule; or, where it only lists what the CTO answers by name, to list what is named."""

    gate: str
    name: str
    files: Files
    """What the branch brings, in one commit."""
    base: Files = field(default_factory=dict)
    """What develop has; `harness.toml` is made of `config`."""
    config: str = ""
    rule: str = ""
    at: str = ""
    """`path` or `path:line` that a finding of the rule has to name; '' for any."""
    listed: str = ""
    """The item of the architecture list that has to be there."""
    message: str = "feat: add things"
    kind: Kind = "feature"
    needs: tuple[Need, ...] = ()
    """Toolchains without which nothing can be measured; CI has all of them."""
    packages: str = ""
    """The sample whose npm packages the commands get, below `tests/samples`."""
    approved: bool = True
    """Whether the change's spec is approved as it stands on the branch."""
    beyond: str = ""
    """Why no gate can catch it in principle; a miss is then published, and no failure."""
    before: Files = field(default_factory=dict)
    """What an earlier commit of the branch brought; where there is one, the spec is approved as it stood there."""
    long: bool = False
    """Left to `make corpus`: it takes longer than the tests should."""

    @property
    def honest(self) -> bool:
        return not self.rule and not self.listed and not self.beyond
