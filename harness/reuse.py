"""Takes a gate's result from an earlier measurement of the same: the same commit, configuration, sandbox and tools."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

import harness
from harness.adapters import Adapters
from harness.beside import works
from harness.config import Config
from harness.domain.digest import digest
from harness.domain.gate import GateResult
from harness.domain.secret import in_use, scrubbed
from harness.errors import HarnessError
from harness.flow.measures import OUTSIDE, TIMED
from harness.gates.kept import Kept, basis
from harness.journal.blobs import Blobs
from harness.ports import Bench, Gate, Subject
from harness.sandbox.fingerprint import TooLarge, programs, system, toolchains
from harness.sandbox.toolchain import unseen

SECONDS = 2.0
"""For so long the tools of the machine are taken to be as they were."""
PROGRAMS = ("git", "node", "postgres", "redis-server")
"""Programs that the harness itself looks for on the path."""
LEVELS = (2, 3)
"""Levels of the sandbox at which no command can write what is kept."""


@dataclass
class Reuse:
    """The results that one repository keeps."""

    adapters: Adapters
    failed: bool = False
    """Whether a failure is taken, too, and a measurement of time. In a run neither is: the first may have been the
    machine's, and the second always is."""
    fresh: bool = False
    """Whether everything is measured again."""
    _lock: Lock = field(default_factory=Lock)
    _tools: dict[str, tuple[float, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        home = self.adapters.site.home
        self._kept = Kept(home / "results", Blobs(home / "blobs").holds)

    def gate(self, gate: Gate) -> Gate:
        """The gate, which looks first whether this was measured before."""
        if gate.name in OUTSIDE or (gate.name in TIMED and not self.failed):
            return gate
        return replace(gate, check=lambda subject, bench: self._check(gate, subject, bench))

    def _check(self, gate: Gate, subject: Subject, bench: Bench) -> GateResult:
        key = self._key(gate, subject, bench)
        known = self._kept.get(key, subject) if key and not self.fresh else None
        if known is not None and (known.passed or self.failed):
            return known
        told = scrubbed(gate.check(subject, bench).model_dump(mode="json"), in_use(os.environ))
        result = GateResult.model_validate(told)
        works().check()
        # What was installed meanwhile may have had a part in it.
        if key and key == self._key(gate, subject, bench):
            self._kept.put(key, result)
        return result

    def _key(self, gate: Gate, subject: Subject, bench: Bench) -> str:
        """What the result is known by; '' where that can't be said."""
        if self.adapters.sandbox.level not in LEVELS:
            return ""
        try:
            return basis(gate.name, subject, bench, self._surroundings(subject.config, subject.tree))
        except (HarnessError, OSError, TooLarge):
            return ""

    def _surroundings(self, config: Config, tree: str) -> str:
        sandbox = self.adapters.sandbox
        outfit = self.adapters.equipment.outfitter(config).key(tree)
        own = [harness.__version__, sys.version]
        return digest([*own, sandbox.level, sandbox.network, self._machine(config), outfit])

    def _machine(self, config: Config) -> str:
        """The tools of the machine and the harness's own code and rules, looked at every other second at most."""
        with self._lock:
            at, known = self._tools.get(config.digest, (0.0, ""))
            if not known or time.monotonic() - at > SECONDS:
                named = self.adapters.environment(config)
                apart = unseen(Path(named)) if named else ()
                directories = [*self.adapters.mounts(config), Path(sys.prefix), Path(harness.__file__).parent]
                known = digest([system(), programs(PROGRAMS), toolchains(directories, apart)])
                self._tools[config.digest] = (time.monotonic(), known)
            return known
