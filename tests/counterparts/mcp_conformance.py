"""What the MCP conformance suite drives as a client: opens the server at the URL given last and calls all its tools.

conformance client --command "python tests/counterparts/mcp_conformance.py" --scenario tools_call
"""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import aclosing
from itertools import count
from typing import Any

from agent_brain.core.items import Action
from agent_brain.core.ports import Question
from agent_brain.tools.mcp.server import McpServer
from agent_brain.tools.mcp.toolbox import McpToolbox


def make_args(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A number for each number that is wanted, and a word for all else."""
    numbers = count(3)
    rules = schema.get("properties", {})
    return {
        name: next(numbers) if rule.get("type") in ("number", "integer") else "word" for name, rule in rules.items()
    }


async def call(box: McpToolbox, action: Action) -> None:
    """One call; what the server asks is replied to with an empty form, for which the defaults count."""
    stream = box.call(action, "conformance:1")
    while True:
        async with aclosing(stream) as pieces:
            last = [piece async for piece in pieces][-1]
        print(action.name, last)
        if not isinstance(last, Question):
            return
        stream = box.answer(action, "conformance:1", last.token, {})


async def main(url: str) -> None:
    """All tools of the server."""
    box = McpToolbox([], [McpServer(url=url)])
    try:
        await box.open()
        for spec in box.specs:
            await call(box, Action(name=spec.name, args=make_args(spec.parameters)))
    finally:
        await box.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[-1]))
