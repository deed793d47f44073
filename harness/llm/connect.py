"""The way to a model that does not cost a start that needs none."""

from __future__ import annotations

import gc

from harness.ports import Model


def connect(*, api_key: str | None, base_url: str | None) -> Model:
    """A Messages API endpoint; Mistake without a key.

    The vendor's package is thousands of modules. It is imported here and not before, with the collector off, as that
    would look through them again and again and find nothing; and frozen, so that it never looks through them later.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        from harness.llm.claude import Claude

        model = Claude(api_key=api_key, base_url=base_url)
        gc.freeze()
    finally:
        if collecting:
            gc.enable()
    return model
