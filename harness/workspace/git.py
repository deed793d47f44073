"""Git by plumbing, with our own environment: no hook, filter or setting of anybody is honoured, but how to sign."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from harness.domain.secret import redacted
from harness.errors import HarnessError, Parked
from harness.workspace.locate import clean, isolated

ZERO = "0" * 40
SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.attributesFile": "/dev/null",
    # the empty tree: a newer git would else take the attributes of HEAD where there is no working tree
    "attr.tree": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "core.fsync": "all",
    "core.bare": "true",
    "core.quotePath": "false",
    "core.sparseCheckout": "false",
    "submodule.recurse": "false",
    "safe.bareRepository": "explicit",
    "gc.auto": "0",
    "commit.gpgSign": "false",
    "log.showSignature": "false",
    "protocol.allow": "never",
    "i18n.commitEncoding": "utf-8",
    "i18n.logOutputEncoding": "utf-8",
    "merge.renormalize": "false",
    "merge.renames": "true",
}
LITERAL = {"GIT_LITERAL_PATHSPECS": "1"}
"""A path is a path, whatever it begins with."""
Person = tuple[str, str]
"""(name, e-mail address)"""
_FULL = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SMALL, _MOST = 64 << 10, 64
"""Bytes of an output that is remembered, and how many are."""


def settings(more: Mapping[str, str]) -> dict[str, str]:
    """SETTINGS and `more` as environment; settings given so rank above those of the repository, as `-c` does."""
    given = {**SETTINGS, **more}
    found = {"GIT_CONFIG_COUNT": str(len(given))}
    for number, (name, value) in enumerate(given.items()):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return found


class GitFailed(HarnessError):
    """A git command failed; the sentence holds what it said."""


class Git:
    """One repository's objects and refs. Safe to use from several threads."""

    def __init__(self, common: Path) -> None:
        self.common = common
        self._seen: dict[tuple[str, ...], bytes] = {}

    def run(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, ok: tuple[int, ...] = (0,)
    ) -> bytes:
        """Standard output of `git args`; GitFailed unless the exit code is in `ok`."""
        return self.both(*args, stdin=stdin, env=env, ok=ok)[1]

    def both(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, ok: tuple[int, ...] = (0,)
    ) -> tuple[int, bytes]:
        """(exit code, standard output) of `git args`."""
        own = {**isolated(), **settings({}), "GIT_DIR": str(self.common), **(env or {})}
        done = self._ran(["git", *args], own, stdin)
        if done.returncode not in ok:
            text = done.stderr.decode(errors="replace").strip()
            raise GitFailed(f"git {args[0]} failed: {redacted(text) or f'exit {done.returncode}'}")
        return done.returncode, done.stdout

    def _ran(
        self, command: list[str], env: Mapping[str, str], stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        """By git itself: its library takes as long to load as many a command takes altogether."""
        return subprocess.run(command, input=stdin, capture_output=True, env=env, cwd=self.common, check=False)

    # ------------------------------------------------------------ reading

    def _about(self, ids: tuple[str, ...], *args: str, env: Mapping[str, str] | None = None) -> bytes:
        """Output of `git args`, which reads the objects `ids` alone: under their full ids it never changes.

        GitFailed for what can be no name of an object, such as what git would take for an option.
        """
        if not all(map(_FULL.fullmatch, ids)):
            for name in ids:
                _named(name)
            return self.run(*args, env=env)
        known = self._seen.get(args)
        if known is None:
            known = self.run(*args, env=env)
            if len(known) <= _SMALL:
                if len(self._seen) >= _MOST:
                    self._seen.clear()
                self._seen[args] = known
        return known

    def commit(self, name: str) -> str:
        """The commit that `name` (a ref or an id) stands for; '' if there is none."""
        if "\0" in name:
            return ""
        code, out = self.both(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", ok=(0, 1, 128)
        )
        return out.decode().strip() if code == 0 else ""

    def tree(self, name: str) -> str:
        """The tree of a commit or tree."""
        return self._about((name,), "rev-parse", "--verify", "--end-of-options", f"{name}^{{tree}}").decode().strip()

    def paths(self, treeish: str) -> dict[str, tuple[str, str]]:
        """path -> (mode, object id) of every file, link and gitlink."""
        found = {}
        for line in self._about((treeish,), "ls-tree", "-r", "-z", "--full-tree", treeish).split(b"\0")[:-1]:
            meta, _, path = line.partition(b"\t")
            mode, _, name = meta.decode().split(" ")
            found[path.decode(errors="surrogateescape")] = (mode, name)
        return found

    def read(self, treeish: str, path: str) -> bytes | None:
        """The file's content; None where there is none, or where it is no regular file."""
        if "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
            return None
        rows = self._about((treeish,), "ls-tree", "-z", "--full-tree", treeish, "--", path, env=LITERAL)
        meta = rows.partition(b"\t")[0].split(b" ")
        if len(meta) != 3 or meta[1] != b"blob" or meta[0] == b"120000":
            return None
        blob = meta[2].decode()
        return self._about((blob,), "cat-file", "blob", blob)

    def files(self, treeish: str) -> Iterator[tuple[str, str, bytes]]:
        """(path, mode, content) of every blob, raw: no filter, no export-ignore; gitlinks left out."""
        rows = [(path, mode, name) for path, (mode, name) in self.paths(treeish).items() if mode != "160000"]
        if not rows:
            return
        out = self.run("cat-file", "--batch", stdin="".join(f"{name}\n" for _, _, name in rows).encode())
        at = 0
        for path, mode, _ in rows:
            line = out.index(b"\n", at)
            size = int(out[at:line].split(b" ")[-1]) if not out[at:line].endswith(b" missing") else -1
            if size < 0:
                raise GitFailed(
                    f"the content of {path} is not in this clone; run `git fetch --refetch`, then run again"
                )
            yield path, mode, out[line + 1 : line + 1 + size]
            at = line + size + 2

    def filtered(self, treeish: str) -> list[str]:
        """Paths that the tree's own .gitattributes send through a filter, such as LFS."""
        paths = self.paths(treeish)
        if not any(path.rpartition("/")[2] == ".gitattributes" for path in paths):
            return []
        with tempfile.TemporaryDirectory() as folder:
            env = {"GIT_INDEX_FILE": f"{folder}/index"}
            self.run("read-tree", treeish, env=env)
            names = "".join(f"{path}\0" for path in paths).encode(errors="surrogateescape")
            out = self.run("check-attr", "--cached", "-z", "--stdin", "filter", stdin=names, env=env)
        parts = out.decode(errors="surrogateescape").split("\0")
        return [parts[i] for i in range(0, len(parts) - 2, 3) if parts[i + 2] not in ("unspecified", "unset")]

    def changed(self, before: str, after: str) -> dict[str, str]:
        """path -> A, M, D or T between two commits or trees; renames are a D and an A."""
        trees = (f"{before}^{{tree}}", f"{after}^{{tree}}")
        out = self._about((before, after), "diff-tree", "-r", "-z", "--no-renames", "--name-status", *trees)
        parts = out.split(b"\0")[:-1]
        return {parts[i + 1].decode(errors="surrogateescape"): parts[i].decode() for i in range(0, len(parts), 2)}

    def log(self, base: str, head: str, *, mainline: bool = False) -> list[dict[str, str]]:
        """Commits of base..head, oldest first: id, parents, author, email, message; `mainline`: first parents alone."""
        form = "tformat:%H%x00%P%x00%an%x00%ae%x00%B"
        only = ("--first-parent",) if mainline else ()
        asked = ("log", "-z", "--reverse", "--topo-order", *only, f"--format={form}", f"{base}..{head}", "--")
        fields = self._about((base, head), *asked).decode(errors="replace").split("\0")[:-1]
        # neither a name nor a message can hold a NUL, so that five fields are a commit, whatever stands in them
        rows = zip(*(fields[first::5] for first in range(5)), strict=True)
        return [dict(zip(("id", "parents", "author", "email", "message"), row, strict=True)) for row in rows]

    def ancestor(self, old: str, new: str) -> bool:
        """Whether `old` is reachable from `new`."""
        _named(old)
        _named(new)
        return self.both("merge-base", "--is-ancestor", old, new, ok=(0, 1))[0] == 0

    def holds(self, commit: str, tree: str, parents: tuple[str, ...], message: str, address: str) -> bool:
        """Whether `commit` is this one already: a signature may give the same commit another id each time."""
        if self.tree(commit) != tree:
            return False
        form = self._about((commit,), "show", "-s", "--format=%P%x00%ae%x00%B", commit).decode(errors="replace")
        above, author, text = form.split("\0", 2)
        return (tuple(above.split()), author, text.strip()) == (parents, address, message.strip())

    def personal(self, names: str, top: Path | None = None) -> dict[str, str]:
        """The user's own settings with lower-case names that match, as git resolves them in `top`."""
        asked = ("config", "-z", "--get-regexp", names)
        place = ["-C", str(top)] if top else [f"--git-dir={self.common}"]
        said = self._ran(["git", *place, *asked], clean()).stdout.decode(errors="surrogateescape")
        rows = [row.partition("\n") for row in said.split("\0") if row]
        return {name: value if mark else "true" for name, mark, value in rows}

    @cached_property
    def signing(self) -> dict[str, str] | None:
        """The user's own settings for signing commits, read once; None if it is off."""
        found = self.personal(r"^(commit\.gpgsign|user\.signingkey|gpg\..*)$")
        return found if found.pop("commit.gpgsign", "").lower() in ("true", "yes", "on", "1") else None

    def signing_fails(self, person: Person) -> str:
        """Why a trial signature fails; '' where it does not, or signing is off. The objects are thrown away."""
        if self.signing is None:
            return ""
        with tempfile.TemporaryDirectory() as folder:
            env = {"GIT_OBJECT_DIRECTORY": folder}
            tree = self.run("mktree", env=env).decode().strip()
            try:
                self._made(tree, (), "chore: try to sign", env | _dated(person, person, 1_000_000_000))
            except Parked as error:
                return str(error)
        return ""

    # ------------------------------------------------------------ writing

    def record(
        self,
        *,
        parent: str,
        changes: Mapping[str, tuple[str, bytes] | None],
        message: str,
        ref: str,
        date: int,
        author: Person = ("harness", "harness@localhost"),
        committer: Person = ("harness", "harness@localhost"),
    ) -> str:
        """A commit on `parent` ('' for a root) with `changes` (path -> (mode, content), or None), kept under `ref`."""
        _named(ref)
        text = message.encode(errors="replace")
        lines = [
            f"commit {ref}\nmark :1\nauthor {_person(author)} {date} +0000\n".encode(),
            f"committer {_person(committer)} {date} +0000\ndata {len(text)}\n".encode() + text + b"\n",
            f"from {parent}\n".encode() if parent else b"",
        ]
        for path, change in sorted(changes.items()):
            name = _quoted(path)
            if change is None:
                lines.append(b"D " + name + b"\n")
            else:
                lines.append(f"M {change[0]} inline ".encode() + name + f"\ndata {len(change[1])}\n".encode())
                lines.append(change[1] + b"\n")
        lines.append(b"\nget-mark :1\ndone\n")
        return self.run("fast-import", "--quiet", "--done", "--force", stdin=b"".join(lines)).decode().strip()

    def seal(
        self, tree: str, parents: tuple[str, ...], message: str, *, author: Person, committer: Person, date: int
    ) -> str:
        """A commit object of `tree`, signed where the user signs; else the same arguments give the same id.

        Parked if signing fails, with what the user's own command said.
        """
        return self._made(tree, parents, message, _dated(author, committer, date))

    def _made(self, tree: str, parents: tuple[str, ...], message: str, env: dict[str, str]) -> str:
        flags = [part for parent in parents for part in ("-p", parent)]
        if self.signing is not None:
            flags.append("-S")
            env = env | settings(self.signing)
        try:
            return self.run("commit-tree", tree, *flags, stdin=message.encode(), env=env).decode().strip()
        except GitFailed as error:
            if self.signing is None:
                raise
            said = " ".join(str(error).removeprefix("git commit-tree failed: ").split())
            raise Parked(
                f"the commit could not be signed: {said}; mend that, or set commit.gpgSign to false, then run again"
            ) from error

    def move(self, ref: str, new: str, old: str) -> bool:
        """Compare-and-swap of a ref (`old` is ZERO where it must not exist); False if somebody else moved it."""
        code, _ = self.both("update-ref", "--create-reflog", ref, new, old, ok=(0, 1, 128))
        return code == 0

    def put(self, data: bytes) -> str:
        """A blob of `data`; its id."""
        return self.run("hash-object", "-w", "--stdin", stdin=data).decode().strip()

    def edit(self, tree: str, changes: Mapping[str, tuple[str, str] | None]) -> str:
        """`tree` with files put in their place (path -> (mode, blob id), None removes); the new tree's id."""
        with tempfile.TemporaryDirectory() as folder:
            env = {"GIT_INDEX_FILE": f"{folder}/index"}
            self.run("read-tree", tree, env=env)
            # what goes makes room for what comes
            rows = [f"0 {ZERO}\t{path}\0" for path, row in changes.items() if row is None]
            rows += [f"{row[0]} {row[1]}\t{path}\0" for path, row in changes.items() if row is not None]
            self.run(
                "update-index", "-z", "--index-info", stdin="".join(rows).encode(errors="surrogateescape"), env=env
            )
            return self.run("write-tree", env=env).decode().strip()

    def merge(self, ours: str, theirs: str) -> tuple[str, list[str]]:
        """(tree, conflicting paths) of a merge that touches no working tree."""
        _named(ours)
        _named(theirs)
        code, out = self.both(
            "merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs, ok=(0, 1)
        )
        parts = out.decode(errors="surrogateescape").split("\0")
        return parts[0], [] if code == 0 else sorted(set(filter(None, parts[1:])))


def _dated(author: Person, committer: Person, date: int) -> dict[str, str]:
    return {
        "GIT_AUTHOR_NAME": author[0], "GIT_AUTHOR_EMAIL": author[1], "GIT_AUTHOR_DATE": f"{date} +0000",
        "GIT_COMMITTER_NAME": committer[0], "GIT_COMMITTER_EMAIL": committer[1],
        "GIT_COMMITTER_DATE": f"{date} +0000",
    }  # fmt: skip


def _person(person: Person) -> str:
    """`name <address>` without what would end it, as git itself writes it."""
    name, address = (re.sub(r"[\x00-\x1f\x7f<>]", "", part).strip() for part in person)
    return f"{name} <{address}>"


def _named(name: str) -> None:
    """GitFailed for what can name no object and no ref, such as what git would take for an option."""
    if not name or name.startswith("-") or re.search(r"[\x00-\x20\x7f]", name):
        raise GitFailed(f"{name!r} names no commit, tree or ref")


def _quoted(path: str) -> bytes:
    raw = path.encode(errors="surrogateescape")
    return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'
