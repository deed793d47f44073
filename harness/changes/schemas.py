"""Workflow schemas: the repository's own and the one that ships."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from harness.changes.files import Unusable, folders
from harness.changes.root import Root
from harness.changes.yaml import Unparsable, load
from harness.openspec.script import by_unit
from harness.openspec.workflow import Artifact, Workflow, problem, workflow

SHIPPED = Path(__file__).parent / "schemas"


def own(root: Root) -> Path:
    return root.openspec / "schemas"


def names(root: Root) -> list[str]:
    """All schemas' names, the repository's and the shipped ones, sorted."""
    found = {n for n in folders(own(root)) if (own(root) / n / "schema.yaml").is_file()}
    return sorted(found | set(folders(SHIPPED)), key=by_unit)


def folder(root: Root, name: str) -> Path | None:
    """The folder of a schema; the repository's own comes first."""
    if name not in names(root):
        return None
    return own(root) / name if (own(root) / name / "schema.yaml").is_file() else SHIPPED / name


def file(home: Path) -> Path:
    """The file of the schema in that folder."""
    return home / ("schema.json" if home.parent == SHIPPED else "schema.yaml")


def parsed(path: Path) -> Any:
    """A schema file's data; Unparsable if it is not YAML. The shipped one is kept as JSON, which costs no parser."""
    if path.suffix == ".json":
        return json.loads(path.read_bytes())
    return load(path.read_bytes().decode("utf-8", errors="replace"))


def resolve(root: Root, name: str) -> tuple[Workflow, Path]:
    """(workflow, its folder); Unusable if there is no such schema or it is not in order."""
    home = folder(root, name)
    if home is None:
        name = re.sub(r"\.ya?ml\Z", "", name)
        home = folder(root, name)
    if home is None:
        raise Unusable(f"Schema '{name}' not found. Available schemas: {', '.join(names(root))}")
    path = file(home)
    try:
        data = parsed(path)
    except Unparsable as error:
        raise Unusable(f"Failed to parse schema at '{path}': {error}") from error
    if wrong := problem(data):
        raise Unusable(f"Invalid schema at '{path}': {wrong}")
    return workflow(data), home


def known(root: Root, name: str) -> str:
    """The name of a schema that a change's metadata or the settings give; Unusable if there is none of that name."""
    if name not in names(root):
        raise Unusable(f"Unknown schema '{name}'. Available: {', '.join(names(root))}")
    return name


def demand(root: Root, name: str) -> None:
    """Unusable if there is no schema that somebody asked for by name."""
    if name not in names(root):
        listed = "\n".join(f"  {each}" for each in names(root))
        raise Unusable(f"Schema '{name}' not found. Available schemas:\n{listed}")


def template(home: Path, artifact: Artifact) -> str:
    """The text that an artifact starts from."""
    path = home / "templates" / artifact.template
    if not path.is_file():
        raise Unusable(f"Template not found: {path}")
    return path.read_bytes().decode("utf-8", errors="replace")
