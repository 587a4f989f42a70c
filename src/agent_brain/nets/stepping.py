"""StepState: have the next step of a plan carried out in a run of its own, which sees of this run what `view` says."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from agent_brain.core.errors import UnknownName
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.ports import Parts
from agent_brain.core.records import Status
from agent_brain.core.state import StateType
from agent_brain.nets.plan import DONE_PREFIX, PLAN, find_done, find_plan, keep_done, number, put_plan
from agent_brain.nets.sub_run import NestingState, Task
from agent_brain.tools.result_text import cut_middle

RESULT_CHARACTERS_MAX = 4000
"""Of what came of a step, as later steps are shown it; who plans sees all of it."""


def _tell_results(env: MemoryEnv) -> Iterator[str]:
    """What came of earlier steps: those of the plan that this run is a step of, then its own."""
    if given := env.slots.get("results"):
        yield given
    for each in find_done(env):
        yield cut_middle(each.item.text, RESULT_CHARACTERS_MAX)


VIEWS: Mapping[str, Callable[[MemoryEnv], str]] = {
    "question": lambda env: env.goal,
    PLAN: lambda env: number(find_plan(env)),
    "results": lambda env: "\n\n".join(_tell_results(env)),
    "lessons": lambda env: env.slots.get("lessons", ""),
}
"""What an executor may be shown beside its step, each in a slot of its name."""
STEP_ALONE = "step"
"""The view of nothing beside the step."""
VIEW = "plan+results"

_FAILED = re.compile(r"[\s*_`#]*(?:FAILED\b|[Ff]ailed[*_`]*:)")


def read_view(view: str) -> tuple[str, ...]:
    """The slots that a view such as `plan+results` names. Raises: UnknownName."""
    names = tuple(name.strip() for name in view.split("+") if name.strip() != STEP_ALONE)
    wrong = next((name for name in names if name not in VIEWS), None)
    if wrong is not None:
        raise UnknownName("part of an executor's view", wrong, [STEP_ALONE, *VIEWS])
    return names


def says_failed(answer: str) -> bool:
    """True for an answer that begins with `FAILED:`."""
    return _FAILED.match(answer) is not None


def read_result(inner: MemoryEnv) -> tuple[str, bool]:
    """What came of a run inside, and whether it has done what it should: one says `FAILED` that could not."""
    match inner.status:
        case Status.ANSWERED:
            return inner.answer, not says_failed(inner.answer)
        case Status.LIMITED:
            return f"FAILED: it was stopped: {inner.limit}. It had found: {inner.answer}", False
        case Status.FAILED:
            return f"FAILED: {inner.error}", False
    return "", False


@dataclass(frozen=True)
class StepState(NestingState):
    """Has a net carry out the next step of the plan, and goes on to `then` with what came of it.

    Its executor sees the step and, of this run, what `view` names and nothing else.
    """

    net: Net
    words: str = ""
    """What the executor is told behind the step."""
    view: tuple[str, ...] = field(default_factory=lambda: read_view(VIEW))
    then: str = field(default=StateType.REPLAN, kw_only=True)

    reads = frozenset({PLAN})
    writes = frozenset({PLAN, DONE_PREFIX})

    @property
    def inner_nets(self) -> Sequence[Net]:
        """The executor."""
        return (self.net,)

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts, which its executor has too."""
        return self.changed(parts=parts, net=self._bind_net(self.net, parts))

    def _plan(self, env: MemoryEnv) -> Sequence[Task]:
        shown = {name: VIEWS[name](env) for name in self.view}
        question = "\n\n".join(filter(None, (find_plan(env)[0], self.words)))
        return [Task(self.net, question, {name: text for name, text in shown.items() if text})]

    def _learn(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> None:
        step, *rest = find_plan(env)
        result, has_succeeded = read_result(done[0])
        if result:
            keep_done(env, step, result, has_succeeded=has_succeeded)
            put_plan(env, rest)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, "the step was carried out" if find_done(env) else "no step could be begun")
