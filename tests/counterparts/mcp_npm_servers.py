"""Calls MCP servers by others, from npm, and prints what came of it; exits with 1 where that was not what it should be.

python -m counterparts.mcp_npm_servers [FOLDER of their programs] (in the folder tests)
"""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

from agent_brain.core.items import Action, Observation, OutcomeStatus
from agent_brain.core.tooling import Question
from agent_brain.tools.mcp.server import McpServer
from agent_brain.tools.mcp.toolbox import McpToolbox
from counterparts.npm import find_node, get_programs

PACKAGES = [f"@modelcontextprotocol/server-{name}" for name in ("everything", "filesystem", "memory")]
Pieces = list[str | Observation | Question]
CALLS_MAX = 3
FINISHED, FAILED = OutcomeStatus.FINISHED, OutcomeStatus.FAILED
Call = tuple[str, dict[str, Any], OutcomeStatus, str]
CALLS: list[Call] = [
    ("echo", {"message": "hi"}, FINISHED, "Echo: hi"),
    ("echo", {}, FAILED, "message: missing"),
    ("get-sum", {"a": 2, "b": 3}, FINISHED, "5"),
    ("get-tiny-image", {}, FINISHED, "[image, image/png, 4033 bytes, not shown]"),
    ("get-structured-content", {"location": "Chicago"}, FINISHED, '"temperature"'),
    ("get-resource-links", {"count": 1}, FINISHED, "[link to a resource: demo://"),
    ("get-resource-reference", {"resourceType": "Text", "resourceId": 1}, FINISHED, "[resource demo://"),
    ("nothing-like-it", {}, FAILED, "no tool called"),
    ("read_text_file", {"path": "FOLDER/a.txt"}, FINISHED, "hello"),
    ("read_text_file", {"path": "/etc/hostname"}, FAILED, "Access denied"),
    ("write_file", {"path": "FOLDER/b.txt", "content": "x"}, FINISHED, "Successfully wrote"),
    ("create_entities", {"entities": [{"name": "Ada", "entityType": "person", "observations": []}]}, FINISHED, "Ada"),
    ("read_graph", {}, FINISHED, "Ada"),
]


class Checks:
    """Prints each check, and remembers whether all were met."""

    is_met = True

    def note(self, what: str, *, is_met: bool, seen: object = "") -> None:
        """Take one down."""
        self.is_met = self.is_met and is_met
        print(f"{'ok    ' if is_met else 'FAILED'} {what}" + ("" if is_met else f": {seen!s:.300}"))


async def collect(stream: AsyncGenerator[str | Observation | Question, None]) -> Pieces:
    """Everything that a call tells."""
    async with aclosing(stream):
        return [piece async for piece in stream]


async def check_calls(box: McpToolbox, checks: Checks, folder: str, calls: Sequence[Call] = ()) -> None:
    """Each call has the outcome that it should have."""
    for name, args, status, said in calls or CALLS:
        args = {
            key: value.replace("FOLDER", folder) if isinstance(value, str) else value for key, value in args.items()
        }
        last = (await collect(box.call(Action(name=name, args=args), "1")))[-1]
        is_met = isinstance(last, Observation) and last.status is status and said in last.text
        checks.note(f"{name} {args}", is_met=is_met, seen=last)


async def check_course(box: McpToolbox, checks: Checks) -> None:
    """Progress, cancelling, and a question."""
    long = Action(name="trigger-long-running-operation", args={"duration": 0.4, "steps": 4})
    pieces = await collect(box.call(long, "1"))
    checks.note("progress", is_met=pieces[:-1] == [f"{step} of 4" for step in range(1, 5)], seen=pieces)

    slow = Action(name=long.name, args={"duration": 60, "steps": 60})
    task = asyncio.create_task(collect(box.call(slow, "1")))
    done, _ = await asyncio.wait({task}, timeout=0.2)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=1)
    checks.note("cancelled within a second", is_met=bool(done))

    asking = Action(name="trigger-elicitation-request", args={})
    asked = (await collect(box.call(asking, "1")))[-1]
    checks.note("a question", is_met=isinstance(asked, Question), seen=asked)
    if isinstance(asked, Question):
        seen = (await collect(box.answer(asking, "1", asked.token, {"name": "Ada"})))[-1]
        checks.note("its reply", is_met=isinstance(seen, Observation) and "Name: Ada" in seen.text, seen=seen)


async def check_killed(box: McpToolbox, checks: Checks) -> None:
    """Servers that are killed are started anew."""
    for child in find_children():
        os.kill(child, signal.SIGKILL)
    seen: object = None
    for _ in range(CALLS_MAX):  # one that is made before the end is seen has an unknown outcome
        seen = (await collect(box.call(Action(name="echo", args={"message": "again"}), "1")))[-1]
        if seen == Observation("Echo: again"):
            break
    checks.note("a call after all servers were killed", is_met=seen == Observation("Echo: again"), seen=seen)


def find_children() -> list[int]:
    """The servers' processes (Linux)."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            if int((place / "stat").read_text().rpartition(")")[2].split()[1]) == os.getpid():
                found.append(int(place.name))
    return found


async def main(programs: Path, folder: str) -> bool:
    """True where every check was met."""
    Path(folder, "a.txt").write_text("hello")
    names = {"everything": ["stdio"], "filesystem": [folder], "memory": []}
    kept = {"MEMORY_FILE_PATH": f"{folder}/memory.json"}
    servers = [
        McpServer(command=find_node(), args=[str(programs / f"mcp-server-{name}"), *args], env=kept, name=name)
        for name, args in names.items()
    ]
    box, checks = McpToolbox([], servers), Checks()
    try:
        await box.open()
        await check_calls(box, checks, folder)
        await check_course(box, checks)
        await check_killed(box, checks)
    finally:
        await box.aclose()
    checks.note("nothing is left", is_met=not find_children() and len(asyncio.all_tasks()) == 1)
    return checks.is_met


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        found = Path(sys.argv[1]) if sys.argv[1:] else get_programs(*PACKAGES)
        sys.exit(not asyncio.run(main(found, place)))
