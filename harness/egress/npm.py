"""The Node packages' registry: what npm on this machine is configured to use."""

from __future__ import annotations

import json
import os
from typing import Any

from harness.egress.host import Host, host_of, without_login
from harness.egress.source import Source, ask, only, pem, program
from harness.errors import Mistake

_SCOPE = ":registry"
_NOWHERE = ("--userconfig=/nonexistent/user", "--globalconfig=/nonexistent/global")
_BLANK = "npm_config_"


def npm() -> Source:
    """The registries and the hosts of their files; Mistake where npm, or a registry over https, is not to be had."""
    found = program(("npm",))
    if not found:
        raise Mistake("the registry `npm` is what npm is configured for, but npm is not installed: install it")
    told = _configuration(found[0])
    if told.get("https-proxy") or told.get("proxy"):
        raise Mistake("npm goes through a proxy, which the sandbox can't: configure a registry that needs none")
    urls = {key: without_login(str(value)) for key, value in told.items() if key.endswith(_SCOPE) and value}
    main = without_login(str(told.get("registry") or ""))
    hosts: list[Host | None] = []
    default = host_of(_default(found[0]))
    for url in (main, *urls.values()):
        host = host_of(url)
        hosts.append(host_of(url, own=host is not None and (default is None or host.name != default.name)))
    if hosts[0] is None:
        raise Mistake("npm's configuration names no registry over https: set `npm config set registry https://…`")
    hosts.append(host_of(_file(found[0])))
    certificates = _certificates(told)
    env = {
        "npm_config_registry": main,
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
        **{f"{_BLANK}{key}": url for key, url in urls.items()},
    }
    if certificates:
        env |= {f"{_BLANK}cafile": "{certificates}", "NODE_EXTRA_CA_CERTS": "{certificates}"}
    return Source(only(hosts), env, certificates)


def _configuration(program_: str) -> dict[str, Any]:
    """npm's settings by name; what is secret among them it does not tell."""
    try:
        told = json.loads(ask([program_, "config", "list", "--json"]))
    except ValueError as error:
        raise Mistake(f"npm's configuration can't be read: {error}") from error
    return told if isinstance(told, dict) else {}


def _default(program_: str) -> str:
    """The registry that npm would use if nobody had configured anything."""
    env = {key: value for key, value in os.environ.items() if not key.lower().startswith(_BLANK)}
    return ask([program_, "config", "get", "registry", *_NOWHERE], env).strip()


def _file(program_: str) -> str:
    """Where the registry keeps the files of the one package that it surely has, npm itself; '' where it has not."""
    try:
        return ask([program_, "view", "npm", "dist.tarball"]).strip()
    except Mistake:
        return ""


def _certificates(told: dict[str, Any]) -> bytes:
    """The authorities that npm, or Node under it, was told to trust."""
    ca = told.get("ca")
    inline = [ca] if isinstance(ca, str) else ca if isinstance(ca, list) else []
    parts = [str(text).replace("\\n", "\n").encode() for text in inline if text]
    named = [told.get("cafile"), os.environ.get("NODE_EXTRA_CA_CERTS")]
    parts += [pem(path) for path in dict.fromkeys(str(path) for path in named if path)]
    return b"\n".join(parts)
