"""Every delivery, by gate. One module a gate, named in MODULES; each has `DELIVERIES`."""

from __future__ import annotations

from tests.gates.corpus import (
    changelog,
    conformance,
    docs,
    drift,
    duplicates,
    errors,
    inputs,
    latency,
    migrations,
    operations,
    services,
    spec,
    suppressions,
    types,
)
from tests.gates.corpus.delivery import Delivery

MODULES = (
    changelog,
    conformance,
    docs,
    drift,
    duplicates,
    errors,
    inputs,
    latency,
    migrations,
    operations,
    services,
    spec,
    suppressions,
    types,
)
DELIVERIES: tuple[Delivery, ...] = tuple(each for module in MODULES for each in module.DELIVERIES)
