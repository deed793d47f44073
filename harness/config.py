"""The target's configuration: one table, `harness.toml`, read from the base commit alone."""

from __future__ import annotations

import tomllib

from pydantic import Field, ValidationError

from harness.domain.digest import digest
from harness.domain.frozen import Frozen
from harness.errors import Mistake

FILE = "harness.toml"


class Project(Frozen):
    name: str = ""
    language: str = ""
    environment: str = ""
    """A directory with the project's toolchain (a virtual environment, node_modules), mounted read-only."""
    gates: tuple[str, ...] = ()
    """The gates that apply to this repository; empty means all. What is left out is shown at every approval."""


class Spec(Frozen):
    path: str = ""
    """The living OpenAPI document; empty where the repository has no HTTP API."""


class Commands(Frozen):
    """Shell commands, run in the sandbox in the root of a clean checkout. `{out}` is the report directory."""

    setup: str = ""
    build: str = ""
    lint: str = ""
    unit: str = ""
    """Leaves JUnit XML as {out}/*.xml, and {out}/coverage.json (coverage.py) or coverage-summary.json (istanbul)."""
    integration: str = ""
    """Finds the service's address in BASE_URL; leaves JUnit XML as {out}/*.xml."""


class Server(Frozen):
    start: str = ""
    """Starts the service on 127.0.0.1; `{port}` is replaced."""
    ready: str = "/"
    """A path that answers below 500 once the service is ready."""
    timeout: float = 30.0
    """Seconds to get ready in."""


class Thresholds(Frozen):
    """Per cent; coverage must be strictly greater."""

    statements: float = 80
    branches: float = 80
    functions: float = 80
    lines: float = 80


class Latency(Frozen):
    """Milliseconds, 95th percentile."""

    token: float = 100
    other: float = 200
    token_paths: tuple[str, ...] = ("**/token", "**/token/**", "**/oauth2/**", "token", "token/**")
    rounds: int = 3
    requests: int = 100


BRANCH = r"^[\w+@][\w+@-]*([./][\w+@-]+)*$"
"""A branch that git can't take for an option, a range or an expression."""


class Git(Frozen):
    develop: str = Field(default="develop", pattern=BRANCH)
    main: str = Field(default="main", pattern=BRANCH)
    remote: str = Field(default="", pattern=r"^([A-Za-z0-9][\w.-]*)?$")
    """The remote whose develop counts; empty means the local one."""


class Review(Frozen):
    """Criteria of the two reviews, as id: what it asks."""

    spec: dict[str, str] = {
        "dry": "Nothing is specified twice; shared schemas, parameters and responses are referenced.",
        "solid": "Each resource and operation has one responsibility; layers and dependencies point one way.",
        "agntcy": "Where the change adds or alters how agents are identified or discovered, it follows the AGNTCY open "
        "standards; not applicable where it does neither.",
        "completeness": "Every operation, status, error and rule that the proposal needs is there, and nothing else.",
    }
    code: dict[str, str] = {
        "spec": "The implementation does what the approved specification says, no more and no less.",
        "dry": "No duplicated logic; what existed was used.",
        "solid": "Single responsibilities; the layering of the code base is kept.",
        "errors": "Every error is typed, handled, and answered as documented.",
        "tests": "The tests would fail if the behaviour were wrong; edge cases (null, empty, invalid) are covered.",
        "documentation": "Changelog, public functions and documents that describe a changed interface are up to date.",
    }


class NotProvokable(Frozen):
    operation: str
    """`METHOD /path`."""
    status: str
    reason: str


class Operations(Frozen):
    not_provokable: tuple[NotProvokable, ...] = ()


class Architecture(Frozen):
    """Globs of the architectural surface, by kind of item."""

    surface: dict[str, tuple[str, ...]] = {
        "dependency": (
            "**/pyproject.toml", "**/requirements*.txt", "**/setup.cfg", "**/setup.py", "**/poetry.lock", "**/uv.lock",
            "**/package.json", "**/package-lock.json", "**/pnpm-lock.yaml", "**/yarn.lock",
        ),
        "auth": ("**/auth*", "**/auth*/**", "**/security*", "**/permissions*"),
        "errors": ("**/errors.py", "**/errors.ts", "**/exceptions.py"),
        "deployment": ("**/Dockerfile*", "**/docker-compose*", "**/*.tf", "deploy/**", "k8s/**", "helm/**"),
    }  # fmt: skip


class Budget(Frozen):
    """US dollars."""

    change: float = Field(default=25.0, gt=0)


class Changelog(Frozen):
    path: str = "CHANGELOG.md"


class Config(Frozen):
    """The whole of harness.toml; every key is optional."""

    project: Project = Project()
    spec: Spec = Spec()
    commands: Commands = Commands()
    server: Server = Server()
    thresholds: Thresholds = Thresholds()
    latency: Latency = Latency()
    git: Git = Git()
    review: Review = Review()
    operations: Operations = Operations()
    architecture: Architecture = Architecture()
    budget: Budget = Budget()
    changelog: Changelog = Changelog()

    @property
    def digest(self) -> str:
        """SHA-256 of what the file sets; a default that a later version adds changes no digest on a record."""
        return digest(self.model_dump(mode="json", exclude_unset=True))


def parse(text: str) -> Config:
    """The configuration in `text` (TOML); raises Mistake with the first thing that is wrong."""
    try:
        return Config.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Mistake(f"{FILE} is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Mistake(f"{FILE}: {where}: {first['msg']}") from error
