"""What lies in a commit, by git itself. Needs no library, so that `status` starts fast."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from harness.workspace.locate import isolated

MOST = 1 << 20
"""Bytes of a file that is read."""


def tip(common: Path, ref: str) -> str:
    """The commit that a ref stands for; '' if there is none."""
    asked = ["git", f"--git-dir={common}", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"]
    done = subprocess.run(asked, capture_output=True, text=True, env=isolated(), timeout=30, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def names(common: Path, commit: str, folder: str) -> dict[str, str]:
    """path -> blob of the regular files of a commit below `folder`; what is larger than MOST is left out."""
    asked = ["git", f"--git-dir={common}", "ls-tree", "-r", "-z", "--long", "--full-tree", commit, "--", f"{folder}/"]
    done = subprocess.run(asked, capture_output=True, env=isolated(), timeout=30, check=False)
    found = {}
    for line in done.stdout.split(b"\0")[:-1] if done.returncode == 0 else []:
        meta, _, name = line.partition(b"\t")
        mode, _, blob, size = meta.decode().split()
        if mode in ("100644", "100755") and size.isdigit() and int(size) <= MOST:
            found[name.decode(errors="surrogateescape")] = blob
    return found


def texts(common: Path, commit: str, folder: str, wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """path -> content of the files that `names` gives and that are `wanted`; what is not in this clone is left out."""
    rows = [(path, blob) for path, blob in names(common, commit, folder).items() if wanted(path)]
    if not rows:
        return {}
    asked = ["git", f"--git-dir={common}", "cat-file", "--batch"]
    blobs = "".join(f"{blob}\n" for _, blob in rows).encode()
    said = subprocess.run(asked, input=blobs, capture_output=True, env=isolated(), timeout=60, check=True).stdout
    found, at = {}, 0
    for path, _ in rows:
        end = said.index(b"\n", at)
        told = said[at:end].split(b" ")
        size = int(told[2]) + 1 if len(told) == 3 else 0
        if size:
            found[path] = said[end + 1 : end + size]
        at = end + 1 + size
    return found


def last(top: Path, path: str) -> str:
    """The last commit of the checked-out branch that touched `path`; where none did, where that branch is."""
    for asked in (["log", "-1", "--format=%H", "HEAD", "--", path], ["rev-parse", "--verify", "--quiet", "HEAD"]):
        done = subprocess.run(
            ["git", "-C", str(top), *asked], capture_output=True, text=True, env=isolated(), timeout=30, check=False
        )
        if done.returncode == 0 and done.stdout.strip():
            return done.stdout.strip()
    return ""


def trailer(common: Path, old: str, new: str, name: str, branch: str) -> str:
    """The commit that the newest commit from `old` to `new` with the trailer `name` names, if `branch` contains it."""
    place = ["git", f"--git-dir={common}"]
    form = f"--format=%(trailers:key={name},valueonly,separator=%x00)"
    done = subprocess.run(
        [*place, "log", form, "--end-of-options", f"{old}..{new}"],
        capture_output=True, text=True, env=isolated(), timeout=30, check=False,
    )  # fmt: skip
    said = next((line.split("\0")[-1].strip() for line in done.stdout.splitlines() if line.strip()), "")
    commit = tip(common, said) if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", said) else ""
    inside = [*place, "merge-base", "--is-ancestor", commit, branch]
    known = bool(commit) and not subprocess.run(inside, env=isolated(), timeout=30, check=False).returncode
    return commit if known else ""
