"""The target's configuration: one table, `harness.toml`, read from the base commit alone."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError

from harness.domain.digest import digest
from harness.domain.frozen import Frozen
from harness.domain.misfit import misfits
from harness.domain.permission import Secrets
from harness.domain.registry import Registry
from harness.errors import Mistake

FILE = "harness.toml"


class Project(Frozen):
    name: str = ""
    language: Literal["python", "typescript", "javascript", ""] = Field(
        default="",
        description='"python" or "typescript"; without it, or with "javascript", the gates on code are not asked',
    )
    """What the gates on types, comments, errors and suppressions read; they read no others than the first two."""
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
    """Makes what the other commands need, such as node_modules/, in directories that .gitignore ignores."""
    build: str = ""
    lint: str = ""
    unit: str = ""
    """Leaves JUnit XML as {out}/*.xml, and {out}/coverage.json (coverage.py) or coverage-summary.json (istanbul)."""
    integration: str = ""
    """Finds the service's address in BASE_URL and SERVICE_URL; leaves JUnit XML as {out}/*.xml."""
    routes: str = ""
    """Prints the service's routes as JSON, `[{"method": "GET", "path": "/items/{id}"}]`."""
    migrate: str = ""
    """Brings the database that DATABASE_URL names to the newest schema."""


class Setup(Frozen):
    """What `[commands] setup` may reach, and what its result depends on."""

    registries: tuple[Registry, ...] = ()
    """Package registries that it may reach, by kind."""
    locks: tuple[str, ...] = (
        "**/pyproject.toml", "**/requirements*.txt", "**/requirements/*.txt", "**/*requirements.txt",
        "**/constraints*.txt", "**/poetry.lock", "**/uv.lock",
        "**/package.json", "**/package-lock.json", "**/pnpm-lock.yaml", "**/yarn.lock",
    )  # fmt: skip
    """Globs of the files that decide what it makes: it runs once for each state of them."""
    scripts: bool = False
    """Whether packages may run code of theirs while it runs for lock files that the branch changed."""


class Server(Frozen):
    start: str = ""
    """Starts the service on 127.0.0.1; `{port}` is replaced."""
    ready: str = "/"
    """A path that answers below 500 once the service is ready."""
    timeout: float = 30.0
    """Seconds to get ready in."""
    seed: str = ""
    """Run once the service is ready, with BASE_URL: what the measurements need to be there."""
    auth: str = ""
    """Prints the headers of an authenticated request, `Name: value` a line; run with BASE_URL after `seed`."""


class Services(Frozen):
    """Servers that the harness starts afresh for each run and removes: their addresses are in the environment."""

    postgres: bool = False
    """DATABASE_URL and PGHOST, PGPORT, PGUSER, PGDATABASE."""
    redis: bool = False
    """REDIS_URL."""


class Sources(Frozen):
    """Globs of the production code and of the tests; `!` takes out. Without a glob, the language's usual names."""

    paths: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


class Errors(Frozen):
    """Where errors have to be typed, and what types there are."""

    hierarchy: tuple[str, ...] = ()
    """Names of the project's own root error classes; empty means any class but the language's own; in Python, any but
    Exception and BaseException."""
    paths: tuple[str, ...] = ()
    """Globs of the code it applies to, such as services and controllers; empty means all production code."""


class Duplicates(Frozen):
    """What counts as a clone."""

    lines: int = Field(default=6, ge=3)
    tokens: int = Field(default=60, ge=20)


class Environment(Frozen):
    """Where environment variables that the code reads are documented."""

    documents: tuple[str, ...] = ("README.md", "docs/**", "**/.env.example", "**/.env.sample")


class Migrations(Frozen):
    """Globs of the numbered migrations, and of the files that define the tables; empty means that there is none."""

    paths: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


class Documents(Frozen):
    """glob of an interface -> globs of the documents of which one has to change with it."""

    map: dict[str, tuple[str, ...]] = {}


class Dependencies(Frozen):
    """Whether the packages of the lock files are looked up among the known vulnerabilities; it needs a network."""

    audit: bool = False


class Mutation(Frozen):
    """Whether changed lines are mutated, and how many mutants the tests have to kill, in per cent."""

    enabled: bool = False
    minimum: float = 60


class Waiver(Frozen):
    """A finding that the CEO lets pass for a time. It counts from the base branch alone and is shown at approvals."""

    rule: str = Field(pattern=r"^[\w.:/@-]+$", description="a rule as a finding names it, such as coverage-branches")
    """A rule as a gate names it, such as `coverage-branches`."""
    path: str = ""
    """A glob of the finding's file; empty where the finding has none."""
    reason: str = Field(min_length=8, pattern=r"\w.*\w", description="a reason in words, of at least 8 characters")
    expires: date
    """The last day, in UTC, on which it counts."""


class Thresholds(Frozen):
    """Per cent; coverage must be strictly greater."""

    statements: float = Field(default=80, ge=0, lt=100)
    branches: float = Field(default=80, ge=0, lt=100)
    functions: float = Field(default=80, ge=0, lt=100)
    lines: float = Field(default=80, ge=0, lt=100)


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
    develop: str = Field(default="develop", pattern=BRANCH, description="the name of a branch")
    main: str = Field(default="main", pattern=BRANCH, description="the name of a branch")
    remote: str = Field(
        default="", pattern=r"^([A-Za-z0-9][\w.-]*)?$", description="the name of a remote, such as origin"
    )
    """The remote whose develop counts; empty means the local one."""


