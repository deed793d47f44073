"""The tools, by name."""

from __future__ import annotations

from harness.ports import Tool
from harness.tools.ask_ceo import ASK_CEO
from harness.tools.bash import BASH
from harness.tools.copy import COPY
from harness.tools.create import CREATE
from harness.tools.insert import INSERT
from harness.tools.search import SEARCH
from harness.tools.str_replace import STR_REPLACE
from harness.tools.submit import SUBMIT
from harness.tools.view import VIEW

TOOLS: dict[str, Tool] = {
    tool.name: tool for tool in (VIEW, SEARCH, CREATE, COPY, STR_REPLACE, INSERT, BASH, SUBMIT, ASK_CEO)
}
