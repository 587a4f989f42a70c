"""Questions that take several calls to answer, each a chain of hops: ToolHop's rows, and our own in that format."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_brain.lab.tasks.files import read_rows
from agent_brain.lab.tasks.function_world import Function
from agent_brain.lab.tasks.toolhop import read_functions, read_toolhop_rows
from agent_brain.tools.child.child import Child
from agent_brain.tools.child.source_tool import SourceTool

TESTS = Path(__file__).resolve().parents[1]
OWN = TESTS / "data" / "hops"
TOOLHOP = Path(os.environ.get("AGENT_BRAIN_TOOLHOP") or TESTS.parents[1] / "shared" / "data" / "toolhop")
"""Beside the repository, or where the variable says."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One call of a chain, and the sub-answer that it gives."""

    tool: str
    arguments: Mapping[str, Any]
    sub_answer: str
    depends_on: Sequence[int]
    """Earlier hops whose sub-answer is among the arguments."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A question, its tools, the calls in order, and its answer."""

    name: str
    question: str
    answer: str
    functions: Sequence[Function]
    hops: Sequence[Hop]

    def tools(self, child: Child) -> list[SourceTool]:
        """Its tools, run by this child."""
        return [SourceTool(function.spec, function.source, function.name, child) for function in self.functions]


def read_toolhop(folder: Path = TOOLHOP) -> list[Chain]:
    """The complete chains of the sample of ToolHop, whose calls were found by search."""
    rows = {row["source_id"]: row for _, row in read_toolhop_rows(folder)}
    return _chains(rows, folder / "derived_calls.jsonl.gz")


def read_own(folder: Path = OWN) -> list[Chain]:
    """Our own chains; their rows name the file of a function where ToolHop's hold its source."""
    rows = {}
    for _, row in read_toolhop_rows(folder / "questions.jsonl"):
        sources = [(folder / "functions" / name).read_text("utf-8") for name in row["functions"]]
        rows[row["source_id"]] = row | {"functions": sources}
    return _chains(rows, folder / "calls.jsonl")


def _chains(rows: Mapping[int, dict[str, Any]], calls: Path) -> list[Chain]:
    found = [call for _, call in read_rows(calls) if call["complete"]]
    return [_chain(rows[call["source_id"]], call["hops"]) for call in found]


def _chain(row: dict[str, Any], calls: Sequence[dict[str, Any]]) -> Chain:
    in_order = read_functions(row, f"question {row['source_id']}")
    hops = [
        Hop(_called(in_order, call, place), call["arguments"], call["sub_answer"], call["depends_on"])
        for place, call in enumerate(calls)
    ]
    functions = {function.spec.name: function for function in in_order}
    return Chain(str(row["source_id"]), row["question"], row["answer"], list(functions.values()), hops)


def _called(functions: Sequence[Function], call: dict[str, Any], place: int) -> str:
    """The tool of a call: the function of its own place, unless only a namesake takes these arguments."""
    fitting = [
        function
        for function in (functions[place], *functions)
        if function.name == call["tool"] and function.parameters >= call["arguments"].keys()
    ]
    return fitting[0].spec.name
