"""ADaPT: try first; what fails is taken apart, and each of its steps is tried and taken apart in turn, to a depth.

Source: Prasad et al., ADaPT: As-Needed Decomposition and Planning with Language Models, NAACL Findings 2024, arXiv
2311.05772.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent_brain.core.chat import Reply
from agent_brain.core.counting import count
from agent_brain.core.errors import SetupError
from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Moves, Net
from agent_brain.core.state import END, StateType
from agent_brain.nets.answering import QuotedAnswerState
from agent_brain.nets.plan import PLAN, find_done, find_plan, put_plan
from agent_brain.nets.planning import STEPS_MAX, PlanState
from agent_brain.nets.react import react_brief
from agent_brain.nets.stepping import VIEW, StepState, read_result, read_view
from agent_brain.nets.sub_run import Task
from agent_brain.nets.words import Words

MOVES: Moves = {
    StateType.ATTEMPT: {StateType.ANSWER, StateType.PLAN},
    StateType.PLAN: {StateType.STEP, StateType.PLAN, StateType.ANSWER},
    StateType.STEP: {StateType.STEP, StateType.ANSWER},
    StateType.ANSWER: {END},
}
LEVELS = 3
"""As in the paper, for households and for shops."""
LEVELS_MAX = 8
ANY = "any"
"""The board's key: one step that succeeds is enough."""

_ANY = re.compile(r"^[^\w\n]*ANY[^\w\n]*$", re.MULTILINE)


def make_adapt(
    words: Words, executor: Net = react_brief, *, levels: int = LEVELS, view: str = VIEW, steps_max: int = STEPS_MAX
) -> Net:
    """Try: s calls; where that fails, take it apart, s + 1 + sum of the steps' calls + 1, each step tried in this way.

    `levels`: how deep, the first try being one of them: at the last one nothing is taken apart any more. `view`: what
    is seen of the whole beside a step, as in plan_execute.
    """
    if not 2 <= levels <= LEVELS_MAX:
        raise SetupError(f"levels is {levels}; wanted 2 to {LEVELS_MAX}: one level is the executor alone")
    if steps_max < 1:
        raise SetupError(f"steps_max is {steps_max}; wanted at least 1")
    net = executor
    for level in range(levels - 1, 0, -1):
        net = _make_level(words, executor, net, view, steps_max, words["attempt"] if level == 1 else "")
    return net


def _make_level(words: Words, executor: Net, inner: Net, view: str, steps_max: int, asked: str) -> Net:
    """One level: `inner` is what carries out a step of it."""
    shown = read_view(view)
    return Net(
        name="adapt",
        states={
            StateType.ATTEMPT: TryState(executor, asked),
            StateType.PLAN: DecomposeState(directive=words["plan"], remedy=words["mend"]),
            StateType.STEP: PartState(inner, words["step"], shown, steps_max=steps_max),
            StateType.ANSWER: PartsAnswerState(directive=words["answer"]),
        },
        moves=MOVES,
        start=StateType.ATTEMPT,
        instructions=words["instructions"],
        slots=frozenset({PLAN, *shown}),
    )


def is_any(plan: str) -> bool:
    """True for a plan of which one step that succeeds is enough: it has a line `ANY`."""
    return _ANY.search(plan) is not None


@dataclass(frozen=True)
class TryState(StepState):
    """Has a net try the whole: goes to `then` with its answer, and to `otherwise` where it has failed."""

    then: str = field(default=StateType.ANSWER, kw_only=True)
    otherwise: str = field(default=StateType.PLAN, kw_only=True)

    reads = frozenset()
    """Nothing: what it does is the goal."""
    writes = frozenset()
    """Nothing beside the log."""

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.otherwise})

    def _plan(self, env: MemoryEnv) -> Sequence[Task]:
        return [Task(self.net, "\n\n".join(filter(None, (env.goal, self.words))))]

    def _learn(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> None:
        result, has_succeeded = read_result(done[0])
        if has_succeeded:
            env.add(ItemKind.THOUGHT, result)
        elif result:
            env.add(ItemKind.NOTE, f"It was tried in one go.\nResult: {result}")

    async def _transition(self, env: MemoryEnv) -> None:
        if env.log[-1].kind is ItemKind.THOUGHT:
            env.set_state(self.then, "it was done in one go")
        else:
            env.set_state(self.otherwise, "it could not be done in one go")


@dataclass(frozen=True)
class DecomposeState(PlanState):
    """Asks for the steps of what has failed, and whether each of them is needed; without steps it gives up."""

    writes = PlanState.writes | {ANY}

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        env.put_board(ANY, is_any(self._bound().wire.read(reply, ()).text))
        super()._learn(env, reply)

    def _give_up(self, env: MemoryEnv) -> None:
        put_plan(env, ())


@dataclass(frozen=True)
class PartState(StepState):
    """Has one step after the other carried out: all of them, up to one that fails; or any, up to one that succeeds."""

    then: str = field(default=StateType.ANSWER, kw_only=True)
    again: str = field(default=StateType.STEP, kw_only=True)
    """Where it goes while there are steps to do: back to itself."""
    steps_max: int = field(default=STEPS_MAX, kw_only=True)

    reads = StepState.reads | {ANY}

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.again})

    @property
    def visits_max(self) -> int:
        """The bound of the cycle to itself."""
        return self.steps_max

    @property
    def last_targets(self) -> frozenset[str]:
        """It leaves its cycle."""
        return frozenset({self.then})

    async def _transition(self, env: MemoryEnv) -> None:
        done = find_done(env)
        was_done = bool(done) and done[-1].item.turn == env.steps
        if not was_done:
            env.set_state(self.then, "the step could not be begun")
        elif done[-1].has_succeeded is bool(env.board.get(ANY)):
            env.set_state(self.then, "one step has succeeded" if done[-1].has_succeeded else "a step has failed")
        elif not find_plan(env):
            env.set_state(self.then, "all steps were carried out")
        elif env.visits[env.state] >= self.steps_max:
            env.meet_limit("steps_max", f"the limit of {count(self.steps_max, 'step')} of the plan was reached")
            env.set_state(self.then, env.limit)
        else:
            env.set_state(self.again, "there are more steps to do")


@dataclass(frozen=True)
class PartsAnswerState(QuotedAnswerState):
    """Gives what the first try has found, and asks the model for the answer where that was taken apart."""

    @property
    def spare_visits(self) -> int:
        """Nothing has gone wrong where it asks."""
        return 0
