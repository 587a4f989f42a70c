"""Questions that take several calls to answer, each a chain of hops: ToolHop's rows, and our own in that format."""

import ast
import gzip
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from agent_brain.core.tooling import ToolSpec
from counterparts.child import Child, ChildTool

TESTS = Path(__file__).resolve().parents[1]
OWN = TESTS / "data" / "hops"
TOOLHOP = Path(os.environ.get("AGENT_BRAIN_TOOLHOP") or TESTS.parents[1] / "shared" / "data" / "toolhop")
"""Beside the repository, or where the variable says."""


@dataclass(frozen=True, slots=True)
class Function:
    """A tool of a row: its source, what the source calls it, and what a model is told of it."""

    spec: ToolSpec
    source: str
    name: str
    parameters: frozenset[str]


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

    def tools(self, child: Child) -> list[ChildTool]:
        """Its tools, run by this child."""
        return [ChildTool(function.spec, function.source, function.name, child) for function in self.functions]


def read_toolhop(folder: Path = TOOLHOP) -> list[Chain]:
    """The complete chains of the sample of ToolHop, whose calls were found by search."""
    with (
        gzip.open(folder / "toolhop_100.jsonl.gz", "rt", encoding="utf-8") as questions,
        gzip.open(folder / "derived_calls.jsonl.gz", "rt", encoding="utf-8") as calls,
    ):
        return _chains(questions, calls)


def read_own(folder: Path = OWN) -> list[Chain]:
    """Our own chains; their rows name the file of a function where ToolHop's hold its source."""
    with (
        open(folder / "questions.jsonl", encoding="utf-8") as questions,
        open(folder / "calls.jsonl", encoding="utf-8") as calls,
    ):
        return _chains(questions, calls, folder / "functions")


def _chains(questions: TextIO, calls: TextIO, folder: Path | None = None) -> list[Chain]:
    rows = {row["source_id"]: row for row in map(json.loads, questions)}
    found = [call for call in map(json.loads, calls) if call["complete"]]
    return [_chain(rows[call["source_id"]], call["hops"], folder) for call in found]


def _chain(row: dict[str, Any], calls: Sequence[dict[str, Any]], folder: Path | None) -> Chain:
    sources = [source if folder is None else (folder / source).read_text("utf-8") for source in row["functions"]]
    functions: dict[str, Function] = {}
    for source in dict.fromkeys(sources):
        namesakes = Counter(function.name for function in functions.values())
        functions[source] = _function(source, row["tools"].values(), namesakes)
    in_order = [functions[source] for source in sources]
    hops = [
        Hop(_called(in_order, call, place), call["arguments"], call["sub_answer"], call["depends_on"])
        for place, call in enumerate(calls)
    ]
    return Chain(str(row["source_id"]), row["question"], row["answer"], list(functions.values()), hops)


def _function(source: str, tools: Iterable[dict[str, Any]], taken: Counter[str]) -> Function:
    """A row may use one name for two functions: the schema tells whose it is, and the second is called `NAME_2`."""
    defined = next(part for part in ast.parse(source).body if isinstance(part, ast.FunctionDef))
    name, parameters = defined.name, frozenset(arg.arg for arg in (*defined.args.args, *defined.args.kwonlyargs))
    own = [tool for tool in tools if tool["name"] == name]
    tool = max(own, key=lambda each: len(parameters & each["parameters"]["properties"].keys()))
    called = f"{name}_{taken[name] + 1}" if taken[name] else name
    spec = ToolSpec(called, tool["description"], tool["parameters"], read_only=True)
    return Function(spec, source, name, parameters)


def _called(functions: Sequence[Function], call: dict[str, Any], place: int) -> str:
    """The tool of a call: the function of its own place, unless only a namesake takes these arguments."""
    fitting = [
        function
        for function in (functions[place], *functions)
        if function.name == call["tool"] and function.parameters >= call["arguments"].keys()
    ]
    return fitting[0].spec.name
