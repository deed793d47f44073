"""Documents that go with an interface: kept up in some way, or left behind."""

from __future__ import annotations

from tests.gates.corpus.delivery import Delivery

_GATE, _RULE = "documents", "documents-stale"
_CONFIG = (
    '[documents.map]\n"src/services/**" = ["docs/engineering/**"]\n"app/api/*.py" = ["docs/api.md", "README.md"]\n'
)
_BASE = {
    "src/services/agent.ts": "export const one = 1;\n",
    "app/api/items.py": "def items(): ...\n",
    "docs/engineering/services.md": "# Services\n\nOne.\n",
    "docs/api.md": "# API\n",
    "README.md": "# Sample\n",
}
_KEYS = {"app/keys.py": "ONE = 1\n", "docs/keys.rst": "Keys\n====\n\nOne.\n"}
_RST = '[documents.map]\n"app/keys.py" = ["docs/*.rst"]\n'
_NEW = {"src/services/agent.ts": "export const two = 2;\n"}


def _left(name: str, files: dict[str, str | bytes | None], at: str, config: str = _CONFIG) -> Delivery:
    """An interface whose documents stayed as they were."""
    return Delivery(_GATE, name, files, _BASE | _KEYS, config, rule=_RULE, at=at)


def _rst(text: str) -> dict[str, str | bytes | None]:
    """A changed interface whose document is in reStructuredText."""
    return {"app/keys.py": "TWO = 2\n", "docs/keys.rst": text}


DELIVERIES = (
    Delivery(_GATE, "described", {**_NEW, "docs/engineering/services.md": "# Services\n\nOne, two.\n"}, _BASE, _CONFIG),
    Delivery(_GATE, "described in a new document", {**_NEW, "docs/engineering/agents.md": "Two.\n"}, _BASE, _CONFIG),
    Delivery(
        _GATE, "one of two is enough", {"app/api/tags.py": "def tags(): ...\n", "README.md": "# Sample\n\nTags.\n"},
        _BASE, _CONFIG,
    ),
    Delivery(_GATE, "no interface touched", {"src/util.ts": "export {};\n"}, _BASE, _CONFIG),
    Delivery(
        _GATE, "a document below the interface", {"src/services/README.md": "Services.\n"}, _BASE,
        '[documents.map]\n"src/services/**" = ["src/services/*.md"]\n',
    ),
    Delivery(
        _GATE, "another version in an API document", {**_NEW, "docs/engineering/api.yaml": "version: 2\n"},
        _BASE | {"docs/engineering/api.yaml": "version: 1\n"}, _CONFIG,
    ),
    Delivery(
        _GATE, "described in Chinese", {**_NEW, "docs/engineering/services.md": "# Services\n\nOne.\n\n服务\n"}, _BASE,
        _CONFIG,
    ),
    _left(
        "a comment that nobody sees", {**_NEW, "docs/engineering/services.md": "# Services\n\nOne.\n<!-- two -->\n"},
        "src/services/agent.ts",
    ),
    _left(
        "punctuation alone", {**_NEW, "docs/engineering/services.md": "# Services\n\n**One**!\n\n---\n"},
        "src/services/agent.ts",
    ),
    _left(
        "a comment of reStructuredText", _rst("Keys\n====\n\nOne.\n\n.. two is told\n\n   of here\n"),
        "app/keys.py", _RST,
    ),
    _left(
        "a comment of reStructuredText below its dots", _rst("Keys\n====\n\nOne.\n\n..\n   two is told here\n"),
        "app/keys.py", _RST,
    ),
    Delivery(
        _GATE, "a directive of reStructuredText", _rst("Keys\n====\n\nOne.\n\n.. autofunction:: two\n\n   More.\n"),
        _BASE | _KEYS, _RST,
    ),
    Delivery(
        _GATE, "words below a comment of reStructuredText", _rst("Keys\n====\n\nOne.\n\n.. see keys\n\nTwo.\n"),
        _BASE | _KEYS, _RST,
    ),
    _left("a picture alone", {**_NEW, "docs/engineering/b.png": b"\x89PNG\r\n\0\0ab"}, "src/services/agent.ts"),
    _left("one character", {**_NEW, "docs/engineering/b.md": "x\n"}, "src/services/agent.ts"),
    Delivery(
        _GATE, "words that say nothing of it", {**_NEW, "docs/engineering/services.md": "# Services\n\nOne. Nice.\n"},
        _BASE, _CONFIG, beyond="whether words describe what changed is for readers: the review is asked for it",
    ),
    _left("nothing said", dict(_NEW), "src/services/agent.ts"),
    _left("a new file", {"src/services/b.ts": "export {};\n"}, "src/services/b.ts"),
    _left("a deleted file", {"src/services/agent.ts": None}, "src/services/agent.ts"),
    _left(
        "white space alone", {**_NEW, "docs/engineering/services.md": "#  Services\n\n\nOne.  \n\n"},
        "src/services/agent.ts",
    ),
    _left("an empty document", {**_NEW, "docs/engineering/b.md": "\n"}, "src/services/agent.ts"),
    _left("another document", {**_NEW, "docs/api.md": "# API\n\nTwo.\n"}, "src/services/agent.ts"),
    _left("the document is deleted", {**_NEW, "docs/engineering/services.md": None}, "src/services/agent.ts"),
)  # fmt: skip
