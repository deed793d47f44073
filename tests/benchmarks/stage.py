"""A stage of 200 turns: `harness run` beside a plain loop on the same SDK. `python -m tests.benchmarks.stage`.

Both talk to a scripted endpoint in this process, which never waits, and look at the same file in every turn. The
figures are those of each client's own process, read from outside; what it starts is not counted. The plain loop sends
the same system, tools and first message, since it takes them from the harness's first request.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.llm import pricing
from tests import target
from tests.benchmarks.figures import Figure, show
from tests.benchmarks.long import TURNS, Script, repository
from tests.benchmarks.watched import Watched, harness
from tests.endpoint import Endpoint

PARKED = 3


@dataclass(frozen=True, slots=True)
class Side:
    """One client's figures: CPU in seconds, memory in megabytes."""

    whole: float
    """From its start to its end."""
    first: float
    """From its start to its first request."""
    loop: float
    """From its first request to its last."""
    turn20: float
    turn200: float
    peak: float
    exit: float
    """Seconds of wall time from the last answer to the end."""
    requests: tuple[dict[str, Any], ...]
    used: dict[str, int]
    connections: int


def drive(command: Sequence[str], folder: Path, *, code: int, turns: int = TURNS) -> Side:
    """Run one client to its end; RuntimeError if it does not end as it should. `URL` stands for the address."""
    started: list[Watched] = []
    script = Script(turns, driver=lambda: started[0])
    with Endpoint(script) as endpoint:
        env = {"ANTHROPIC_BASE_URL": endpoint.url, "ANTHROPIC_API_KEY": "any"}
        started.append(Watched([part.replace("URL", endpoint.url) for part in command], folder, env))
        done = started[0].wait()
        if done.code != code or endpoint.refused:
            raise RuntimeError(f"ended with {done.code}: {done.said[-2000:]} {endpoint.refused[:1]}")
        at = script.cpu
        return Side(
            whole=done.cpu,
            first=at[0],
            loop=at[-1] - at[0],
            turn20=_slope(at, 20),
            turn200=_slope(at, turns - 10),
            peak=script.peak,
            exit=done.at - script.last,
            requests=tuple(endpoint.requests),
            used=dict(endpoint.used),
            connections=endpoint.connections,
        )


def _slope(at: Sequence[float], turn: int) -> float:
    """Seconds of CPU a turn, over the twenty turns around `turn`; 0 where there are none."""
    first, last = max(turn - 10, 0), min(turn + 10, len(at) - 1)
    return (at[last] - at[first]) / (last - first) if last > first else 0.0


def journal(top: Path) -> tuple[float, float]:
    """(bytes of the journal's file a turn, the same without the bodies): the content of answers and of results."""
    with sqlite3.connect(top / ".git" / "harness" / "journal.db") as db:
        db.execute("pragma wal_checkpoint(truncate)")
        rows = [json.loads(body) for (body,) in db.execute("select body from entries")]
    db.close()
    bodies = 0
    for row in rows:
        if row["type"] == "answered" and row["kind"] == "model":
            bodies += len(json.dumps(row["answer"]["content"], separators=(",", ":"), ensure_ascii=False).encode())
        elif row["type"] == "answered" and row["kind"] == "tool":
            bodies += len(json.dumps(row["answer"]["text"], ensure_ascii=False).encode())
    size = (top / ".git" / "harness" / "journal.db").stat().st_size
    return size / TURNS, (size - bodies) / TURNS


