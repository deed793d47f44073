"""rq-dashboard: a service in Python on Redis, whose develop pins what it needs in a file of requirements."""

from __future__ import annotations

from collections.abc import Iterator

from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.shop import CALLS
from tests.gates.public.package import Package, Published, Trial, papers, swapped, tried

_CONFIG = """[project]
name = "rq-dashboard"
language = "python"
[commands]
integration = "python tests/api.py {out}"
[server]
start = "python -m rq_dashboard --bind 127.0.0.1 --port {port} --redis-url $REDIS_URL"
ready = "/favicon.ico"
[services]
redis = true
[setup]
registries = ["pypi"]
[dependencies]
audit = true
"""
_PINS = "arrow==1.3.0\nflask==3.1.0\nredis==5.2.1\nredis-sentinel-url==1.0.1\nrq==1.16.2\n"
_CODE, _TESTS = "rq_dashboard/web.py", "tests/api.py"
_LISTED = "serialize_queues(instance_number, sorted(Queue.all(connection=current_app.redis_conn)))"
_CALLED = """
check("queues", json.loads(call("GET", "/0/data/queues.json")[1])["queues"] == [])
done()
"""
PAPERS = papers(
    "pages",
    "The pages are rendered by whatever version of the engine is there.",
    "The engine of the pages is pinned.",
    "Engine of the pages: The service SHALL render its pages by a pinned engine.",
    "the requirements are installed -> the engine has one version",
)


def deliveries(published: Published) -> Iterator[Delivery]:
    """Of the gates on dependencies and real services, an honest branch and a violation."""
    code = published.edited(_CODE, "return dict(queues=queues)", "return dict(queues=queues, count=len(queues))")
    trials = {
        "dependencies": Trial(
            {"requirements.txt": _PINS + "jinja2==2.10\n"}, "dependencies-vulnerable", "requirements.txt",
            also={"requirements.txt": _PINS + "jinja2==3.1.6\n"},
        ),
        "services": Trial({_CODE: swapped(code, f"queues = {_LISTED}", "queues = []")}, "services-unused"),
    }  # fmt: skip
    honest = {_CODE: code, "setup.py": published.edited("setup.py", "'arrow', ", "'arrow', 'Jinja2', ")}
    yield from tried(honest, trials, message="feat: count the queues", before=PAPERS)


PACKAGE = Package(
    "rq-dashboard", "0.8.2.2", "pypi", _CONFIG, (*_PINS.split(), "six==1.17.0"), deliveries,
    {"requirements.txt": _PINS, _TESTS: CALLS + _CALLED},
)  # fmt: skip
