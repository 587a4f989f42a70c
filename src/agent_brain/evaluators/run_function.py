"""A user's function as an evaluator of a task: it may ask for the right answer, the run and its world by name."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator, Score, to_score
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.run_evaluating import Readable
from agent_brain.evaluators.function import FunctionEvaluator
from agent_brain.evaluators.in_time import SECONDS, call_in_time, check_seconds
from agent_brain.evaluators.run_only import RunOnly
from agent_brain.tools.load import load_object

KNOWN = ("question", "answer", "right", "data", "env", "state")
OF_RUN = frozenset({"env", "state"})


def make_function(right: Any, data: Any, reference: str, oracle: bool = True, seconds: float = SECONDS) -> Evaluator:
    """What a function says, `FILE.py:NAME` or `package.module:NAME`; of its parameters each is one of question, answer,
    right (the task's answer), data (what else its source says), env (all that the run knows) and state (its world's).
    One that has said nothing within `seconds` has failed.
    """
    place, _, name = reference.rpartition(":")
    if not place or not name:
        raise SetupError(f"function is {reference!r:.100}; wanted FILE.py:NAME or package.module:NAME")
    file = Path(place).expanduser()
    function = _load(place, name, file.stat().st_mtime_ns if file.is_file() else 0)
    wanted = _read_parameters(function, reference)
    if OF_RUN & set(wanted):
        return RunFunction(function, wanted, {"right": right, "data": data}, name, oracle, seconds)
    known = {"right": right, "data": data}

    def judge(question: str, answer: str) -> Any:
        return function(**_choose(wanted, known | {"question": question, "answer": answer}))

    return FunctionEvaluator(judge, oracle=oracle, name=name, seconds=seconds)


@dataclass(frozen=True)
class RunFunction(RunOnly):
    """Asks a function that looks at the run, or at its world."""

    function: Callable[..., Any]
    wanted: tuple[str, ...]
    known: dict[str, Any]
    name: str
    oracle: bool = True
    seconds: float = SECONDS

    def __post_init__(self) -> None:
        check_seconds(self.name, self.seconds)

    async def judge_run(self, question: str, env: MemoryEnv, world: Readable | None) -> Score:
        """What the function says."""
        state = await world.read() if world is not None and "state" in self.wanted else None
        about = self.known | {"question": question, "answer": env.answer or "", "env": env, "state": state}
        asked = partial(self.function, **_choose(self.wanted, about))
        return to_score(await call_in_time(self.name, asked, self.seconds))


@lru_cache(maxsize=64)
def _load(place: str, name: str, _: int) -> Any:
    """A file is run once for all the tasks of an experiment, as long as it is not written anew."""
    return load_object(place, name)


def _choose(wanted: tuple[str, ...], known: dict[str, Any]) -> dict[str, Any]:
    return {name: known[name] for name in wanted}


def _read_parameters(function: Any, reference: str) -> tuple[str, ...]:
    """The names of its parameters, all of which are known. Raises: SetupError."""
    try:
        wanted = tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError) as error:
        raise SetupError(f"evaluator {reference} is {function!r:.60}, no function: {error}") from None
    unknown = [name for name in wanted if name not in KNOWN]
    if unknown or ("answer" not in wanted and not OF_RUN & set(wanted)):
        what = f"takes {', '.join(unknown)}" if unknown else "takes neither the answer nor the run"
        raise SetupError(f"evaluator {reference} {what}; wanted parameters out of {', '.join(KNOWN)}")
    return wanted
