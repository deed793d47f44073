"""A source of advisories on the loopback: OSV's query for pip-audit, and npm's bulk endpoint for npm audit."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.egress.kit import over_tls

HOST = "localhost"
QUERY, BULK = "/v1/query", "/-/npm/v1/security/advisories/bulk"
Answer = Callable[[str, Any], tuple[int, bytes]]
"""(path, what was asked) -> (status, body)"""
PYTHON = {
    "jinja2": ("2.10.1", "PYSEC-2019-217", "CVE-2019-10906"),
    "flask": ("1.0", "PYSEC-2019-179", "CVE-2019-1010083"),
    "urllib3": ("1.26.5", "PYSEC-2021-108", "CVE-2021-33503"),
}
"""name -> (the first version without it, its number, the number by which most know it)"""
NODE = {
    "lodash": ("4.17.21", 1106913, "GHSA-35jh-r3h4-6jhm", "Command Injection in lodash"),
    "minimist": ("1.2.6", 1097678, "GHSA-xvch-5gv4-984h", "Prototype Pollution in minimist"),
}


def order(version: str) -> tuple[int, ...]:
    """Enough of an order for the versions that the deliveries pin."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def known(path: str, asked: Any) -> tuple[int, bytes]:
    """What the public sources say, of the packages above alone."""
    if path == QUERY:
        name, version = asked["package"]["name"], asked["version"]
        fixed, number, alias = PYTHON.get(name, ("0", "", ""))
        return 200, json.dumps(
            {"vulns": [{
                "id": number, "aliases": [alias], "summary": f"A fault of {name}.", "modified": "2024-01-01T00:00:00Z",
                "affected": [{
                    "package": {"name": name, "ecosystem": "PyPI"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
                }],
            }]} if order(version) < order(fixed) else {}
        ).encode()  # fmt: skip
    if path == BULK:
        found = {
            name: [{
                "id": number, "url": f"https://github.com/advisories/{known_as}", "title": title, "severity": "high",
                "vulnerable_versions": f"<{fixed}", "cwe": [], "cvss": {"score": 0, "vectorString": None},
            }]
            for name, (fixed, number, known_as, title) in NODE.items()
            if any(order(version) < order(fixed) for version in asked.get(name, ()))
        }  # fmt: skip
        return 200, json.dumps(found).encode()
    return 404, b'{"error": "not found"}'


@contextmanager
def serving(folder: Path, answer: Answer = known) -> Iterator[Mapping[str, str]]:
    """The environment of a user who has configured pip-audit and npm for a source of their own that answers so."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._say(*answer(self.path, None))

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            data = gzip.decompress(data) if self.headers.get("Content-Encoding") == "gzip" else data
            self._say(*answer(self.path, json.loads(data)))

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    with over_tls(folder, HOST, Handler) as (port, cert):
        at = f"https://{HOST}:{port}"
        yield {
            "PIP_AUDIT_VULNERABILITY_SERVICE": "osv", "PIP_AUDIT_OSV_URL": f"{at}{QUERY}",
            "REQUESTS_CA_BUNDLE": str(cert), "npm_config_registry": f"{at}/", "npm_config_cafile": str(cert),
        }  # fmt: skip


@contextmanager
def configured(folder: Path, answer: Answer = known) -> Iterator[None]:
    """This process's environment is that of such a user."""
    with serving(folder, answer) as env, patch.dict(os.environ, dict(env)):
        yield
