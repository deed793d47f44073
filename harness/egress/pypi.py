"""The Python packages' index: what pip on this machine is configured to use."""

from __future__ import annotations

import json
import sys
from typing import Any

from harness.egress.host import host_of, without_login
from harness.egress.source import Source, ask, only, pem, program
from harness.errors import Mistake

_ASK = """
import json, os, sys
from html.parser import HTMLParser
from urllib.parse import urljoin
from urllib.request import getproxies
from pip._internal.commands import create_command
from pip._internal.models.index import PyPI

class Links(HTMLParser):
    found = []
    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.found += [value for name, value in attributes if name == "href" and value]

def page(session, index):
    # What lies where is asked for the one project that every index of pip's knows best: pip itself.
    accept = {"Accept": "application/vnd.pypi.simple.v1+json, text/html;q=0.5"}
    answer = session.get(index.rstrip("/") + "/pip/", headers=accept, timeout=20)
    urls = [step.url for step in answer.history] + [answer.url]
    if answer.status_code == 200 and "json" in answer.headers.get("Content-Type", ""):
        urls += [urljoin(answer.url, file["url"]) for file in answer.json()["files"]]
    elif answer.status_code == 200:
        links = Links()
        links.feed(answer.text)
        urls += [urljoin(answer.url, link) for link in links.found]
    elif answer.status_code in (401, 403):
        raise OSError("it answers %s" % answer.status_code)
    return sorted({"/".join(url.split("/")[:3]) for url in urls})

command = create_command("download")
options, _ = command.parse_args(["pip"])
indexes = [] if options.no_index else [options.index_url, *options.extra_index_urls]
rows = []
with command.main_context():
    session = command.get_default_session(options)
    for index in indexes:
        row = {"url": index, "places": [], "error": ""}
        if index.startswith("https:"):
            try:
                row["places"] = page(session, index)
            except Exception as error:
                row["error"] = "%s: %s" % (type(error).__name__, str(error)[:200])
        rows.append(row)
# These two weigh more with pip than its own setting.
bundles = [os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")]
cert = next((path for path in [*bundles, options.cert] if path), "")
proxy = options.proxy or getproxies().get("https", "")
print("\\n" + json.dumps({"default": PyPI.simple_url, "indexes": rows, "cert": cert, "proxy": proxy}))
"""
"""Runs in the Python that pip is installed for: pip's own code reads its configuration and speaks to its indexes."""


def pypi() -> Source:
    """The index and the host of its files; Mistake where pip, or an index over https, is not to be had."""
    said = _said()
    if said["proxy"]:
        raise Mistake("pip goes through a proxy, which the sandbox can't: configure an index that needs none")
    rows = [row for row in said["indexes"] if row["url"].startswith("https:")]
    if not rows:
        raise Mistake("pip's configuration names no index over https: set `pip config set global.index-url https://…`")
    default = host_of(said["default"])
    hosts = []
    for row in rows:
        index = host_of(row["url"])
        own = index is not None and (default is None or index.name != default.name)
        hosts.append(host_of(row["url"], own=own))
        if row["error"]:
            raise Mistake(f"pip's index {index.name if index else row['url']} can't be asked: {row['error']}")
        hosts += [host_of(place) for place in row["places"]]
    urls = [without_login(row["url"]) for row in rows]
    env = {"PIP_INDEX_URL": urls[0], "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_NO_CACHE_DIR": "1"}
    env |= {"PIP_EXTRA_INDEX_URL": " ".join(urls[1:])} if urls[1:] else {}
    env |= {"PIP_CERT": "{certificates}"} if said["cert"] else {}
    return Source(only(hosts), env, pem(said["cert"]) if said["cert"] else b"")


def _said() -> Any:
    """What pip says, by the first Python that has one."""
    why = "no Python with pip is on PATH"
    for python in dict.fromkeys([*program(("python3", "python")), sys.executable]):
        try:
            return json.loads(ask([python, "-c", _ASK]).strip().splitlines()[-1])
        except (Mistake, ValueError, IndexError) as error:
            why = str(error) or why
    raise Mistake(f"the registry `pypi` is what pip is configured for, but pip can't be asked: {why}; install pip")
