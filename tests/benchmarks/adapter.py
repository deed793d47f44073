"""What a long conversation costs the client: the adapter with a journal, against a plain streaming loop on the SDK.

`python -m tests.benchmarks.adapter` runs both sides in turn, each in a process of its own, with the scripted endpoint
in a third one, and prints CPU (user and system, of the client alone), how it grows, the CPU until the first answer, and
memory. `loop` is up to the last turn; `cpu` has the interpreter's end in it, which the adapter's side skips.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MODEL, TURNS, MOST = "claude-sonnet-5-5", 200, 16_000
SYSTEM = [
    {
        "type": "text",
        "text": "You develop with care, in small steps. " * 200,
        "cache_control": {"type": "ephemeral", "ttl": "1h"},
    }
]
TOOLS = [
    {
        "name": "view",
        "description": "Shows a file with line numbers.",
        "strict": True,
        "input_schema": {
            "type": "object",
            "properties": {"path": {"type": "string"}},
            "required": ["path"],
            "additionalProperties": False,
        },
    }
]
TASK = {"role": "user", "content": [{"type": "text", "text": "Read the files until you know what they do."}]}
EFFORT = {"effort": "high"}
SIDES = ("plain", "plain-dicts", "adapter")


class Meter:
    """CPU seconds of this process since its start, noted turn by turn."""

    def __init__(self) -> None:
        self.at: list[float] = []

    def turn(self) -> None:
        self.at.append(time.process_time())

    def report(self) -> dict[str, float]:
        """Seconds, and megabytes of peak memory."""

        def near(turn: int) -> float:
            first, last = max(turn - 11, 0), min(turn - 1, len(self.at) - 1)
            return (self.at[last] - self.at[first]) / (last - first)

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {
            "loop": self.at[-1],
            "first": self.at[0],
            "turn20": near(20),
            "turn200": near(len(self.at)),
            "peak": peak,
        }


def view(folder: Path, path: str) -> str:
    """The tool of both sides: about 2 kB."""
    return "\n".join(f"{n:6}\t{line}" for n, line in enumerate((folder / path).read_text().splitlines(), 1))


def results(content: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    """The user turn that answers the tool calls in `content`."""
    done = [
        {"type": "tool_result", "tool_use_id": block["id"], "content": view(folder, block["input"]["path"])}
        for block in content
        if block["type"] == "tool_use"
    ]
    return {"role": "user", "content": done}


def plain(url: str, folder: Path, meter: Meter, *, dicts: bool) -> None:
    """A loop as the SDK's documentation has it; with `dicts`, its history is plain values and not the SDK's blocks."""
    import anthropic

    client = anthropic.Anthropic(api_key="any", base_url=url)
    messages: list[Any] = [TASK]
    for _ in range(TURNS):
        with client.messages.stream(
            model=MODEL,
            max_tokens=MOST,
            system=SYSTEM,  # type: ignore[arg-type]
            tools=TOOLS,  # type: ignore[arg-type]
            messages=messages,
            output_config=EFFORT,  # type: ignore[arg-type]
            cache_control={"type": "ephemeral"},
        ) as stream:
            message = stream.get_final_message()
        blocks = [block.to_dict() for block in message.content]
        messages.append({"role": "assistant", "content": blocks if dicts else message.content})
        if message.stop_reason == "tool_use":
            messages.append(results(blocks, folder))
        meter.turn()


def adapter(url: str, folder: Path, meter: Meter) -> None:
    """The same through the adapter: each message encoded once, and on disk before it is used."""
    from harness.llm.connect import connect
    from harness.ports import Request

    model = connect(api_key="any", base_url=url)
    journal = sqlite3.connect(folder / "journal.db", isolation_level=None)
    journal.execute("pragma journal_mode=wal")
    journal.execute("pragma synchronous=full")
    journal.execute("create table entry (seq integer primary key, text blob not null)")
    messages: list[bytes] = []

    def append(message: dict[str, Any]) -> None:
        encoded = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        journal.execute("insert into entry (text) values (?)", (encoded,))
        messages.append(encoded)

    append(TASK)
    parts = {"system": SYSTEM, "tools": TOOLS, "output_config": EFFORT}
    head = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))[1:-1].encode()
    for _ in range(TURNS):
        request = Request("implement/1/1", MODEL, MOST, head, messages)
        reply = model.reply(request, fault=lambda fault: sys.exit(fault.what), progress=lambda text: None)
        append({"role": "assistant", "content": reply["content"]})
        if reply["stop_reason"] == "tool_use":
            append(results(reply["content"], folder))
        meter.turn()


def client(side: str, url: str) -> None:
    """One side, in this process; prints its figures, and ends as a program should that has nothing to tear down."""
    meter = Meter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = [f"def step_{n}(value: int) -> int:  # step {n} of many" for n in range(35)]
        (folder / "README.md").write_text("\n".join(lines))
        if side == "adapter":
            adapter(url, folder, meter)
        else:
            plain(url, folder, meter, dicts=side == "plain-dicts")
    print(json.dumps(meter.report()), flush=True)
    if side == "adapter":
        gc.disable()
        os._exit(0)


@contextmanager
def endpoint() -> Iterator[str]:
    """The scripted endpoint as a process; its address."""
    command = [sys.executable, "-m", "tests.endpoint", "--turns", str(TURNS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def measure(side: str) -> dict[str, float]:
    """Figures of one side, `cpu` being the whole process from start to end."""
    with endpoint() as url:
        command = [sys.executable, "-m", "tests.benchmarks.adapter", "--side", side, "--url", url]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu": cpu, **json.loads(done.stdout)}


def main() -> None:
    """Print the medians of both sides, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", choices=SIDES)
    parser.add_argument("--url")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    if args.side:
        return client(args.side, args.url)
    runs: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    for _ in range(args.rounds):
        for side in SIDES:
            runs[side].append(measure(side))
    median = {
        side: {name: statistics.median(run[name] for run in rows) for name in rows[0]} for side, rows in runs.items()
    }
    print(f"{TURNS} turns, medians of {args.rounds}  cpu s   loop s  first s  ms/turn@20  ms/turn@{TURNS}  peak MB")
    for side, row in median.items():
        cells = f"{row['cpu']:7.2f}  {row['loop']:7.2f}  {row['first']:7.2f}"
        print(f"{side:26}{cells}  {row['turn20'] * 1e3:10.2f}  {row['turn200'] * 1e3:11.2f}  {row['peak']:7.0f}")
    ours = median["adapter"]
    for side in SIDES[:-1]:
        print(f"adapter / {side}: cpu {ours['cpu'] / median[side]['cpu']:.2f}, ", end="")
        print(f"loop {ours['loop'] / median[side]['loop']:.2f}, ", end="")
        print(f"first answer {ours['first'] / median[side]['first']:.2f}, ", end="")
        print(f"peak memory {ours['peak'] / median[side]['peak']:.2f}")


if __name__ == "__main__":
    main()
