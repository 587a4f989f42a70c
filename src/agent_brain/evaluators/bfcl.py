"""BFCL's judgement of a run: the calls that it made, by the checker of the package bfcl-eval, or by our own rules."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

from agent_brain.core.errors import EvaluatorFailed, SetupError
from agent_brain.core.evaluating import Score
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.run_evaluating import Readable
from agent_brain.evaluators.bfcl_rules import find_fault, find_missing
from agent_brain.evaluators.calls import Call, find_calls
from agent_brain.evaluators.run_only import RunOnly
from agent_brain.tools.child.child import CallEnd, Child

PACKAGE = "bfcl_eval"
RULES = ("auto", "official", "own")
REPLIES = ("first", "all")
OWN = "bfcl (own rules)"
OFFICIAL = "bfcl (official)"
SECONDS = 60.0


@dataclass(frozen=True)
class Bfcl(RunOnly):
    """A run that made the calls that a task of BFCL wants.

    Of a task of one turn the calls of the first reply that makes some count, as BFCL has it, or with `reply="all"`
    those of all replies. `package` and `python` say where bfcl-eval is, and whose interpreter runs it, where it is not
    installed here. Without it our own rules judge tasks of one turn; the name says whose rules they were.
    """

    right: Any
    data: Any
    package: str = ""
    python: str = ""
    rules: str = "auto"
    reply: str = "first"
    name: str = field(default="", init=False)
    oracle: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        if self.rules not in RULES or self.reply not in REPLIES:
            raise SetupError(f"bfcl has rules={self.rules!r:.20}, reply={self.reply!r:.20}; wanted {RULES}, {REPLIES}")
        if not isinstance(self.right, Mapping) or not self.right.keys() & {"calls", "turns", "called", "answers"}:
            raise SetupError(f"bfcl judges tasks of BFCL, and the task's answer is {self.right!r:.60}")
        is_there = bool(self.python) or _has_package(self.package)
        if self.rules == "official" and not is_there:
            raise SetupError(f"the checker of BFCL is not installed; wanted {WANTED}")
        own = self.rules == "own" or not is_there
        if own and ("turns" in self.right or _is_spelled(self.data)):
            raise SetupError(
                f"tasks of several turns, and of Java and JavaScript, need BFCL's checker; wanted {WANTED}"
            )
        object.__setattr__(self, "name", OWN if own else OFFICIAL)

    async def judge_run(self, question: str, env: MemoryEnv, world: Readable | None) -> Score:
        """Whether its calls are the wanted ones."""
        calls = find_calls(env)
        if "called" in self.right:  # the same by either rules
            passed = bool(calls) is self.right["called"]
            return Score(passed, float(passed), "" if passed else "a call was made" if calls else "no call was made")
        if "answers" in self.right:
            why = await self._check_answer(env.answer)
        elif "turns" in self.right:
            about = {"entry": dict(self.data), "calls": _write_turns(calls, len(self.right["turns"]))}
            why = await self._ask("check_turns", about | {"right": self.right["turns"]})
        else:
            made = [(call.name, dict(call.args)) for call in self._choose(calls)]
            why = await self._check(made)
        return Score(not why, float(not why), why[:500])

    def _choose(self, calls: Sequence[Call]) -> Sequence[Call]:
        return [call for call in calls if call.step == calls[0].step] if self.reply == "first" else calls

    async def _check(self, made: list[tuple[str, dict[str, Any]]]) -> str:
        docs, right = self.data["function"], self.right["calls"]
        if self.name == OWN:
            return find_fault(made, right, docs)
        return await self._ask("check_calls", {"docs": docs, "calls": [dict([call]) for call in made], "right": right})

    async def _check_answer(self, answer: str) -> str:
        if self.name == OWN:
            return find_missing(answer, self.right["answers"])
        return await self._ask("check_answer", {"answer": answer, "right": self.right["answers"]})

    async def _ask(self, function: str, about: Mapping[str, Any]) -> str:
        """Why its checker does not let the calls pass; empty where it does. Raises: EvaluatorFailed."""
        source = (files("agent_brain.evaluators") / "bfcl_driver.py").read_text("utf-8")
        paths = [self.package] if self.package else []
        model = f"run{secrets.token_hex(8)}"  # its checker takes instances of the same name for those of this one
        async with Child(SECONDS, paths=paths, python=self.python) as child:
            returned = await child.call(source, function, {**about, "model": model, "category": self.data["category"]})
        if returned.kind is not CallEnd.DONE:
            raise EvaluatorFailed(self.name, returned.why)
        return "" if returned.value["valid"] else returned.value["why"] or "these are not the calls that were wanted"


WANTED = "pip install --no-deps bfcl-eval mpmath, or bfcl(package=...), the folder that holds bfcl_eval"


def _has_package(package: str) -> bool:
    return (Path(package) / PACKAGE).is_dir() if package else find_spec(PACKAGE) is not None


def _is_spelled(data: Mapping[str, Any]) -> bool:
    return bool({"java", "javascript"} & set(str(data.get("category", "")).split("_")))


def _write_turns(calls: Sequence[Call], turns: int) -> list[list[list[str]]]:
    """For each turn its steps, each with its calls as Python writes them."""
    written: list[list[list[str]]] = [[] for _ in range(turns)]
    for (question, _), group in groupby(calls, lambda call: (call.question, call.step)):
        if question < turns:
            written[question].append([_write(call) for call in group])
    return written


def _write(call: Call) -> str:
    return f"{call.name}({', '.join(f'{name}={value!r}' for name, value in call.args.items())})"
