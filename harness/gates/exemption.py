"""What configuration files of tools leave out of their checks: files, lines and rules, each with its place."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from configparser import ConfigParser
from configparser import Error as Ini
from dataclasses import dataclass
from typing import Any

from harness.domain.glob import matcher

_FILES = frozenset(
    {
        "exclude", "extend-exclude", "omit", "exclude_dirs", "ignore-paths", "ignore-patterns", "ignorePatterns",
        "ignores", "coveragePathIgnorePatterns", "collectCoverageFrom", "eslintIgnore",
        "lines", "per-file-ignores", "extend-per-file-ignores",
    }
)  # fmt: skip
"""Keys whose values name files."""
MOST = 1 << 20
"""Bytes of a configuration file that are read; a larger one is none."""
_KEYS = frozenset(
    {
        "ignore", "extend-ignore", "per-file-ignores", "extend-per-file-ignores", "exclude", "extend-exclude", "omit",
        "exclude_lines", "exclude_also", "partial_branches", "disable", "ignore-paths",
        "ignore-patterns", "disable_error_code", "ignorePatterns", "coveragePathIgnorePatterns", "skips",
        "exclude_dirs", "ignored-modules", "ignored-classes", "ignores", "eslintIgnore",
    }
)  # fmt: skip
_PARTS = frozenset(
    {
        "strict", "noImplicitAny", "strictNullChecks", "strictFunctionTypes", "strictBindCallApply", "noImplicitThis",
        "strictPropertyInitialization", "useUnknownInCatchVariables", "noImplicitReturns", "noUnusedLocals",
        "noUnusedParameters",
    }
)  # fmt: skip
"""Switches of the compiler for TypeScript that look for faults while they are on."""
_COMMAND = re.compile(r"(?:lint|test|check|type-?check|tsc|types|build|coverage)(?:[:-].*)?")
_ALWAYS = re.compile(r"(?:.*(?:\|\||;)\s*(?:true|:|exit 0)|true|:|exit 0)\s*", re.S)
"""A command that ends well whatever it has found."""
_TOOLS = re.compile(
    r"(?:tool\.)?(?:ruff|mypy|coverage|pylint|pyright|basedpyright|flake8|bandit|pytype|ty|run|report|paths|lint|MASTER"
    r"|MAIN|MESSAGES CONTROL|messages_control|jest|nyc|c8|eslintConfig|overrides)"
)
_TOML = re.compile(
    r"(?:^|/)(?:pyproject\.toml|\.?ruff\.toml|\.coveragerc\.toml|pylintrc\.toml|\.pylintrc\.toml|ty\.toml)$"
)
_INI = re.compile(r"(?:^|/)(?:setup\.cfg|tox\.ini|\.coveragerc|\.flake8|\.?mypy\.ini|\.?pylintrc|\.bandit)$")
_JSON = re.compile(
    r"(?:^|/)(?:package\.json|\.eslintrc(?:\.json)?|tsconfig[\w.-]*\.json|\.nycrc(?:\.json)?|\.c8rc(?:\.json)?"
    r"|jest\.config\.json|pyrightconfig\.json|biome\.jsonc?|\.oxlintrc\.json|\.jscpd\.json)$"
)
_SCRIPT = re.compile(
    r"(?:^|/)(?:\.eslintrc\.[cm]?js|(?:eslint|jest|vitest|vite|stryker)\.(?:config|workspace)\.[cm]?[jt]s)$"
)
_LINES = re.compile(r"(?:^|/)\.(?:eslintignore|pylintignore|prettierignore|semgrepignore)$")
_LIST = re.compile(
    r"\b(ignores|ignorePatterns|coveragePathIgnorePatterns|exclude)['\"]?\s*:\s*(?:\[\s*([^\]]{0,20000})\]|(['\"`][^'\"`]+['\"`]))"
)
_NAMED = re.compile(
    r"\b(ignores|ignorePatterns|coveragePathIgnorePatterns|exclude)['\"]?\s*:\s*([A-Za-z_$][\w$]*)\s*[,}]"
)
_GLOBAL = re.compile(r"\bglobalIgnores\(\s*\[([^\]]{0,20000})\]")
_TEXT = re.compile(r"'([^'\n]+)'|\"([^\"\n]+)\"|`([^`\n]+)`")
_OFF = re.compile(r"['\"]?([@\w/-]+)['\"]?\s*:\s*\[?\s*(?:['\"]off['\"]|0\b)")


@dataclass(frozen=True, slots=True)
class Exemption:
    """One thing that a tool is told to leave out."""

    path: str
    key: str
    value: str

    @property
    def mark(self) -> tuple[str, str]:
        """What it leaves out of which tool's checks, wherever it is written."""
        return self.key.rpartition(".")[2], self.value

    def touches(self, files: Iterable[str]) -> bool:
        """Whether it leaves out rules, lines, or one of `files`."""
        if self.mark[0] not in _FILES:
            return True
        glob = self.value.partition(": ")[0].removeprefix("<rootDir>").strip("/").removeprefix("./")
        match = matcher((glob, f"{glob}/**", f"**/{glob}", f"**/{glob}/**"))
        return any(match(path) or _expressed(glob, path) for path in files)