class Review(Frozen):
    """Criteria of each review, as id: what it asks. `tests` and `architecture` are asked of contributions alone."""

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
    tests: dict[str, str] = {
        "rules": "Each rule of the specification has a test that fails when the rule is broken.",
        "edges": "Null, empty and invalid input, and both sides of every limit, are tried.",
        "honesty": "No test is skipped, weakened or removed without a reason that the specification gives.",
    }
    architecture: dict[str, str] = {
        "layering": "The layers of the code base are kept; no layer reaches past the next one.",
        "errors": "The error hierarchy is kept, and what is added to it belongs there.",
        "auth": "Authentication and authorization are no weaker than before.",
        "dependencies": "A new dependency is needed, kept up, and its licence fits.",
        "deployment": "What is deployed, and where, changes only where the branch says so and why.",
    }
    release: dict[str, str] = {
        "whole": "The changes fit each other; none undoes or contradicts another.",
        "upgrade": "Data and clients that exist go on working, or the notes say what they have to do.",
        "notes": "The notes name everything that users will notice.",
    }


class NotProvokable(Frozen):
    operation: str
    """`METHOD /path`."""
    status: Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
    """As the document has it: `404`, `4XX` or `default`."""
    reason: str


class Operations(Frozen):
    not_provokable: tuple[NotProvokable, ...] = ()


class Architecture(Frozen):
    """Globs of the architectural surface, by kind of item."""

    surface: dict[str, tuple[str, ...]] = {
        "dependency": (
            "**/pyproject.toml", "**/requirements*.txt", "**/setup.cfg", "**/setup.py", "**/poetry.lock", "**/uv.lock",
            "**/*requirements.txt", "**/requirements/*.txt", "**/requirements*.in", "**/requirements/*.in",
            "**/package.json", "**/package-lock.json", "**/pnpm-lock.yaml", "**/yarn.lock",
            "**/Pipfile*",
        ),
        "auth": (
            "**/auth*", "**/auth*/**", "**/security*", "**/permissions*", "**/middleware/jwt*", "**/jwt*",
            "**/guards/**", "**/session*", "**/oauth*", "**/rbac/**", "**/acl*", "**/acl/**", "**/iam/**",
            "**/sso*", "**/saml*", "**/oidc*", "**/login*", "**/password*",
        ),
        "errors": (
            "**/errors.py", "**/errors.ts", "**/exceptions.py", "**/errors/**", "**/exceptions/**", "**/error.ts",
            "**/exc.py", "**/exceptions.ts", "**/errors.mts", "**/errors.js", "**/errors.mjs", "**/*_errors.py",
            "**/*-errors.ts", "**/*-error.ts", "**/*.error.ts", "**/*.exception.ts",
        ),
        "deployment": (
            "**/Dockerfile*", "**/docker-compose*", "**/*.tf", "deploy/**", "k8s/**", "helm/**", "**/compose*.y*ml",
            "kubernetes/**", "charts/**", "infra/**", "terraform/**", "**/k8s/**", "**/kubernetes/**", "**/helm/**",
            "**/Chart.y*ml", "**/kustomization.y*ml", "**/fly.toml", "**/serverless.y*ml", "**/Procfile",
            "**/Containerfile*", "**/*.Dockerfile", "**/skaffold.y*ml", "**/*.tfvars", "**/*.bicep", "**/*.nomad",
            "**/Pulumi*.y*ml", "**/cdk.json", "**/vercel.json", "**/netlify.toml", "**/render.y*ml",
        ),
    }  # fmt: skip
    layers: dict[str, tuple[str, ...]] = {
        glob: ("SQL", "pg", "mysql2", "sqlite3", "knex", "typeorm", "@prisma/client", "psycopg", "psycopg2", "asyncpg",
               "aiosqlite", "pymysql", "redis", "ioredis")
        for glob in ("**/controllers/**", "**/*.controller.ts", "**/*.controller.js", "**/*_controller.py")
    }  # fmt: skip
    """glob of a layer -> what its files may not take: a module, a glob of files, or `SQL` for statements in strings."""


class Budget(Frozen):
    """US dollars."""

    change: float = Field(default=25.0, gt=0)


class Changelog(Frozen):
    path: str = "CHANGELOG.md"


class Release(Frozen):
    """How develop becomes main."""

    mode: Literal["merge", "fast-forward"] = "merge"
    tag: str = Field(
        default="v{version}",
        pattern=r"^([\w./-]*\{version\}[\w./-]*)?$",
        description="the name of a tag with {version} in it, or empty for none",
    )
    """The tag's name; empty for none."""


class Config(Frozen):
    """The whole of harness.toml; every key is optional."""

    project: Project = Project()
    spec: Spec = Spec()
    commands: Commands = Commands()
    setup: Setup = Setup()
    server: Server = Server()
    thresholds: Thresholds = Thresholds()
    latency: Latency = Latency()
    git: Git = Git()
    review: Review = Review()
    operations: Operations = Operations()
    architecture: Architecture = Architecture()
    budget: Budget = Budget()
    changelog: Changelog = Changelog()
    release: Release = Release()
    services: Services = Services()
    sources: Sources = Sources()
    errors: Errors = Errors()
    duplicates: Duplicates = Duplicates()
    environment: Environment = Environment()
    migrations: Migrations = Migrations()
    documents: Documents = Documents()
    dependencies: Dependencies = Dependencies()
    mutation: Mutation = Mutation()
    waivers: tuple[Waiver, ...] = ()
    secrets: Secrets = Secrets()

    @property
    def digest(self) -> str:
        """SHA-256 of what the file sets; a default that a later version adds changes no digest on a record."""
        return digest(self.model_dump(mode="json", exclude_unset=True))


def parse(text: str) -> Config:
    """The configuration in `text` (TOML); raises Mistake with all that is wrong."""
    try:
        return Config.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise Mistake(f"{FILE} is not TOML: {error}") from error
    except ValidationError as error:
        raise Mistake(misfits(FILE, Config, error)) from error
