"""Renders prompts/*.md.j2. Strict: a fact that is missing is an error, not an empty place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, TemplateError, TemplateNotFound, UndefinedError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from harness.errors import Mistake


def strangers(shipped: Path, overrides: Mapping[str, str]) -> str:
    """The first fact that an overriding prompt asks for and no prompt is ever given, in a sentence, or ''."""
    if not any(name.startswith("prompts/") for name in overrides):
        return ""
    environment = Environment()
    known: set[str] = set()
    for path in shipped.glob("*.md.j2"):
        known |= meta.find_undeclared_variables(environment.parse(path.read_text(encoding="utf-8")))
    for name, text in overrides.items():
        if not name.startswith("prompts/"):
            continue
        try:
            asked = meta.find_undeclared_variables(environment.parse(text)) - known
        except TemplateError as error:
            return f"{name} can't be read: {error.message}"
        if asked:
            return f"{name} asks for {sorted(asked)[0]}, which no prompt is given; there are {', '.join(sorted(known))}"
    return ""


def renderer(shipped: Path, overrides: Mapping[str, str]) -> Callable[..., str]:
    """render(name, **facts): the prompt `name`, from the target's prompts/ where it has one, else from what ships."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in shipped.glob("*.md.j2")}
    texts |= {Path(path).name: text for path, text in overrides.items() if path.startswith("prompts/")}
    # a template of the target's is a program: it may read what it is given, and reach nothing behind it
    environment = ImmutableSandboxedEnvironment(
        loader=DictLoader(texts),
        undefined=StrictUndefined,
        autoescape=False,  # the output is Markdown for a model or a file, never HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

    def render(name: str, /, **facts: Any) -> str:
        try:
            return environment.get_template(f"{name}.md.j2").render(**facts)
        except TemplateNotFound as error:
            raise Mistake(f"there is no prompt {error.name}; put it in prompts/") from error
        except UndefinedError as error:
            raise Mistake(f"prompts/{name}.md.j2 needs a fact that it was not given: {error.message}") from error
        except TemplateError as error:
            raise Mistake(f"prompts/{name}.md.j2 can't be rendered: {error.message}") from error

    return render