def cost(side: Side, endpoint_usage: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """(billed, ideal) US dollars of the prompts: ideal writes every token once, for 5 minutes, and reads it after.

    ideal = sum over calls of (P[n] - P[n-1]) * write price + P[n-1] * read price, P[n] being the tokens of prompt n.
    Output costs the same in both, and is part of both.
    """
    prices = pricing.load()
    model = str(side.requests[0]["model"])
    found = prices.find(model)
    assert found is not None
    billed = ideal = 0.0
    before = 0
    for usage in endpoint_usage:
        billed += prices.cost(model, usage) or 0.0
        prompt = usage["input_tokens"] + usage["cache_read_input_tokens"] + usage["cache_creation_input_tokens"]
        rates = found.at(prompt)
        ideal += (
            (prompt - before) * rates.write_5m + before * rates.read + usage["output_tokens"] * rates.output
        ) / 1e6
        before = prompt
    return billed, ideal


def usages(top: Path) -> list[dict[str, Any]]:
    """The usage of every call, as the endpoint reported it and the journal keeps it."""
    with sqlite3.connect(top / ".git" / "harness" / "journal.db") as db:
        rows = [json.loads(body) for (body,) in db.execute("select body from entries order by seq")]
    db.close()
    return [row["answer"]["usage"] for row in rows if row["type"] == "answered" and row["kind"] == "model"]


def plain(requests: Sequence[dict[str, Any]], folder: Path, top: Path, turns: int = TURNS) -> Side:
    """The plain loop, with what the harness sent at first."""
    fixed = {**requests[0], "messages": requests[0]["messages"][:1]}
    fixed.pop("stream")
    (folder / "first.json").write_text(json.dumps(fixed))
    command = [sys.executable, "-m", "tests.benchmarks.plain", "URL", str(folder / "first.json"), str(top)]
    return drive(command, folder, code=0, turns=turns)


def starts(rounds: int) -> tuple[float, float]:
    """CPU seconds up to the first request, of the harness and of the plain loop: the least of many short runs."""
    ours, theirs = list[float](), list[float]()
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            top = repository(folder / "repository")
            side = drive(harness("run", target.CHANGE), top, code=PARKED, turns=0)
            ours.append(side.first)
            theirs.append(plain(side.requests, folder, top, turns=0).first)
    return min(ours), min(theirs)


def heads() -> dict[str, int]:
    """Tokens (a quarter of the characters) of system and tools, by role, in a run through all stages."""
    most: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as name, Endpoint(target.Team()) as endpoint:
        top = target.make(Path(name) / "repository")
        code = (
            "import sys; from pathlib import Path; from tests import target; from harness import app; "
            "from harness.site import site; s = site(Path('.').absolute()); "
            "app.run(s, app.change_of(s, target.CHANGE), target.screen())"
        )
        env = {"ANTHROPIC_BASE_URL": endpoint.url, "ANTHROPIC_API_KEY": "any"}
        done = Watched([sys.executable, "-c", code], top, env).wait()
        if done.code:
            raise RuntimeError(done.said[-2000:])
        for request in endpoint.requests:
            system = "".join(block["text"] for block in request["system"])
            role = system.split("\n", 1)[0][:60]
            tools = json.dumps(request["tools"], ensure_ascii=False, separators=(",", ":"))
            most[role] = max(most.get(role, 0), (len(system) + len(tools)) // 4)
    return most


def figures(rounds: int) -> list[Figure]:
    """Both sides in turn, `rounds` times; the least of each figure, since other work on the machine only adds."""
    ours, theirs, sizes, money = list[Side](), list[Side](), (0.0, 0.0), (0.0, 0.0)
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            top = repository(folder / "repository")
            ours.append(drive(harness("run", target.CHANGE), top, code=PARKED))
            sizes, money = journal(top), cost(ours[-1], usages(top))
            theirs.append(plain(ours[-1].requests, folder, top))
    first, other = starts(3 * rounds)
    start = Figure("CPU to the first request / plain loop", first / other, "x", 1.15, f"{first:.2f} s / {other:.2f} s")
    return [start, *_rows(ours, theirs, sizes, money)]


def _rows(ours: list[Side], theirs: list[Side], sizes: tuple[float, float], money: tuple[float, float]) -> list[Figure]:
    def both(name: str) -> tuple[float, float]:
        return min(getattr(side, name) for side in ours), min(getattr(side, name) for side in theirs)

    rows = []
    for name, title in {"whole": "CPU, start to exit", "loop": "CPU, first to last request"}.items():
        a, b = both(name)
        rows.append(Figure(f"{title} / plain loop", a / b, "x", 1.0, f"{a:.2f} s / {b:.2f} s"))
    grows, plain_grows = (both("turn200")[k] / both("turn20")[k] for k in (0, 1))
    a, b = both("turn200")
    note = f"{both('turn20')[0] * 1e3:.2f} -> {a * 1e3:.2f} ms; plain {plain_grows:.2f}x, {b * 1e3:.2f} ms"
    rows.append(Figure("CPU a turn at 200 / at 20", grows, "x", 1.5, note))
    rows.append(Figure("last answer to exit", both("exit")[0], "s", 0.1, f"plain {both('exit')[1]:.2f} s"))
    rows.append(Figure("peak memory", both("peak")[0], "MB", 100, f"plain {both('peak')[1]:.0f} MB"))
    rows.append(
        Figure("journal a turn, bodies left out", sizes[1] / 1000, "kB", 4, f"{sizes[0] / 1000:.2f} kB with them")
    )
    calls = len(ours[-1].requests)
    rows.append(
        Figure(
            "requests a turn", calls / (TURNS + 1), "", 1.0, f"{calls} requests, {ours[-1].connections} connection(s)"
        )
    )
    rows.append(Figure("billed / ideal cost", money[0] / money[1], "x", 1.02, f"${money[0]:.3f} / ${money[1]:.3f}"))
    return rows


def fixed() -> list[Figure]:
    """The fixed part of each role's prompt."""
    return [Figure(f"fixed prompt: {role}"[:58], tokens, "tokens", 3000) for role, tokens in heads().items()]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    show(f"a stage of {TURNS} turns", [*figures(args.rounds), *fixed()])


if __name__ == "__main__":
    main()
