"""The texts that commands write: from the target's own prompts where it has them, else from what ships."""

from __future__ import annotations

from collections.abc import Callable

from harness import prompting, shipped
from harness.cli.toolchain import text
from harness.site import Site


def words(site: Site) -> Callable[..., str]:
    """render(name, **facts), with the templates that lie in the user's working tree in the place of ours."""
    own = {f"prompts/{path.name}": text(path) for path in (site.top / "prompts").glob("*.md.j2")}
    return prompting.renderer(shipped.folder("prompts"), own)
