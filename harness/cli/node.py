"""How a Node repository is built and tested."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from harness.cli.toolchain import Toolchain, text

LOCKS = {
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "bun.lock": "bun",
    "bun.lockb": "bun",
    "package-lock.json": "npm",
}
"""lock file -> package manager"""
_RUN = {"npm": "npx", "pnpm": "pnpm exec", "yarn": "yarn run", "bun": "bunx"}
"""How a package manager runs a program of the project."""
_BUILT = re.compile(r"(?:^|[\s/])(?:dist|build|lib|out)/")
"""Where a start script finds what only the build makes."""
_MENDS = re.compile(r"--(?:fix(?!-dry-run)|write)\b")
_VITEST = (
    "{run} vitest run --reporter=junit --outputFile={{out}}/unit.xml --coverage.enabled "
    "--coverage.reporter=json-summary --coverage.reporter=json --coverage.reportsDirectory={{out}} "
    "--coverage.clean=false"
)
_JEST = (
    "JEST_JUNIT_OUTPUT_DIR={{out}} {run} jest --ci --reporters=default --reporters=jest-junit --coverage "
    "--coverageReporters=json-summary --coverageReporters=json --coverageDirectory={{out}}"
)


def detect(top: Path) -> Toolchain | None:
    """The toolchain of a Node repository; None where `top` holds no package.json that can be read."""
    package = _package(top)
    if package is None:
        return None
    manager = next((name for lock, name in LOCKS.items() if (top / lock).is_file()), "npm")
    scripts = _table(package, "scripts")
    uses = {**_table(package, "dependencies"), **_table(package, "devDependencies")}
    typed = "typescript" in uses or (top / "tsconfig.json").is_file()
    apart = next((f"{name}/integration" for name in ("tests", "test") if (top / name / "integration").is_dir()), "")
    unit, notes = _unit(manager, scripts, uses, apart)
    if not _script(manager, scripts, "lint"):
        notes.append("package.json has no script `lint`: fill in [commands] lint")
    elif _MENDS.search(str(scripts["lint"])):
        notes.append("the script `lint` mends files, and the gate fails where it does: let [commands] lint only look")
    if not (top / "node_modules").is_dir():
        notes.append(f"there is no node_modules: run `{manager} install`, then set [project] environment to it")
    return Toolchain(
        name=str(package.get("name") or ""),
        language="typescript" if typed else "javascript",
        environment="node_modules" if (top / "node_modules").is_dir() else "",
        build=_script(manager, scripts, "build"),
        lint=_script(manager, scripts, "lint"),
        unit=unit,
        integration=_integration(manager, scripts, uses, apart),
        start=_start(manager, scripts),
        notes=tuple(notes),
    )


def _package(top: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(text(top / "package.json") or "null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _table(package: dict[str, Any], name: str) -> dict[str, Any]:
    found = package.get(name)
    return found if isinstance(found, dict) else {}


def _script(manager: str, scripts: dict[str, Any], name: str) -> str:
    return f"{manager} run {name}" if name in scripts else ""


def _start(manager: str, scripts: dict[str, Any]) -> str:
    """How the service is started; what it is built from first, since a clean checkout holds nothing that was built."""
    if "start" not in scripts:
        return ""
    built = "build" in scripts and _BUILT.search(str(scripts["start"]))
    return f"{f'{manager} run build && ' if built else ''}PORT={{port}} {manager} run start"


def _integration(manager: str, scripts: dict[str, Any], uses: dict[str, Any], apart: str) -> str:
    """The runner's own report of the tests in the folder `apart`; where either is not known, the project's script."""
    run = _RUN[manager]
    if apart and "vitest" in uses:
        return f"{run} vitest run --reporter=junit --outputFile={{out}}/integration.xml {apart}"
    if apart and "jest" in uses:
        return f"JEST_JUNIT_OUTPUT_DIR={{out}} {run} jest --ci --reporters=default --reporters=jest-junit {apart}"
    named = next((name for name in ("test:integration", "integration") if name in scripts), "")
    return f"{manager} run {named}" if named else ""


def _unit(manager: str, scripts: dict[str, Any], uses: dict[str, Any], apart: str) -> tuple[str, list[str]]:
    """(command, notes): the runner's own reports where it is known, else the project's own script. Tests in the folder
    `apart` need the service, and are left out."""
    run = _RUN[manager]
    if "vitest" in uses:
        lacking = [] if any(name.startswith("@vitest/coverage-") for name in uses) else ["@vitest/coverage-v8"]
        spared = f" --exclude '{apart}/**'" if apart else ""
        only = "@vitest/coverage-istanbul" in uses and "@vitest/coverage-v8" not in uses
        # without a provider vitest takes v8's, and asks for its package
        chosen = " --coverage.provider=istanbul" if only else ""
        command = _VITEST.format(run=run) + chosen + spared
        return command, [f"[commands] unit needs the package {name}" for name in lacking]
    if "jest" in uses:
        lacking = [] if "jest-junit" in uses else ["jest-junit"]
        spared = f" --testPathIgnorePatterns=/node_modules/ --testPathIgnorePatterns={apart}/" if apart else ""
        return _JEST.format(run=run) + spared, [f"[commands] unit needs the package {name}" for name in lacking]
    said = str(scripts.get("test", ""))
    if not said or "no test specified" in said:
        return "", ["package.json has no tests: fill in [commands] unit, or the tests can't be measured"]
    note = "[commands] unit has to leave JUnit XML and coverage-summary.json in {out}: add your test runner's options"
    return f"{manager} run test", [note]
