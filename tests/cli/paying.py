"""A model that wants to pay, the tool that does, and what becomes of it: shared by the tests of runs that wait."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli.processes import Outcome
from sse_server import play

TOOL = '''
from pathlib import Path

from agent_brain import tool


@tool(needs_approval={needs_approval})
def pay(amount: int) -> str:
    """Pay an amount."""
    with Path("{ledger}").open("a") as ledger:
        ledger.write(f"{{amount}}\\n")
    return f"paid {{amount}}"
'''


def call(*amounts: int) -> str:
    """What the model says to pay these amounts."""
    return json.dumps([{"name": "pay", "args": {"amount": amount}} for amount in amounts])


def make_payer(*amounts: int) -> Callable[[Any], str]:
    """A script for a server: it asks to pay, and then tells what it has seen."""

    def script(asked: Any) -> str:
        seen = re.findall(r"paid \d+|refused to let it run(?:: \w+)?", json.dumps(asked["messages"]))
        return f"Seen: {', '.join(dict.fromkeys(seen))}." if seen else call(*amounts)

    return script


class Payments:
    """A file of tools in a folder, and the ledger that the tool writes into."""

    def __init__(self, folder: Path, *, needs_approval: bool = True) -> None:
        self.tools = folder / "payments.py"
        self._ledger = folder / "ledger.txt"
        self.tools.write_text(TOOL.format(ledger=self._ledger, needs_approval=needs_approval))

    @property
    def made(self) -> list[int]:
        """The amounts that were paid, in order."""
        return [int(line) for line in self._ledger.read_text().split()] if self._ledger.exists() else []


def find_commands(outcome: Outcome) -> list[list[str]]:
    """The command lines that a command has printed for further use, without the program's name."""
    found = re.findall(r"(?:^|: )\s*agent-brain (.+)$", outcome.err, re.MULTILINE)
    return [shlex.split(line) for line in found]


pays_five = play(make_payer(5))
