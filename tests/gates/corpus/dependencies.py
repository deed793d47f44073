"""Packages that a branch brings, looked up at a source of advisories on the loopback by pip-audit and npm audit."""

from __future__ import annotations

import json

from tests.gates.corpus.delivery import Delivery, Files, Need

_GATE = "dependencies"
_CONFIG = '[dependencies]\naudit = true\n[setup]\nregistries = ["pypi", "npm"]\n'
_PINNED = "flask==3.1.0\njinja2==3.1.6 --hash=sha256:aa\nurllib3==2.5.0 ; python_version >= '3.9'\n"
_UV = """version = 1

[[package]]
name = "shop"
version = "0.1.0"
source = { editable = "." }

[[package]]
name = "Jinja2"
version = "3.1.6"
source = { registry = "https://packages.example/simple" }
"""
_PROJECT = '[project]\nname = "shop"\nversion = "0.1.0"\ndependencies = ["jinja2>=3"]\n'
_PACKAGE = json.dumps({"name": "shop", "dependencies": {"express": "^4.0.0"}})


_LONG = ("a lock of pnpm in place of npm's", "by another name, for development", "needed, but not locked")
"""Each takes seconds; unit tests show the same of the files."""


def _lock(*rows: tuple[str, str], **more: object) -> str:
    """package-lock.json with packages at places below node_modules."""
    packages = {f"node_modules/{place}": {"version": version} for place, version in rows}
    return json.dumps({"name": "shop", "lockfileVersion": 3, "packages": {"": {"name": "shop"}, **packages, **more}})


_NODE = _lock(("express", "4.21.2"))
_NODE_BASE = {"package.json": _PACKAGE, "package-lock.json": _NODE}
_LODASH = json.dumps({"name": "shop", "dependencies": {"express": "^4.0.0", "lodash": "^4.17.0"}})
_YARN = """# yarn lockfile v1


express@^4.0.0:
  version "4.21.2"
  resolved "https://packages.example/express/-/express-4.21.2.tgz#aa"

{name}:
  version "{version}"
  resolved "https://packages.example/lodash/-/lodash-{version}.tgz#bb"
"""
_PNPM = """lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      lodash:
        specifier: ^4.17.0
        version: {version}

packages:

  '@types/node@22.10.1':
    resolution: {{integrity: sha512-aa}}

  lodash@{version}:
    resolution: {{integrity: sha512-bb}}

snapshots:

  lodash@{version}: {{}}
"""


def _audited(
    name: str,
    files: Files,
    base: Files | None = None,
    *needs: Need,
    rule: str = "",
    at: str = "",
) -> Delivery:
    return Delivery(_GATE, name, files, base or {}, _CONFIG, rule=rule, at=at, needs=needs, long=name in _LONG)


def _bad(name: str, files: Files, at: str, base: Files | None = None, *needs: Need, rule: str = "") -> Delivery:
    return _audited(name, files, base, *needs, rule=rule or "dependencies-vulnerable", at=at)


