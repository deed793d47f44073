"""What a role may write and read, and which tools it may call. Deny unless a row allows."""

from __future__ import annotations

from functools import lru_cache

from harness.domain.frozen import Frozen
from harness.domain.glob import matcher
from harness.domain.role import Role
from harness.domain.spelling import folded, hostile, letters

ALWAYS_DENIED = (
    "**/.git", "**/.git/**", "**/.gitmodules", "**/.gitattributes", "**/.lfsconfig", "**/*.pth", "**/sitecustomize.py",
    "**/usercustomize.py", "**/.env", "**/.env.*", "**/.netrc", "**/.npmrc", "**/.pypirc", "**/.envrc", "**/.vscode/**",
    "**/.idea/**", "**/.claude/**", "**/.cursor/**", "**/.mcp.json", ".github/**", ".gitlab-ci.yml",
    "harness.toml", "roles/**", "prompts/**", "openspec/backlog.md", "openspec/changes/*/record/**",
    "openspec/changes/*/qa-report.md", "openspec/changes/archive/**", "openspec/archive/**", "TBC/**",
)  # fmt: skip
"""Never kept from an agent's directory, whatever its role says; compared without regard to case."""
SECRETS = (
    "**/.env", "**/.env.*", "**/.envrc", "**/*.pem", "**/*.key", "**/*.p12", "**/*.pfx", "**/*.jks", "**/*.keystore",
    "**/*.ppk", "**/*.kdbx", "**/id_rsa*", "**/id_dsa*", "**/id_ecdsa*", "**/id_ed25519*", "**/.netrc", "**/.npmrc",
    "**/.pypirc", "**/.pgpass", "**/.htpasswd", "**/.git-credentials", "**/.aws/credentials", "**/.docker/config.json",
    "**/.kube/config", "**/*.tfstate", "**/*.tfstate.backup",
)  # fmt: skip
"""Files that hold credentials by their names; compared without regard to case."""
PUBLIC = (
    "**/.env.example", "**/.env.sample", "**/.env.template", "**/.env.dist", "**/.env.*.example", "**/.env.*.sample",
    "**/.env.*.template", "**/.env.*.dist", "**/id_*.pub",
)  # fmt: skip
"""What looks like a secret by its name, but is ordinary documentation."""
_LONGEST = 4096
"""Characters of a path that patterns are tried on; no file system takes a longer one."""


class Secrets(Frozen):
    """Files that no role sees, in its directory, in a patch or through a gate, unless the role's `reads` names them.

    They are what SECRETS lists, but not PUBLIC, and what a repository adds or takes away.
    """

    patterns: tuple[str, ...] = ()
    """The repository's own globs; compared without regard to spelling."""
    public: tuple[str, ...] = ()
    """Globs that are no secrets although another one matches; compared exactly."""

    def hides(self, path: str, reads: tuple[str, ...] = ()) -> bool:
        """Whether `path` is a secret to a role that may read `reads`."""
        if len(path) > _LONGEST:
            return True
        own = matches(path, self.patterns, fold=True)
        shipped = matches(path, SECRETS, fold=True) and not matches(path, PUBLIC)
        return (own or shipped) and not matches(path, self.public) and not matches(path, reads)


SHIPPED = Secrets()
"""What holds where a repository says nothing else."""


def matches(path: str, globs: tuple[str, ...], *, fold: bool = False) -> bool:
    """Whether `path` matches one of `globs`; with `fold`, in any spelling that some file system takes for the same."""
    if not fold:
        return matcher(globs)(path)
    text = folded(path)
    if matcher(_letters(globs))(text):
        return True
    return text != path.lower() and matcher(globs, True)(path)


@lru_cache(1024)
def _letters(globs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(letters, globs))


def refusal(role: Role, path: str, folder: str, secrets: Secrets = SHIPPED) -> str:
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
    # nobody could review what reviewers can't see
    return f"it is a secret by its name, and the {role.name} may not read it" if secrets.hides(path, role.reads) else ""


def may_call(role: Role, tool: str) -> str:
    """Why `role` may not call `tool`, or '' if it may."""
    return "" if tool in role.tools else f"the {role.name} has no tool {tool!r}; it has {', '.join(role.tools)}"
