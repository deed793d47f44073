"""Every delivery, by gate. One module a gate, named in MODULES; each has `DELIVERIES`."""

from __future__ import annotations

from tests.gates.corpus import (
    changelog,
    commits,
    conformance,
    docs,
    documents,
    drift,
    duplicates,
    environment,
    errors,
    inputs,
    latency,
    migrations,
    named,
    operations,
    scoped,
    secrets,
    services,
    spec,
    specified,
    suppressions,
    types,
)
from tests.gates.corpus.delivery import Delivery

MODULES = (
    changelog,
    specified,
    secrets,
    scoped,
    named,
    environment,
    documents,
    commits,
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
