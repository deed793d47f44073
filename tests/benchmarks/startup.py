"""What a command costs that calls no model, beside loading click and rich. `python -m tests.benchmarks.startup`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests import target
from tests.benchmarks.figures import Figure, show
from tests.benchmarks.watched import Watched, cpu_of, environment, harness
from tests.endpoint import Endpoint

HEAVY = ("anthropic", "git", "jinja2", "yaml", "pathspec", "openapi_spec_validator", "pytest")
ROUNDS = 8
_DRIVE = """
from pathlib import Path
from harness import app
from harness.site import site
from tests import target
here = site(Path(".").absolute())
app.run(here, app.change_of(here, target.CHANGE), target.screen())
"""
_LOADED = """
import atexit, sys
atexit.register(lambda: print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr))
from harness.__main__ import main
sys.argv[0] = "harness"
main()
"""


def finished(folder: Path, endpoint: Endpoint) -> Path:
    """A repository in which the scripted team took a change from its proposal to the merge."""
    top = target.make(folder / "repository")
    env = {"ANTHROPIC_BASE_URL": endpoint.url, "ANTHROPIC_API_KEY": "any"}
    done = Watched([sys.executable, "-c", _DRIVE], top, env).wait()
    if done.code:
        raise RuntimeError(done.said[-2000:])
    return top


def loaded(args: Sequence[str], top: Path) -> list[str]:
    """Heavy packages that a command loads."""
    command = [sys.executable, "-c", _LOADED, *args]
    done = subprocess.run(command, cwd=top, env=environment({}), capture_output=True, text=True, check=True)
    return sorted(set(done.stderr.split()) & set(HEAVY))


def figures() -> list[Figure]:
    """CPU, children included, the least of several runs each; and how many heavy packages each command loads."""
    commands = {
        "--help": (["--help"], 2.0),
        "status": (["status"], 4.0),
        "status CHANGE": (["status", target.CHANGE], 4.0),
    }
    rows = []
    with tempfile.TemporaryDirectory() as name, Endpoint(target.Team()) as endpoint:
        top = finished(Path(name), endpoint)
        base = cpu_of([sys.executable, "-c", "import click, rich.console"], top, ROUNDS)
        for title, (args, most) in commands.items():
            used = cpu_of(harness(*args), top, ROUNDS)
            note = f"{used * 1e3:.0f} ms / {base * 1e3:.0f} ms"
            rows.append(Figure(f"harness {title}: CPU / import of click and rich", used / base, "x", most, note))
            found = loaded(args, top)
            rows.append(Figure(f"harness {title}: heavy packages loaded", len(found), "", 0, " ".join(found)))
    return rows


if __name__ == "__main__":
    show("commands without a model", figures())