def _expressed(text: str, path: str) -> bool:
    """Whether a short regular expression without repeated groups, as some tools take for a pattern, finds a path."""
    if len(text) > 200 or ")" in text.replace("(?", ""):
        return text.strip("()^$.*\\/") in path
    try:
        return bool(text) and re.search(text, path[:300]) is not None
    except re.error:
        return False


def concerns(path: str) -> bool:
    """Whether a file may configure a tool that checks code."""
    if "node_modules" in path.split("/"):
        return False
    return any(form.search(path) for form in (_TOML, _INI, _JSON, _SCRIPT, _LINES))


def exemptions(path: str, data: bytes) -> list[Exemption]:
    """What a configuration file leaves out; nothing where it can't be read, which its own tool will say."""
    text = data[:MOST].decode("utf-8", "replace")
    try:
        if _TOML.search(path):
            found = list(_walk(tomllib.loads(text), ()))
        elif _INI.search(path):
            found = list(_ini(text))
        elif _JSON.search(path):
            found = list(_walk(json.loads(_plain(text)), ()))
        elif _LINES.search(path):
            found = [("lines", line.strip()) for line in text.splitlines() if line.strip() and line[:1] != "#"]
        else:
            found = list(_script(text))
    except (ValueError, RecursionError, Ini):
        return []
    return [Exemption(path, key, value) for key, value in found]


def _walk(value: Any, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(key, value) of each exemption in a table of tables."""
    if not isinstance(value, dict):
        for each in value if isinstance(value, list) else ():
            yield from _walk(each, above)
        return
    for key, inner in value.items():
        at = (*above, str(key))
        if key in _KEYS and _of_tool(above):
            yield from ((".".join(at), text) for text in _texts(inner))
        elif key == "collectCoverageFrom":
            yield from ((".".join(at), text[1:]) for text in _texts(inner) if text.startswith("!"))
        elif "compilerOptions" in above and (
            (key == "noCheck" and inner is True) or (key in _PARTS and inner is False)
        ):
            yield ".".join(at), str(inner).lower()
        elif key == "scripts" and not above and isinstance(inner, dict):
            named = ((name, str(line)) for name, line in inner.items() if _COMMAND.fullmatch(name))
            yield from ((f"scripts.{name}", line) for name, line in named if _ALWAYS.fullmatch(line))
        elif key == "rules" and isinstance(inner, dict):
            yield from ((".".join(at), rule) for rule in _silent(inner))
        elif key == "enabled" and inner is False and above[-1:] in (("linter",), ("formatter",), ("assist",)):
            yield ".".join(at), "false"
        else:
            yield from _walk(inner, at)


def _of_tool(above: tuple[str, ...]) -> bool:
    """Whether a table is one of a tool that checks code; what builds packages may leave out what it likes."""
    return above[:1] != ("tool",) or (len(above) > 1 and bool(_TOOLS.fullmatch(above[1])))


def _texts(value: Any) -> Iterator[str]:
    """Each text in a list or table of exemptions, and `True` where it is a switch that is on."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from (f"{name}: {text}" for text in _texts(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield from (part.strip() for part in re.split(r"[\n,]", value) if part.strip())
    elif value is True:
        yield "True"


def _silent(rules: dict[str, Any]) -> Iterator[str]:
    """The rules that are off; of Biome they lie in groups."""
    for rule, level in rules.items():
        if isinstance(level, dict) and "level" not in level:
            yield from _silent(level)
        elif _off(level.get("level") if isinstance(level, dict) else level):
            yield str(rule)


def _off(level: Any) -> bool:
    first = level[0] if isinstance(level, list) and level else level
    return first in ("off", "ignore", 0) and first is not False


def _ini(text: str) -> Iterator[tuple[str, str]]:
    parser = ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    for section in parser.sections():
        if not _TOOLS.match(section):
            continue
        for key, value in parser.items(section):
            if key in _KEYS:
                values = [line for line in _texts(value or "") if line.lower() not in ("false", "0", "no")]
                yield from ((f"{section}.{key}", line) for line in values)


def _script(text: str) -> Iterator[tuple[str, str]]:
    """What can be told of a configuration in JavaScript without running it."""
    for key, several, one in _LIST.findall(text):
        for match in _TEXT.finditer(several or one):
            yield key, match[1] or match[2] or match[3]
    for key, name in _NAMED.findall(text):
        said = re.search(rf"\b(?:const|let|var)\s+{re.escape(name)}\b[^=]{{0,80}}=\s*\[([^\]]{{0,20000}})\]", text)
        yield from ((key, match[1] or match[2] or match[3]) for match in _TEXT.finditer(said[1] if said else ""))
    for listed in _GLOBAL.findall(text):
        yield from (("ignores", match[1] or match[2] or match[3]) for match in _TEXT.finditer(listed))
    covered = re.search(r"\bcollectCoverageFrom['\"]?\s*:\s*\[([^\]]{0,20000})\]", text)
    for match in _TEXT.finditer(covered[1] if covered else ""):
        glob = match[1] or match[2] or match[3]
        if glob.startswith("!"):
            yield "collectCoverageFrom", glob[1:]
    for match in _OFF.finditer(text):
        yield "rules", match[1]


def _plain(text: str) -> str:
    """JSON without the comments and trailing commas that some tools allow."""
    kept = re.sub(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', lambda m: m[1] or "", text, flags=re.S)
    return re.sub(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', lambda m: m[1] or "", kept)
