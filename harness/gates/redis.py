"""A private Redis from the machine's own program."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.errors import Mistake
from harness.gates import unix
from harness.gates.server import Beside, Role, Use

PACKAGES = "apt-get install redis-server"
_PROGRAM = "redis-server"
_MOST = 1 << 20
_CALLS = re.compile(r"cmdstat_(?P<command>[^:|]+)[^:]*:calls=(?P<calls>\d+)")
_IDLE = frozenset(
    {"hello", "auth", "client", "select", "ping", "echo", "info", "config", "command", "cluster", "readonly", "quit"}
    | {"reset", "acl", "role", "time", "debug", "monitor", "latency", "memory", "slowlog", "script", "wait", "dbsize"}
    | {"flushall", "flushdb"}
)
"""Commands that connections are made and kept with, and those by which tests clear up."""

_HOLDS = """
local function has(found)
  if type(found) == "table" then
    for _, each in ipairs(found) do if has(each) then return true end end
  elseif type(found) == "string" then
    for _, value in ipairs(ARGV) do if string.find(found, value, 1, true) then return true end end
  end
  return false
end
local read = {
  string = {"GET"}, hash = {"HGETALL"}, set = {"SMEMBERS"}, list = {"LRANGE", 0, -1}, zset = {"ZRANGE", 0, -1},
  stream = {"XRANGE", "-", "+"},
}
local number = 0
while not redis.pcall("SELECT", number).err do
  local cursor = "0"
  repeat
    local page = redis.call("SCAN", cursor)
    cursor = page[1]
    for _, key in ipairs(page[2]) do
      local how = read[redis.call("TYPE", key).ok]
      if has(key) or (how and has(redis.call(how[1], key, unpack(how, 2)))) then return 1 end
    end
  until cursor == "0"
  number = number + 1
end
return 0
"""


class Redis:
    """One fresh server that writes nothing to disk."""

    def __init__(self, port: int) -> None:
        """Mistake where the machine has no Redis."""
        why = absent()
        if why:
            raise Mistake(why)
        # As it is called, not where it lies: one program checks dumps under another name.
        program = Path(shutil.which(_PROGRAM) or "").absolute()
        self.name = "Redis"
        self.key = "redis"
        self.port = port
        self.socket = "redis.sock"
        self.read: tuple[Path, ...] = () if program.is_relative_to("/usr") else (program.parent.parent,)
        self.secret: Mapping[str, str] = {}
        self._program = program
        self._before = 0

    def shell(self, sockets: str, address: str) -> str:
        """Listens at the socket, and at the loopback where that is the only way."""
        network = f"--bind {address} --port {self.port}" if address else "--port 0"
        return (
            f"exec '{self._program}' --save '' --appendonly no --dir . --unixsocket '{sockets}/{self.socket}' "
            f"--unixsocketperm 777 --maxmemory 512mb --daemonize no {network}"
        )

    def ready(self, sockets: Path) -> bool:
        """Whether it answers."""
        try:
            return _ask(sockets / self.socket, "PING") == "PONG"
        except OSError:
            return False

    def env(self, role: Role) -> dict[str, str]:
        """REDIS_URL, REDIS_HOST and REDIS_PORT."""
        at = f"127.0.0.1:{self.port}"
        return {"REDIS_URL": f"redis://{at}/0", "REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(self.port)}

    def mark(self, beside: Beside) -> None:
        """Remember the counters."""
        self._before = self._calls(beside)

    def use(self, beside: Beside) -> Use:
        """Commands on keys and channels since `mark`."""
        return Use(self.name, "commands on keys", max(0, self._calls(beside) - self._before), None)

    def holds(self, beside: Beside, values: Iterable[str]) -> bool:
        """Whether a key, or what lies at one, has one of `values` in it, as text or as JSON writes it."""
        wanted = sorted({form for value in values for form in (value, json.dumps(value)[1:-1])})
        try:
            return bool(wanted) and _ask(beside.sockets / self.socket, "EVAL", _HOLDS, "0", *wanted) == "1"
        except OSError as error:
            raise Mistake(f"{self.name} does not tell what it holds: {beside.fault() or error}") from error

    def _calls(self, beside: Beside) -> int:
        try:
            said = _ask(beside.sockets / self.socket, "INFO", "commandstats")
        except OSError as error:
            raise Mistake(f"{self.name} does not answer: {beside.fault() or error}") from error
        return sum(int(row["calls"]) for row in _CALLS.finditer(said) if row["command"].lower() not in _IDLE)


def _ask(path: Path, *words: str) -> str:
    """The answer to a command, a status, a number or a text; OSError where there is none."""
    sent = [word.encode("utf-8", "surrogateescape") for word in words]
    with unix.connect(path, 10) as link, link.makefile("rb") as source:
        link.sendall(b"*%d\r\n" % len(sent) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in sent))
        first = source.readline(_MOST)
        if not first.endswith(b"\r\n") or first[:1] not in (b"+", b"$", b":") or not first[1:2].isalnum():
            raise OSError(f"an answer that is none: {first[:100]!r}")
        data = source.read(min(_MOST, int(first[1:]))) if first[:1] == b"$" else first[1:]
    return data.decode("utf-8", errors="replace").strip()


def absent() -> str:
    """What of Redis this machine lacks and how it gets it, or ''."""
    found = shutil.which(_PROGRAM)
    return "" if found else f"[services] redis needs {_PROGRAM}, which is not found here: {PACKAGES}"