DELIVERIES = (
    _audited("pinned requirements", {"requirements.txt": _PINNED, "requirements-dev.txt": "-r a.txt\n-e .\n"}),
    _audited("a lock of uv, with the project itself", {"uv.lock": _UV, "pyproject.toml": _PROJECT}),
    _audited("what develop has already", {"app.py": "x = 1\n"}, {"requirements.txt": "jinja2==2.10\n"}),
    _audited("ranges beside what pins them", {
        "requirements.txt": "flask>=3\nJinja2\n", "constraints.txt": _PINNED,
        "pyproject.toml": _PROJECT.replace('"]', '", "tomli>=2; python_version < \'3.11\'"]'),
    }),
    _audited("a lock of npm", {
        "package.json": _LODASH, "package-lock.json": _lock(("express", "4.21.2"), ("lodash", "4.17.21")),
    }, _NODE_BASE, "node"),
    _audited("a lock of pnpm in place of npm's", {
        "package.json": _LODASH, "package-lock.json": None, "pnpm-lock.yaml": _PNPM.format(version="4.17.21"),
    }, _NODE_BASE, "node"),
    _audited("a clean version beside develop's old one, and a workspace", {
        "package.json": json.dumps({"name": "shop", "dependencies": {"@shop/own": "*"}, "workspaces": ["own"]}),
        "package-lock.json": _lock(
            ("lodash", "4.17.20"), ("a/node_modules/lodash", "4.17.21"), own={"name": "@shop/own"},
            **{"node_modules/@shop/own": {"resolved": "own", "link": True}},
        ),
    }, {"package.json": "{}", "package-lock.json": _lock(("lodash", "4.17.20"))}, "node"),
    _bad("a vulnerable version", {"requirements.txt": "Flask==0.12\n"}, "requirements.txt",
         {"requirements.txt": "flask==3.1.0\n"}),
    _bad("one that another package needs", {"uv.lock": _UV.replace("3.1.6", "2.10")}, "uv.lock", {"uv.lock": _UV}),
    _bad("the vulnerable one of two versions", {
        "requirements.txt": "urllib3==1.26.4 ; python_version < '3'\nurllib3==2.5.0 ; python_version >= '3'\n",
    }, "requirements.txt"),
    _bad("settings of the branch that ignore it", {
        "requirements.txt": "jinja2==2.10  # nosec, pip-audit: ignore\n",
        "pip-audit.toml": 'ignore-vulns = ["CVE-2019-10906"]\n', ".pip-audit": "--ignore-vuln PYSEC-2019-217\n",
        "harness.toml": '[[waivers]]\nrule = "dependencies-vulnerable"\nreason = "it is ours"\nexpires = 2099-01-01\n',
    }, "requirements.txt"),
    _bad("in a file that the requirements take in", {
        "deploy/requirements.txt": "-r ../base.in\nflask==3.1.0\n", "base.in": "jinja2==2.10\n",
    }, "base.in"),
    _bad("a range alone", {"requirements.txt": "flask<1.0\n"}, "requirements.txt",
         {"requirements.txt": "flask==3.1.0\n"}, rule="dependencies-unpinned"),
    _bad("the lock file is gone", {"uv.lock": None}, "pyproject.toml", {
        "uv.lock": _UV, "pyproject.toml": _PROJECT, "docs/requirements.txt": "flask==3.1.0\n",
    }, rule="dependencies-unlocked"),
    _bad("needed, but not locked", {"pyproject.toml": _PROJECT.replace('"]', '", "flask<1"]')}, "pyproject.toml",
         {"uv.lock": _UV, "pyproject.toml": _PROJECT}, rule="dependencies-unlocked"),
    _bad("a vulnerable version of npm, of a package below another", {
        "package-lock.json": _lock(("express", "4.21.2"), ("express/node_modules/minimist", "1.2.5")),
        ".npmrc": "audit=false\naudit-level=none\nomit=dev\n",
    }, "package-lock.json", _NODE_BASE, "node"),
    _bad("by another name, for development", {
        "package.json": json.dumps({"devDependencies": {"good": "npm:lodash@4.17.20"}}),
        "package-lock.json": _lock(**{"node_modules/good": {"name": "lodash", "version": "4.17.20", "dev": True}}),
    }, "package-lock.json", _NODE_BASE, "node"),
    _bad("a range that yarn resolves so", {
        "package.json": _LODASH, "yarn.lock": _YARN.format(name="lodash@^4.17.0", version="4.17.15"),
    }, "yarn.lock", {"package.json": _PACKAGE}, "node"),
    _bad("a range that pnpm resolves so", {"pnpm-lock.yaml": _PNPM.format(version="4.17.20")}, "pnpm-lock.yaml",
         {"package.json": _LODASH, "pnpm-lock.yaml": _PNPM.format(version="4.17.21")}, "node"),
    _bad("npm's lock file is gone", {"package-lock.json": None}, "package.json", _NODE_BASE, "node",
         rule="dependencies-unlocked"),
)  # fmt: skip
