"""What a role may write, and which tools it may call. Deny unless a row allows."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from harness.domain.role import Role

ALWAYS_DENIED = (
    "**/.git", "**/.git/**", "**/.gitmodules", "**/.gitattributes", "**/.lfsconfig", "**/*.pth", "**/sitecustomize.py",
    "**/usercustomize.py", "**/.env", "**/.env.*", "**/.netrc", "**/.npmrc", "**/.pypirc", "**/.envrc", "**/.vscode/**",
    "**/.idea/**", "**/.claude/**", "**/.cursor/**", "**/.mcp.json", ".github/**", ".gitlab-ci.yml",
    "harness.toml", "roles/**", "prompts/**", "openspec/backlog.md", "openspec/changes/*/record/**", "TBC/**",
)  # fmt: skip
"""Never kept from an agent's directory, whatever its role says; compared without regard to case."""
SECRETS = ("**/.env", "**/.env.*", "**/*.pem", "**/*.key", "**/id_rsa*", "**/id_ed25519*", "**/.netrc", "**/.npmrc")
"""Never copied into an agent's directory."""
_IGNORABLE = dict.fromkeys([0x200C, 0x200D, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])


@lru_cache(4096)
def pattern(glob: str, fold: bool = False) -> re.Pattern[str]:
    """`glob` as a regular expression: `**/` any folders, `**` anything, `*` and `?` within one name."""
    out, i = [], 0
    while i < len(glob):
        if glob.startswith("**/", i):
            out.append("(?:[^/]+/)*")
            i += 3
        elif glob.startswith("**", i):
            out.append(".+")
            i += 2
        else:
            out.append({"*": "[^/]*", "?": "[^/]"}.get(glob[i]) or re.escape(glob[i]))
            i += 1
    return re.compile("".join(out) + r"\Z", re.S | (re.I if fold else 0))


def matches(path: str, globs: tuple[str, ...], *, fold: bool = False) -> bool:
    """Whether `path` matches one of `globs`."""
    return any(pattern(glob, fold).match(path) for glob in globs)


def hostile(path: str) -> str:
    """Why no role may use this spelling of a path, or ''."""
    if len(path.encode(errors="surrogatepass")) > 400:
        return "the path is too long"
    if unicodedata.normalize("NFC", path) != path:
        return "the name is not in normal form (NFC)"
    if any(unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") for c in path):
        return "the name holds a control or format character"
    for part in path.split("/"):
        plain = part.translate(_IGNORABLE).casefold().rstrip(" .")
        if part in ("", ".", ".."):
            return "not a plain relative path"
        if plain == ".git" or re.fullmatch(r"git~\d+", plain):
            return "a git directory is never kept"
        if ":" in part or "\\" in part or part != part.rstrip(" ."):
            return "the name is not portable"
    return ""


def refusal(role: Role, path: str, folder: str) -> str:
    """Why `role` may not write `path` in the change whose folder is `folder`, or '' if it may."""
    bad = hostile(path)
    if bad:
        return bad
    write = tuple(glob.replace("{change}", folder) for glob in role.write)
    deny = tuple(glob.replace("{change}", folder) for glob in role.deny)
    if matches(path, ALWAYS_DENIED, fold=True):
        return "no role may write it"
    if matches(path, deny, fold=True) or not matches(path, write):
        return f"the {role.name} may not write it"
    return ""


def may_call(role: Role, tool: str) -> str:
    """Why `role` may not call `tool`, or '' if it may."""
    return "" if tool in role.tools else f"the {role.name} has no tool {tool!r}; it has {', '.join(role.tools)}"
