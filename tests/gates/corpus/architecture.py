"""The architecture list: ordinary work, of which nothing is listed, and what the CTO has to accept by name."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery, Files

_PROJECT = '[project]\nname = "acme"\nversion = "1.0"\ndependencies = ["httpx>=0.27"]\n'
_BASE: Files = {
    "pyproject.toml": _PROJECT,
    "requirements.txt": "httpx==0.27.2\nrich==13.9.4  # for tables\n",
    "src/acme/auth/tokens.py": "LIFE = 3600\n",
    "src/acme/controllers/items.py": "from acme.services import items\n",
    "src/acme/errors.py": "class AcmeError(Exception):\n    pass\n",
    "Dockerfile": "FROM python:3.12-slim\n",
    "package.json": '{"scripts": {"test": "npm run suite --", "suite": "node tools/suite.mjs src/a.ts"}}\n',
}
_LAYERS = '[architecture.layers]\n"src/acme/domain/**" = ["src/acme/web/**", "fastapi"]\n'


def _plain(name: str, files: Files, config: str = "") -> Delivery:
    return Delivery("architecture", name, files, _BASE, config)


def _item(name: str, files: Files, listed: str, config: str = "") -> Delivery:
    return Delivery("architecture", name, files, _BASE, config, listed=listed)


DELIVERIES = (
    _plain("code, tests and documents", {
        "src/acme/items.py": "ITEMS: list[str] = []\n", "tests/test_items.py": "assert 1\n", "docs/errors.md": "# E\n",
        "CHANGELOG.md": "- Items.\n", "openspec/changes/add-items/design.md": "# Auth and Dockerfile\n",
    }),
    _plain("another version and description", {
        "pyproject.toml": _PROJECT.replace('"1.0"', '"1.1"\ndescription = "Things"'),
        "requirements.txt": "rich==13.9.4\nhttpx==0.27.2\n",
    }),
    _plain("who wrote it", {"AUTHORS.md": "# Authors\n", "src/acme/authors.py": "NAMES = ()\n",
                            "src/acme/author/name.py": "NAME = ''\n"}),
    _plain("a module of which the tests' command takes coverage", {"src/acme/items.py": "ITEMS: list[str] = []\n"},
           "[commands]\nunit = \"jest --collectCoverageFrom='src/acme/items.py' && pytest --cov=src/acme/items.py\"\n"),
    _item("a script that the tests' command runs", {"tests/run.py": "x = 1\n"}, "protected: tests/run.py added",
          "[commands]\nunit = \"coverage run --source=src/acme/items.py tests/run.py\"\n"),
    _plain("a layer that keeps to itself", {"src/acme/domain/price.py": "from acme.domain.tax import rate\n"}, _LAYERS),
    _item("a new dependency", {"pyproject.toml": _PROJECT.replace(">=0.27", '>=0.27", "redis>=5')},
          "dependency: pyproject.toml adds redis>=5"),
    _item("a dependency under another name and version",
          {"requirements.txt": "httpx==0.28.0\nRich==13.9.4\n"},
          "dependency: requirements.txt changes httpx==0.27.2 to httpx==0.28.0"),
    _item("a dependency gone", {"requirements.txt": "httpx==0.27.2\n"},
          "dependency: requirements.txt removes rich==13.9.4"),
    _item("a dependency in a folder of requirements", {"requirements/tests.in": "freezegun\n"},
          "dependency: requirements/tests.in adds freezegun"),
    _item("a pin in a folder of requirements", {"requirements/tests.txt": "freezegun==1.5\n"},
          "dependency: requirements/tests.txt adds freezegun==1.5"),
    _item("a dependency of developers", {"dev-requirements.txt": "freezegun\n"},
          "dependency: dev-requirements.txt adds freezegun"),
    _item("authentication", {"src/acme/auth/tokens.py": "LIFE = 7200\n"}, "auth: src/acme/auth/tokens.py changed"),
    _item("the hierarchy of errors", {"src/acme/errors.py": None}, "errors: src/acme/errors.py deleted"),
    _item("a hierarchy of errors by its short name", {"src/acme/db/exc.py": "class Lost(Exception):\n    pass\n"},
          "errors: src/acme/db/exc.py added"),
    _item("how it is deployed", {"Dockerfile": "FROM python:3.13-slim\n"}, "deployment: Dockerfile changed"),
    _item("SQL in a controller", {"src/acme/controllers/items.py": 'ALL = "SELECT id FROM items WHERE owner = %s"\n'},
          "layering: src/acme/controllers/items.py holds SQL"),
    _item("a layer that reaches up", {"src/acme/domain/price.py": "import fastapi\n"},
          "layering: src/acme/domain/price.py imports fastapi", _LAYERS),
    _item("a layer that reaches up within one of several packages",
          {"services/orders/src/shop/domain/price.py": "from shop.web import views\n",
           "services/orders/src/shop/web/views.py": "x = 1\n"},
          "layering: services/orders/src/shop/domain/price.py imports shop.web.views",
          '[architecture.layers]\n"**/domain/**" = ["**/web/**"]\n'),
    _item("what runs the tests behind a task", {"tools/suite.mjs": "process.exit(0);\n"},
          "protected: tools/suite.mjs added", '[commands]\nunit = "npm test -- {out}"\n'),
    _item("the hierarchy of errors in a file of another name",
          {"src/acme/failures.py": "class Root(Exception):\n    pass\n\n\nclass Gone(Root):\n    pass\n"},
          "errors: src/acme/failures.py added", '[errors]\nhierarchy = ["Root"]\n'),
    _item("what steers the tests", {"tests/conftest.py": "x = 1\n"}, "protected: tests/conftest.py added"),
    _item("settings of a linter", {"pyproject.toml": _PROJECT + "[tool.ruff]\nline-length = 200\n"},
          "protected: pyproject.toml changes [tool.ruff]"),
)  # fmt: skip
