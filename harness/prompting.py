"""Renders prompts/*.md.j2. Strict: a fact that is missing is an error, not an empty place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, TemplateError, TemplateNotFound, UndefinedError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from harness.domain import display
from harness.domain.vocabulary import marked, unproven
from harness.errors import Mistake

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
RECORDS = frozenset(
    {
        "pull-request",
        "qa-report",
        "decisions",
        "gates",
        "confirmations",
        "summary",
        "authorization",
        "confirmation",
        "review",
    }
)
"""Prompts that are Markdown for people, besides every kind of minutes: a fact in them is one line of text unless the
prompt says otherwise."""
MESSAGES = frozenset({"merge-message", "release-message"})
"""Prompts that are commit messages."""


def strangers(shipped: Path, overrides: Mapping[str, str]) -> str:
    """The first fact that an overriding prompt asks for and no prompt is ever given, in a sentence, or ''."""
    if not any(name.startswith("prompts/") for name in overrides):
        return ""
    reader = environment(display.visible)
    known: set[str] = set()
    for path in shipped.glob("*.md.j2"):
        known |= meta.find_undeclared_variables(reader.parse(path.read_text(encoding="utf-8")))
    for name, text in overrides.items():
        if not name.startswith("prompts/"):
            continue
        try:
            asked = meta.find_undeclared_variables(reader.parse(text)) - known
        except TemplateError as error:
            return f"{name} can't be read: {error.message}"
        if asked:
            return f"{name} asks for {sorted(asked)[0]}, which no prompt is given; there are {', '.join(sorted(known))}"
    return ""


def renderer(shipped: Path, overrides: Mapping[str, str]) -> Callable[..., str]:
    """render(name, **facts): the prompt `name`, from the target's prompts/ where it has one, else from what ships."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in shipped.glob("*.md.j2")}
    texts |= {Path(path).name: text for path, text in overrides.items() if path.startswith("prompts/")}
    media, own = _environments(tuple(sorted(texts.items())))

    def render(name: str, /, **facts: Any) -> str:
        try:
            medium = _medium(name)
            if medium:
                _vouched(name, own.get_template(f"{name}.md.j2").render(**facts), facts)
            return media[medium].get_template(f"{name}.md.j2").render(**facts)
        except TemplateNotFound as error:
            raise Mistake(f"there is no prompt {error.name}; put it in prompts/") from error
        except UndefinedError as error:
            raise Mistake(f"prompts/{name}.md.j2 needs a fact that it was not given: {error.message}") from error
        except TemplateError as error:
            raise Mistake(f"prompts/{name}.md.j2 can't be rendered: {error.message}") from error

    return render


@lru_cache(maxsize=4)
def _environments(texts: tuple[tuple[str, str], ...]) -> tuple[dict[str, Environment], Environment]:
    """(by medium, what is left are the prompts' own words): made once for the same texts, as they compile slowly."""
    found = dict(texts)
    usual = {"record": display.line, "message": display.flat, "": display.visible}
    return {name: environment(shown, found) for name, shown in usual.items()}, environment(_own, found, taken=_own)


def _own(value: str, *given: Any) -> str:
    """Nothing of what a prompt is told but commits: what is left are the prompt's own words."""
    return value if _COMMIT.fullmatch(value) else "…"


def _vouched(name: str, own: str, facts: Mapping[str, Any]) -> None:
    """Mistake where the prompt's own words say that something was done, with no commit of the record beside them."""
    done = [act["commit"] for act in facts.get("acts", ()) if act["type"] == "completed"]
    done += [act.commit for _, act in getattr(facts.get("session"), "completed", ())]
    done += [facts["commit"]] if facts.get("outcome") == "success" else []
    said = unproven(own, done)
    if said:
        raise Mistake(
            f"prompts/{name}.md.j2 says {said[0]!r} with no commit of the record on the line; authorized is not done"
        )


def _medium(name: str) -> str:
    """record, message, or '' for what a model reads."""
    minutes = name.endswith("minutes") and not name.startswith("brief-")
    return "record" if minutes or name in RECORDS else "message" if name in MESSAGES else ""


def environment(
    usual: Callable[[str], str], texts: Mapping[str, str] | None = None, *, taken: Callable[..., str] | None = None
) -> Environment:
    """An environment in which every text that a prompt prints passes `usual`, unless one of the filters took it on.

    `taken` stands in the place of all of these filters.

    It is a sandbox, since a repository may bring prompts of its own: they can print facts, and reach nothing else.
    """
    made = ImmutableSandboxedEnvironment(
        loader=DictLoader(texts or {}),
        undefined=StrictUndefined,
        autoescape=False,  # the output is Markdown for a model or a file, never HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=partial(_shown, usual=usual),
    )
    for name in ("flat", "indented", "prose", "code", "body", "framed"):
        made.filters[name] = _taken(taken or getattr(display, name))
    made.filters["claimed"] = marked  # what it gives still has to pass another filter, or `usual`
    return made


def _shown(value: Any, usual: Callable[[str], str]) -> Any:
    """What a prompt prints: Markup was made fit for its place already."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else usual(value)


def _taken(made: Callable[..., str]) -> Callable[..., Markup]:
    """A filter of `harness/domain/display.py` whose result is printed as it is."""

    def apply(value: object, *given: Any) -> Markup:
        return Markup(made(str(value), *given))

    return apply
