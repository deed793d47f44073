"""Every delivery, by gate. One module a gate, named in MODULES; each has `DELIVERIES`."""

from __future__ import annotations

from tests.gates.corpus import changelog, commits, documents, environment, named, scoped, secrets, specified
from tests.gates.corpus.delivery import Delivery

MODULES = (changelog, commits, documents, environment, named, scoped, secrets, specified)
DELIVERIES: tuple[Delivery, ...] = tuple(each for module in MODULES for each in module.DELIVERIES)
