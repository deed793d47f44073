"""The source of advisories on Python's packages: what pip-audit on this machine is configured to ask."""

from __future__ import annotations

import os
from urllib.request import getproxies

from harness.egress.host import Host, host_of, without_login
from harness.egress.pypi import pypi
from harness.egress.source import Source, only, pem
from harness.errors import Mistake

SERVICE, URL = "PIP_AUDIT_VULNERABILITY_SERVICE", "PIP_AUDIT_OSV_URL"
_PYPI = Host("pypi.org")
"""The default service's host; pip-audit knows no other for it, whatever index pip has."""
_OSV = "https://api.osv.dev/v1/query"
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Where pip-audit finds the authorities that it trusts, the first that is set."""


def advisories() -> Source:
    """The host by pip-audit's own variables; Mistake where it is not to be had over https."""
    service = os.environ.get(SERVICE) or "pypi"
    if service == "pypi":
        index = pypi()
        return Source(only((*index.hosts, _PYPI)), {**index.env, SERVICE: service}, index.certificates)
    if service != "osv":
        raise Mistake(f"{SERVICE} is {service}; the sources that can be asked from inside are pypi and osv")
    if getproxies().get("https"):
        raise Mistake("pip-audit goes through a proxy, which the sandbox can't: configure a source that needs none")
    url = os.environ.get(URL) or _OSV
    host = host_of(url, own=url != _OSV)
    if host is None:
        raise Mistake(f"{URL} is no address over https: {without_login(url)[:200]}")
    bundle = next((path for name in _BUNDLES if (path := os.environ.get(name))), "")
    env = {SERVICE: service, URL: without_login(url), **({_BUNDLES[0]: "{certificates}"} if bundle else {})}
    return Source((host,), env, pem(bundle) if bundle else b"")
