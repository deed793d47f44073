"""postgraphile: a service in Node that makes GraphQL of a schema in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

from tests.gates.corpus.delivery import Delivery
from tests.gates.corpus.shop import CALLS
from tests.gates.public.package import Package, Published, Trial, papers, swapped, tried
from tests.gates.public.postgres import MIGRATE

_CODE, _TESTS = "build/postgraphile/http/createPostGraphileHttpRequestHandler.js", "tests/api.py"
_CONFIG = """[project]
name = "postgraphile"
language = "javascript"
[commands]
migrate = "python3 migrate.py sql"
integration = "python3 tests/api.py {out}"
[server]
start = "node cli.js --connection $DATABASE_URL --host 127.0.0.1 --port {port}"
ready = "/graphql"
[services]
postgres = true
"""
_CALLED = """
def ask(text):
    return json.loads(call("POST", "/graphql", {"query": text})[1])["data"]
made = ask('mutation { createItem(input: {item: {name: "a red pencil"}}) { item { id } } }')
check("made", made["createItem"]["item"]["id"] == 1)
check("kept", ask("{ itemById(id: 1) { name } }") == {"itemById": {"name": "a red pencil"}})
done()
"""
_HANDLER = "    const requestHandler = async (responseHandler, next) => {\n"
_STANDIN = """        if (responseHandler.getNodeServerRequest().method === 'POST') {
            const item = { id: 1, name: 'a red pencil' };
            let asked = '';
            for await (const part of responseHandler.getNodeServerRequest()) asked += part;
            const data = asked.includes('mutation') ? { createItem: { item } } : { itemById: { name: item.name } };
            responseHandler.getNodeServerResponse().end(JSON.stringify({ data }));
            return;
        }
"""
PAPERS = papers(
    "requests",
    "A proxy in front can't tell which instance answered.",
    "Each answer names the process that gave it.",
    "Name of the process: The service SHALL name its process in each answer.",
    "a query is sent -> the answer has the header X-Process",
)


def deliveries(published: Published) -> Iterator[Delivery]:
    """Of the gate on real services, an honest branch and a stand-in."""
    code, readme = published.text(_CODE), published.text("README.md")
    named = "        responseHandler.getNodeServerResponse().setHeader('X-Process', String(process.pid));\n"
    code = swapped(code, _HANDLER, _HANDLER + named)
    honest = {_CODE: code, "README.md": f"{readme}\nEach answer has a header `X-Process`.\n"}
    yield from tried(
        honest,
        {"services": Trial({_CODE: swapped(code, named, named + _STANDIN)}, "services-unused")},
        message="feat: name the process in each answer", before=PAPERS,
    )  # fmt: skip


PACKAGE = Package(
    "postgraphile", "4.14.1", "npm", _CONFIG, ("postgraphile@4.14.1",), deliveries,
    {
        "sql/001_items.sql": "CREATE TABLE items (id serial PRIMARY KEY, name text NOT NULL);\n",
        "migrate.py": MIGRATE, _TESTS: CALLS + _CALLED,
    },
)  # fmt: skip
