"""One attack: what an agent tries, how its success is seen, and what shows that it works without the protection."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests import target

Call = dict[str, Any]
Role = Literal["architect", "spec-reviewer", "developer", "qa", "reviewer"]
When = Literal["at once", "spec-approval", "approval", "end"]
TRIED = "tried-it"
"""What every command of an attack prints first: without it, it did not run, and nothing can be said."""


@dataclass
class Arena:
    """Everything that attacks aim at, on this machine. In a control, `work` is the user's own checkout."""

    base: Path
    top: Path
    """The target repository."""
    work: Path
    """Where a naive harness lets the agent work."""
    home: Path
    """The user's home directory, with credentials in it."""
    outside: Path
    """A directory that everybody may write."""
    cache: Path
    """The harness's own cache folder."""
    tools: Path
    """The project's toolchain, which the sandbox mounts."""
    harness: int
    """Process id of the harness."""
    secrets: Mapping[str, str]
    """What must stay where it is, by name."""
    ports: Mapping[str, int] = field(default_factory=dict)
    """TCP and UDP ports of the host on which the arena listens."""
    victim: Mapping[str, Any] = field(default_factory=dict)
    """Another process of the user: pid, address and size of a secret in its memory, descriptor of a deleted file."""
    got: list[str] = field(default_factory=list)
    """What arrived at the arena's sockets, and which of the signals that it counts."""
    shm: int = -1
    """Identifier of a System V segment with a secret; -1 where there is none."""
    terminal: str = ""
    """Path of the user's terminal."""
    seen: list[str] = field(default_factory=list)
    """What left for the model."""
    said: list[str] = field(default_factory=list)
    """What a naive harness, in a control, made of the attack."""
    screen: str = ""
    """What a terminal was sent: by the commands of the harness, or by a naive one."""
    pages: list[str] = field(default_factory=list)
    """Markdown that the harness made for people: records, minutes, messages, the merge's message."""
    decided: int = 0
    """Decisions of the CEO that count, beyond those that the CEO made."""
    control: bool = False
    """Whether nothing protects: what the tools do is done plainly, in the user's own checkout."""

    @property
    def private(self) -> Path:
        """The harness's own folder in the repository."""
        return self.top / ".git" / "harness"

    def mark(self, name: str) -> Path:
        """A file that a program which should never run would leave."""
        return self.outside / f"ran-{name}"


def nothing(arena: Arena) -> None:
    """No preparation."""


def possible(arena: Arena) -> str:
    """No reason against it."""
    return ""


@dataclass(frozen=True, slots=True)
class Attack:
    """A row of a group. `broke` is asked in the same way after the control and after the real run."""

    id: str
    title: str
    calls: Callable[[Arena], list[Call]]
    broke: Callable[[Arena, str], object]
    """Whether the attack got what it wants, from what the tools said (where it matters) and from the host."""
    role: Role = "developer"
    when: When = "at once"
    prepare: Callable[[Arena], None] = nothing
    naive: Callable[[Arena], None] = nothing
    """What a harness without the protection does next, in the control."""
    last: bool = False
    """Whether its calls end the role's work, and so come after those of all others."""
    able: Callable[[Arena], str] = possible
    """Why this machine can't show it at all, or ''."""
    abi: int = 0
    """The Landlock ABI below which level 2 can't hold it for an ordinary user; docs/security.md names these."""
    beyond: str = ""
    """Why level 2 can't hold it on any kernel, for no kind of user; docs/security.md names these."""


def bash(text: str) -> Call:
    """A command; it says first that it runs."""
    return target.call("bash", command=f"echo {TRIED}\n{textwrap.dedent(text).strip()}")


def python(text: str) -> Call:
    """A Python program as a command; it says first that it runs."""
    return target.call("bash", command=f"python3 - <<'PROGRAM'\nprint('{TRIED}', flush=True)\n{_plain(text)}\nPROGRAM")


def create(path: str, text: str) -> Call:
    return target.call("create", path=path, file_text=text)


def view(path: str) -> Call:
    return target.call("view", path=path, view_range=[])


def search(text: str, glob: str = "**") -> Call:
    return target.call("search", text=text, glob=glob)


def _plain(text: str) -> str:
    return textwrap.dedent(text).strip()
