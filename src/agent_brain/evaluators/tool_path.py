"""The way of a run as what is judged: which tools it called, in which order, with which arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Score
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.run_evaluating import Readable
from agent_brain.evaluators.calls import Call, find_calls
from agent_brain.evaluators.json_value import is_equal
from agent_brain.evaluators.run_only import RunOnly

WAYS = ("order", "set", "subsequence")


@dataclass(frozen=True)
class ToolPath(RunOnly):
    """A run that called the task's tools: `order`, these and no others in this order; `subsequence`, in this order and
    perhaps others between; `set`, each of these and no other one, in any order and number.

    The task's answer is a list of names, or of objects with `name` and `args`: of the latter the arguments count too.
    """

    right: Any
    way: str = "order"
    name: str = "tool_path"
    oracle: bool = True

    def __post_init__(self) -> None:
        if self.way not in WAYS:
            raise SetupError(f"tool_path is {self.way!r:.40}; wanted one of {', '.join(WAYS)}")
        right = self.right if isinstance(self.right, list | tuple) else [self.right]
        object.__setattr__(self, "right", [_read_wanted(each) for each in right])

    async def judge_run(self, question: str, env: MemoryEnv, world: Readable | None) -> Score:
        """How far its calls are the wanted ones."""
        calls = find_calls(env)
        found = self._count(calls)
        count = max(len(self.right), 1)
        passed = found == len(self.right) and self._has_no_more(calls)
        value = 1.0 if passed else min(found / count, 0.99)
        return Score(passed, value, "" if passed else "these are not the calls that were wanted")

    def _count(self, calls: Sequence[Call]) -> int:
        """How many of the wanted calls are there, in their order where that counts."""
        if self.way == "set":
            return sum(any(_fits(call, wanted) for call in calls) for wanted in self.right)
        place = 0
        for call in calls:
            place += place < len(self.right) and _fits(call, self.right[place])
        return place

    def _has_no_more(self, calls: Sequence[Call]) -> bool:
        match self.way:
            case "order":
                return len(calls) == len(self.right)
            case "set":
                return all(any(_fits(call, wanted) for wanted in self.right) for call in calls)
        return True


def _fits(call: Call, wanted: Mapping[str, Any]) -> bool:
    return call.name == wanted["name"] and ("args" not in wanted or is_equal(call.args, wanted["args"]))


def _read_wanted(each: Any) -> Mapping[str, Any]:
    if isinstance(each, str) and each:
        return {"name": each}
    named = isinstance(each, Mapping) and isinstance(each.get("name"), str)
    if named and not each.keys() - {"name", "args"} and isinstance(each.get("args", {}), Mapping):
        return dict(each)
    raise SetupError(f"tool_path has {each!r:.80} as a wanted call; wanted a name, or an object with name and args")
