"""The running service answers as the approved spec says, whatever it is sent: asked by schemathesis."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.config import Config
from harness.domain.gate import Finding, GateResult
from harness.gates.bundle import Api
from harness.gates.client import Heard, client
from harness.gates.operation import Operation, Routes, operations, secured
from harness.gates.recorded import standard
from harness.gates.report import tail, unrun
from harness.gates.result import blocked, finding, judged
from harness.gates.sampled import mounted
from harness.gates.schemathesis import (
    COMMAND,
    CONFIG,
    MARK,
    SPEC,
    Campaign,
    Failure,
    campaign,
    cleaned,
    headers,
    keys,
    settings,
)
from harness.gates.service import Failed, Running, ended, serving, unstartable
from harness.gates.strict import strict
from harness.gates.unlocked import unlocked
from harness.ports import Bench, Limits, Sandbox, Subject

NAME = "conformance"
LIMITS = Limits(wall=900.0, cpu=900)
SHORT = Limits(wall=120.0, cpu=120)
_REFUSED = (401, 403)
MOST_FAULTS = 20


class Unmeasured(Exception):
    """The service could not be asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A whole run against one fresh service."""

    heard: Heard
    run: Campaign
    died: str
    """How the service ended while it was asked, or ''."""
    unlocked: tuple[tuple[Operation, int], ...] = ()
    """Operations that need credentials, and what they answered without."""


def ready(config: Config, sandbox: Sandbox) -> str:
    """Why the gate could not run, or ''."""
    why = unstartable(config, sandbox)
    if not why and not os.access(f"{sys.prefix}/bin/schemathesis", os.X_OK):
        why = "schemathesis is not installed beside the harness: `pip install '.[gates]'` in the harness's checkout"
    return why


def check(subject: Subject, bench: Bench) -> GateResult:
    """Start a fresh service, seed it, and let schemathesis ask it what the approved spec makes possible."""
    command = COMMAND.removeprefix("{tools}/")
    api = standard(NAME, subject, bench, ready(subject.config, bench.sandbox), command)
    if isinstance(api, GateResult):
        return api
    closed = [operation for operation in operations(api) if secured(api, operation)]
    if closed and not subject.config.server.auth.strip():
        text = (
            f"{closed[0].name} and {len(closed) - 1} more operations need credentials: set [server] auth to a command "
            "that prints their headers, `Name: value` a line, for the service at BASE_URL"
            if len(closed) > 1
            else f"{closed[0].name} needs credentials: set [server] auth to a command that prints its headers, "
            "`Name: value` a line, for the service at BASE_URL"
        )
        return blocked(NAME, subject, text, command=command)
    try:
        asked, secrets = _run(subject, bench, api, closed)
        over = _over(api, asked, closed)
        if over is not None:
            # What ends the session of whoever asks comes last.
            asked, secrets = _run(subject, bench, api, closed, over)
    except Failed as error:
        found = [finding("conformance-service", f"{error}; its log ends: {error.log or '(nothing)'}")]
        return judged(NAME, subject, found, command=command)
    except Unmeasured as error:
        return blocked(NAME, subject, str(error), command=command)
    return _judged(subject, bench, api, asked, secrets, closed)


def _run(
    subject: Subject, bench: Bench, api: Api, closed: list[Operation], over: Operation | None = None
) -> tuple[Asked, dict[str, str]]:
    """(one run against a fresh service, the headers that were credentials). Raises Failed and Unmeasured."""
    with serving(subject, bench) as service:
        secrets = _prepared(subject, bench, service)
        prefix = mounted(api, service.socket)
        heard = _asked(api, bench, service.socket, secrets, prefix, over)
        seen = _statuses(api, heard)
        # What was answered with credentials, schemathesis asks without.
        unseen = [each for each in closed if not any(200 <= status < 300 for status in seen[each.name])]
        opened = tuple(unlocked(api, unseen, service.socket, prefix)) if service.process.running else ()
        died = "" if service.process.running else f"{ended(service.stop())}; its log ends: {service.log()}"
    return Asked(heard, campaign(heard.reports, heard.url, secrets), cleaned(died, secrets), opened), secrets


def _over(api: Api, asked: Asked, closed: list[Operation]) -> Operation | None:
    """The operation after whose success the credentials opened nothing any more, as a log-out does."""
    if asked.died or not _unreached(api, _statuses(api, asked.heard), closed):
        return None
    routes, names = Routes(api), {each.name for each in closed}
    last: Operation | None = None
    for exchange in asked.heard.exchanges:
        operation = routes.find(exchange.method, exchange.path)
        if operation and operation.name in names and exchange.good:
            last = operation
    return last


def _prepared(subject: Subject, bench: Bench, service: Running) -> dict[str, str]:
    """Run `[server] seed` and `[server] auth`; the headers that the latter printed. Raises Unmeasured."""
    server = subject.config.server
    for key, shell in (("seed", server.seed), ("auth", server.auth)):
        if not shell.strip():
            continue
        with bench.checkout(subject.tree) as tree:
            outcome = client(bench, service.socket, shell, tree, limits=SHORT, joined=service.tests).outcome
        if outcome.code or outcome.limit:
            # What it printed may be credentials.
            said = "" if key == "auth" else f": {tail(outcome.output, 600)}"
            raise Unmeasured(f"[server] {key} failed ({ended(outcome)}){said}")
        if key == "auth":
            found = headers(outcome.output)
            if not found:
                raise Unmeasured("[server] auth printed no header; it has to print `Name: value` a line")
            return found
    return {}


def _asked(
    api: Api, bench: Bench, service: Path, secrets: Mapping[str, str], prefix: str, over: Operation | None
) -> Heard:
    """Let schemathesis ask the service. It works in a directory that holds nothing of the repository."""
    known, rest = keys(api, secrets)
    spec = json.dumps(_ordered(strict(api), over))
    with bench.scratch() as work:
        for name, text in ((CONFIG, settings(rest, known, ordered=over is not None)), (SPEC, spec)):
            (work / name).write_text(text, encoding="utf-8")
        shell = COMMAND.replace("{base}", prefix)
        return client(bench, service, shell, work, tool=True, hidden=MARK, limits=LIMITS)


def _ordered(document: dict[str, Any], over: Operation | None) -> dict[str, Any]:
    """The document with one operation at its end."""
    if over is None:
        return document
    paths = dict(document["paths"])
    item = dict(paths.pop(over.path))
    method = over.method.lower()
    if method in item:
        item[method] = item.pop(method)
    return {**document, "paths": {**paths, over.path: item}}


def _judged(
    subject: Subject, bench: Bench, api: Api, asked: Asked, secrets: Mapping[str, str], closed: list[Operation]
) -> GateResult:
    heard, run = asked.heard, asked.run
    command = COMMAND.removeprefix("{tools}/")
    seen = _statuses(api, heard)
    figures: dict[str, float | int | str] = {"requests": len(heard.exchanges), "cases": run.cases}
    figures |= {"operations": run.tested, "failures": len(run.failures)}
    for name, statuses in seen.items():
        figures[f"{name} statuses"] = ", ".join(f"{status}: {n}" for status, n in sorted(statuses.items()))
    evidence = bench.keep(_evidence(heard, secrets))
    # 502 is the proxy's word where the service had none; its own reason says more.
    mute = bool(heard.faults) and all(exchange.status != 502 for exchange in heard.exchanges)
    found = [_finding(api, row) for row in run.failures if not (mute and row.status == "502")]
    if not asked.died:
        found += [finding("conformance-answer", cleaned(text, secrets)) for text in heard.faults[:MOST_FAULTS]]
    found += [_open(api, operation, status) for operation, status in asked.unlocked]
    if asked.died:
        found.insert(0, finding("conformance-service", f"the service died while it was asked ({asked.died})"))
    why = unrun(heard.outcome, "schemathesis") or run.fault
    refused = "" if why else _unreached(api, seen, closed)
    if asked.died or (found and not heard.outcome.limit):
        found += [finding("conformance-unreached", refused)] if refused else []
        return judged(NAME, subject, found, command=command, figures=figures, evidence=evidence)
    if why:
        said = tail(cleaned(heard.outcome.output, secrets), 400)
        return blocked(NAME, subject, f"{why}; it said: {said}", command=command, figures=figures, evidence=evidence)
    if refused:
        return blocked(NAME, subject, refused, command=command, figures=figures, evidence=evidence)
    return judged(NAME, subject, found, command=command, figures=figures, evidence=evidence)


def _statuses(api: Api, heard: Heard) -> dict[str, Counter[int]]:
    """operation -> the statuses that it answered."""
    routes = Routes(api)
    out: dict[str, Counter[int]] = {operation.name: Counter() for operation in operations(api)}
    for exchange in heard.exchanges:
        operation = routes.find(exchange.method, exchange.path)
        if operation:
            out[operation.name][exchange.status] += 1
    return out


def _unreached(api: Api, seen: Mapping[str, Counter[int]], closed: list[Operation]) -> str:
    """Why refusals are all that was measured, or ''. schemathesis ends with 0 then."""
    silent = [name for name, statuses in seen.items() if not statuses]
    if silent:
        return f"{silent[0]} was not asked at all, and {len(silent) - 1} more operations"
    for operation in closed:
        if all(status in _REFUSED for status in seen[operation.name]):
            return f"{operation.name} answers nothing but 401 or 403: the headers of [server] auth do not open it"
    if not any(200 <= status < 400 for statuses in seen.values() for status in statuses):
        return "no operation answered anything but errors: put what it needs there with [server] seed"
    return ""


def _finding(api: Api, row: Failure) -> Finding:
    operation = next((each for each in operations(api) if each.name == row.operation), None)
    place = api.at(operation.at) if operation else (api.path, 0)
    status = f" answers {row.status}" if row.status else ""
    text = f"{row.operation}{status}: {row.title}: {row.said}"
    return finding("conformance-answer", f"{text}; {row.curl}" if row.curl else text, *place)


def _open(api: Api, operation: Operation, status: int) -> Finding:
    text = f"{operation.name} answers {status} without credentials, which the spec requires"
    return finding("conformance-answer", text, *api.at(operation.at))


def _evidence(heard: Heard, secrets: Mapping[str, str]) -> bytes:
    parts = [data for _, data in sorted(heard.reports.items())]
    text = b"\n".join(parts).decode(errors="replace") + "\n" + tail(heard.outcome.output, 20_000)
    return cleaned(text, secrets).encode("utf-8", "backslashreplace")
