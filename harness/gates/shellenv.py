"""Environment variables that shell scripts, Dockerfiles and compose files ask for, by their text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from harness.domain.permission import matches
from harness.gates.variable import UPPER, ordinary

COMPOSE = ("**/docker-compose*.yml", "**/docker-compose*.yaml", "**/compose*.yml", "**/compose*.yaml")
DOCKER = (
    "**/Dockerfile", "**/Dockerfile.*", "**/*.Dockerfile", "**/*.dockerfile", "**/Containerfile", "**/Containerfile.*",
)  # fmt: skip
SHELL = ("**/*.sh", "**/*.bash")
_SHEBANG = re.compile(r"#!\s*/\S*\b(?:(?:ba|da|z|k|a)?sh\b|env (?:-S )?(?:ba|da|z|k)?sh\b)")
_ASKED = re.compile(r"(?<!\$)(?:\$\$)*\$(?:\{[!#]?([A-Za-z_]\w*)|([A-Za-z_]\w*))")
_COMMENT = re.compile(r"(?m)(?:^|(?<=\s))#.*$")
_ENTRY = re.compile(r"(?P<indent>\s*)(?:(?P<dash>-\s+)[\"']?(?P<name>[A-Za-z_]\w*)[\"']?|(?P<key>[A-Za-z_]\w*)\s*:)\s*")
_BLOCK = re.compile(r"(?P<indent>\s*)(?:environment|args)\s*:\s*")
_HEREDOC = re.compile(r"(?<!<)<<(?!<)-?\s*(?P<quote>[\"'\\]?)(?P<word>\w+)[\"']?")
_SET = re.compile(
    r"(?:^|[\s;&|({!`])(?:(?P<plain>[A-Za-z_]\w*)(?:\[[^\]\s]*\])?\+?=|for\s+(?P<loop>\w+)|select\s+(?P<choice>\w+)"
    r"|getopts\s+\S+\s+(?P<option>\w+)|printf\s+-v\s+(?P<printed>\w+)"
    r"|(?:read|mapfile|readarray|local|declare|typeset|readonly|export|unset)(?P<several>(?:[ \t]+[^\s;&|<>()]+)+))",
    re.M,
)
_NAMED = re.compile(r"(?<![\w$-])[A-Za-z_]\w*")
_OWN_DEFAULT = re.compile(r"(?<![\w$])(?P<name>[A-Za-z_]\w*)=\"?\$\{(?P=name):?[-=?]")
"""`PORT=${PORT:-80}`: the variable is asked for where it is set."""
_DECLARED = re.compile(r"(?im)^\s*(?:ARG|ENV)\s+(?P<rest>(?:[^\n\\]|\\\n|\\.)*)")
_KEY = re.compile(r"(?:^|\s)([A-Za-z_]\w*)(?==|\s|$)")
_PASSED = re.compile(r"(?m)^\s*(?:-\s*[\"']?(?P<item>[A-Z_]\w*)=|(?P<key>[A-Z_]\w*)\s*:\s*)(?P<value>[^\s#].*)$")
_SHELLS_OWN = re.compile(
    r"BASH\w*|ZSH\w*|COMP_\w+|COMPREPLY|RANDOM|SECONDS|E?UID|GID|IFS|LINENO|OPT(?:ARG|IND|ERR)|PPID|REPLY|PIPESTATUS"
    r"|FUNCNAME|(?:HOST|OS|MACH)TYPE|GROUPS|DIRSTACK|SHLVL|SHELLOPTS|PS[0-4]|PROMPT_COMMAND|HIST\w+|MAPFILE|EPOCH\w+|ENV"
    r"|(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)|(?:HTTPS?|FTP|NO|ALL)_PROXY|SOURCE_DATE_EPOCH|PYTHON|PYTHON_VERSION"
    r"|NODE_VERSION|JAVA_HOME|GOPATH|GOROOT|CARGO_HOME|RUSTUP_HOME|PGDATA|LD_LIBRARY_PATH|DEBIAN_FRONTEND|PYTHONHOME"
    r"|CC|CXX|C(?:PP|XX)?FLAGS|LDFLAGS|MAKEFLAGS|DESTDIR|PREFIX|GITHUB_\w+|RUNNER_\w+|GITLAB_\w+|CI_\w+|COMPOSE_\w+"
    r"|DOCKER_\w+|VERSION_(?:ID|CODENAME)|UBUNTU_CODENAME|ID|ID_LIKE|PRETTY_NAME|POSIXLY_CORRECT|SUDO_USER|CONDA_PREFIX|PKG_CONFIG_PATH|MANPATH|INFOPATH"
)
"""What shells, builders, the usual images and /etc/os-release set."""


def asks(path: str) -> bool:
    """Whether a file by its name may be one of these; a script without a suffix is known by its first line."""
    last = path.rpartition("/")[2]
    return matches(path, (*COMPOSE, *DOCKER, *SHELL)) or "." not in last


def kind(path: str, text: str) -> str:
    """`compose`, `docker` or `shell`; '' for any other file."""
    if matches(path, COMPOSE):
        return "compose"
    if matches(path, DOCKER):
        return "docker"
    return "shell" if matches(path, SHELL) or _SHEBANG.match(text) else ""


def given(sort: str, text: str) -> Iterator[str]:
    """Names that a file itself gives a value, for what it starts."""
    if sort == "shell":
        asked = {match["name"] for match in _OWN_DEFAULT.finditer(text)}
        yield from (name for name in _assigned(_bare(text)) if name not in asked)
    elif sort == "docker":
        yield from (name for name in _declared(text) if name)
    else:
        yield from (match["item"] or match["key"] for match in _PASSED.finditer(_COMMENT.sub("", text)))


def asked(sort: str, text: str, known: Iterable[str]) -> Iterator[tuple[str, int]]:
    """(name, line) of every variable that a file asks for; `known` are those that other files give it."""
    if sort == "compose":
        yield from _composed(text)
        return
    text = text.replace("\r\n", "\n")
    own = {*known, *given(sort, text)}
    plain = _bare(text) if sort == "shell" else _COMMENT.sub("", text)
    if sort == "docker":
        own |= set(_assigned(plain))
    for name, line in _found(plain):
        # what is written in capitals is the environment's, by every convention of shells
        if UPPER.fullmatch(name) and name not in own and not _SHELLS_OWN.fullmatch(name):
            yield name, line


def _found(text: str) -> Iterator[tuple[str, int]]:
    for number, line in enumerate(text.split("\n"), 1):
        for match in _ASKED.finditer(re.sub(r"\\\$", "", line)):
            name = match[1] or match[2]
            if not ordinary(name):
                yield name, number


def _composed(text: str) -> Iterator[tuple[str, int]]:
    """What is put into the text, and what a service is passed from outside: a name without a value."""
    plain = _COMMENT.sub("", text)
    yield from _found(plain)
    block = -1
    for number, line in enumerate(plain.split("\n"), 1):
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        if (opens := _BLOCK.fullmatch(line)) is not None:
            block = len(opens["indent"])
        elif indent < block or (indent == block and not line.lstrip().startswith("-")):
            block = -1
        elif block >= 0 and (entry := _ENTRY.fullmatch(line)) is not None:
            name = entry["name"] or entry["key"]
            if not ordinary(name):
                yield name, number


def _declared(text: str) -> Iterator[str]:
    """What a Dockerfile declares by ARG and ENV, in both forms of it."""
    for match in _DECLARED.finditer(text):
        rest = re.sub(r"\\\n", " ", match["rest"])
        names = _KEY.findall(re.sub(r"=(?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|\S*)", "=", rest))
        yield from names if "=" in rest else names[:1]


def _assigned(text: str) -> Iterator[str]:
    for match in _SET.finditer(text):
        several = match["several"]
        if several is None:
            yield next(name for name in match.groupdict().values() if name is not None)
        else:
            yield from _NAMED.findall(re.sub(r"=\S*", " ", several))


def _bare(text: str) -> str:
    """A script without comments, single quotes and quoted here-documents; every line stays where it is."""
    out: list[str] = []
    ends, literal, quote = "", False, ""
    for line in text.split("\n"):
        if ends:
            out.append("" if literal else line)
            if line.strip() == ends:
                ends = ""
            continue
        kept, quote = _unquoted(line, quote)
        out.append(kept)
        opened = _HEREDOC.search(line) if "<<" in kept and not quote else None
        if opened:
            ends, literal = opened["word"], bool(opened["quote"])
    return "\n".join(out)


def _unquoted(line: str, quote: str) -> tuple[str, str]:
    """(a line without what stands in single quotes and comments, the quote that is open at its end)."""
    kept: list[str] = []
    at = 0
    while at < len(line):
        sign = line[at]
        if quote == "'":
            quote = "" if sign == "'" else quote
        elif sign == "\\":
            kept.append(line[at : at + 2])
            at += 1
        elif sign == "#" and not quote and (at == 0 or line[at - 1] in " \t;"):
            break
        elif sign == "'" and not quote:
            quote = "'"
        else:
            quote = ("" if quote else '"') if sign == '"' else quote
            kept.append(sign)
        at += 1
    return "".join(kept), quote
