"""A harness that protects nothing: the same tools, as plain processes and plain files, and what it might do next."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.attacks.attack import Arena, Call

SECONDS = 60


def run(call: Call, work: Path) -> str:
    """What the tool says."""
    given = call["input"]
    try:
        match call["name"]:
            case "bash":
                return shell(given["command"], work)
            case "create":
                path = work / given["path"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(given["file_text"])
                return "wrote it"
            case "insert":
                path = work / given["path"]
                lines = path.read_text().splitlines(keepends=True)
                path.write_text("".join([*lines[: given["insert_line"]], given["insert_text"]]))
                return "wrote it"
            case "str_replace":
                path = work / given["path"]
                path.write_text(path.read_text().replace(given["old_str"], given["new_str"]))
                return "wrote it"
            case "view":
                return (work / given["path"]).read_text(errors="replace")
            case "search":
                return shell(f"grep -rI -- '{given['text']}' . 2>/dev/null", work)
            case _:
                return str(given)
    except (OSError, ValueError) as error:
        return str(error)


def shell(command: str, work: Path) -> str:
    """A plain subprocess, with the environment and the descriptors of the harness."""
    done = subprocess.run(
        ["/bin/bash", "-c", command], cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=SECONDS, close_fds=False, check=False,
    )  # fmt: skip
    return done.stdout.decode(errors="replace")


def git(*args: str) -> str:
    """A git command that honours whatever it finds, in `args[0]`; what it says."""
    done = subprocess.run(
        ["git", "-C", args[0], *args[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=SECONDS, env={**os.environ, "GIT_EDITOR": "true"}, check=False,
    )  # fmt: skip
    return done.stdout.decode(errors="replace")


def plain(*args: str) -> object:
    """Runs `git args` in the agent's directory, as a naive harness would."""
    return lambda arena: arena.said.append(git(str(arena.work), *args))


def commit(arena: Arena) -> None:
    """Everything that is there becomes a commit."""
    git(str(arena.work), "add", "-A", "--force", "--ignore-errors")
    git(str(arena.work), "commit", "-qm", "feat: whatever the agent left")


def landed(arena: Arena) -> set[str]:
    """Paths, as git quotes nothing, of every branch of the repository."""
    found: set[str] = set()
    refs = git(str(arena.top), "for-each-ref", "--format=%(refname)", "refs/heads", "refs/harness").split()
    for ref in refs:
        done = subprocess.run(
            ["git", "-C", str(arena.top), "ls-tree", "-r", "-z", "--name-only", ref], capture_output=True, check=False
        )
        found |= set(done.stdout.decode(errors="surrogateescape").split("\0")) - {""}
    return found


def content(arena: Arena, path: str) -> str:
    """The file in whatever branch holds it, all put together."""
    refs = git(str(arena.top), "for-each-ref", "--format=%(refname)", "refs/heads").split()
    texts = (git(str(arena.top), "cat-file", "blob", f"{ref}:{path}") for ref in refs)
    return "\n".join(text for text in texts if not text.startswith("fatal:"))
