"""A server by others: mcp-server-time over its pipes."""

import sys
from pathlib import Path

from agent_brain.core.items import FaultKind, OutcomeStatus
from agent_brain.tools.mcp.server import McpServer
from tools.mcp.serving import observe, opened

TIME = McpServer(command=str(Path(sys.executable).with_name("mcp-server-time")), args=["--local-timezone", "UTC"])


async def test_it_tells_the_time_and_what_was_wrong() -> None:
    async with opened(TIME) as box:
        assert [spec.name for spec in box.specs] == ["get_current_time", "convert_time"]

        told = await observe(box, "convert_time", source_timezone="UTC", time="12:00", target_timezone="Asia/Tokyo")
        wrong = await observe(box, "get_current_time", timezone="Mars")
        missing = await observe(box, "get_current_time")

        assert '"time_difference": "+9.0h"' in told.text
        assert (wrong.status, wrong.fault) == (OutcomeStatus.FAILED, None)
        assert "Mars" in wrong.text
        assert (missing.fault, missing.text) == (FaultKind.WRONG_ARGUMENTS, "wrong arguments:\n- timezone: missing")
