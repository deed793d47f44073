"""Every delivery, by gate. One module a gate, or for gates of one kind, named in NAMES; each has `DELIVERIES`."""

from __future__ import annotations

from importlib import import_module

from tests.gates.corpus.delivery import Delivery

NAMES = """
architecture assertions changelog commands commits conformance coverage dependencies docs documents drift duplicates
environment errors inputs jest latency migrations mutation named operations reach regression scoped secrets
services spec specified styled suppressions tests types
"""
DELIVERIES: tuple[Delivery, ...] = tuple(
    each for name in NAMES.split() for each in import_module(f"tests.gates.corpus.{name}").DELIVERIES
)
