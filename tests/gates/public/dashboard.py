"""rq-dashboard: a service in Python, whose develop pins what it needs in a file of requirements."""

from __future__ import annotations

from collections.abc import Iterator

from tests.gates.corpus.delivery import Delivery
from tests.gates.public.package import Package, Published, Trial, papers, tried

_CONFIG = """[project]
name = "rq-dashboard"
language = "python"
[setup]
registries = ["pypi"]
[dependencies]
audit = true
"""
_PINS = "arrow==1.3.0\nflask==3.1.0\nredis==5.2.1\nredis-sentinel-url==1.0.1\nrq==1.16.2\n"
PAPERS = papers(
    "pages",
    "The pages are rendered by whatever version of the engine is there.",
    "The engine of the pages is pinned.",
    "Engine of the pages: The service SHALL render its pages by a pinned engine.",
    "the requirements are installed -> the engine has one version",
)


def deliveries(published: Published) -> Iterator[Delivery]:
    """Of the gate on dependencies, an honest branch and a violation."""
    needs = published.edited("setup.py", "'arrow', ", "'arrow', 'Jinja2', ")
    trial = Trial(
        {"requirements.txt": _PINS + "jinja2==2.10\n"}, "dependencies-vulnerable", "requirements.txt",
        also={"requirements.txt": _PINS + "jinja2==3.1.6\n"},
    )  # fmt: skip
    yield from tried({"setup.py": needs}, {"dependencies": trial}, message="fix: pin the engine of the pages",
                     kind="fix", before=PAPERS)  # fmt: skip


PACKAGE = Package("rq-dashboard", "0.8.2.2", "pypi", _CONFIG, (), deliveries, {"requirements.txt": _PINS})
