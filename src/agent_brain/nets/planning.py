"""PlanState and ReplanState: ask a model for steps, or for the answer where no step is left."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent_brain.core.chat import Reply
from agent_brain.core.counting import count
from agent_brain.core.errors import SetupError
from agent_brain.core.items import FaultKind, ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.state import StateType
from agent_brain.nets.plan import (
    DONE_PREFIX,
    PLAN,
    find_done,
    find_plan,
    is_same_step,
    put_plan,
    read_answer,
    read_steps,
)
from agent_brain.nets.speaking import SpeakingState

REPAIRS_MAX = 2
"""How often a reply without a plan is corrected."""
STEPS_MAX = 12


@dataclass(frozen=True)
class PlanState(SpeakingState):
    """Asks for a plan; goes to `then` with its steps, and to `otherwise` with an answer that needs none.

    A reply that is neither is corrected, `repairs_max` times; then the goal itself is the only step.
    """

    then: str = StateType.STEP
    otherwise: str = field(default=StateType.ANSWER, kw_only=True)
    mend: str = field(default=StateType.PLAN, kw_only=True)
    """Where it goes with a faulty reply: back to itself."""
    remedy: str = field(default="", kw_only=True)
    """What a model is told that gave neither steps nor an answer."""
    repairs_max: int = field(default=REPAIRS_MAX, kw_only=True)

    writes = frozenset({PLAN})

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.otherwise, self.mend})

    @property
    def visits_max(self) -> int:
        """The bound of the cycle to itself."""
        return self.repairs_max + 1

    @property
    def last_targets(self) -> frozenset[str]:
        """A reply is mended before."""
        return frozenset({self.then, self.otherwise})

    @property
    def spare_visits(self) -> int:
        """All but one have a reply mended."""
        return self.visits_max - 1

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        reading = self._bound().wire.read(reply, ())
        answer, steps = read_answer(reading.text), read_steps(reading.text)
        if not answer and steps:
            remedy = self._take(env, steps)
        else:
            remedy = "" if answer else self._do_without(env)
            if answer:
                put_plan(env, ())
        if answer or remedy:
            kept = answer or reading.text
            env.add(ItemKind.THOUGHT, kept, reasoning=reply.reasoning, details=reading.details)
        if remedy:
            env.fault(FaultKind.UNREADABLE, remedy)

    def _take(self, env: MemoryEnv, steps: Sequence[str]) -> str:
        """Make these the plan; gives what is wrong with them, if anything."""
        put_plan(env, steps)
        return ""

    def _do_without(self, env: MemoryEnv) -> str:
        """What a reply without a plan comes to: a remedy, or the goal as a plan."""
        if env.visits[env.state] < self.visits_max:
            return self.remedy
        self._give_up(env)
        return ""

    def _give_up(self, env: MemoryEnv) -> None:
        """Do without the model's plan."""
        put_plan(env, [env.goal])

    async def _transition(self, env: MemoryEnv) -> None:
        last = env.log[-1]
        if last.kind is ItemKind.OBSERVATION and last.turn == env.steps:
            env.set_state(self.mend, "its plan has to be mended")
        elif find_plan(env):
            env.set_state(self.then, f"{count(len(find_plan(env)), 'step')} to do")
        else:
            env.set_state(self.otherwise, "it has the answer")


@dataclass(frozen=True)
class ReplanState(PlanState):
    """Asks what is still to be done, now that one more step is; a step that has succeeded is not done again.

    At its last visit of `steps_max`, whatever is still to be done is left.
    """

    mend: str = field(default=StateType.REPLAN, kw_only=True)
    repeated: str = field(default="", kw_only=True)
    """What a model is told that plans what is done already, and nothing else."""
    steps_max: int = field(default=STEPS_MAX, kw_only=True)

    reads = frozenset({PLAN, DONE_PREFIX})

    def __post_init__(self) -> None:
        if self.steps_max < 1:
            raise SetupError(f"steps_max is {self.steps_max}; wanted at least 1")

    @property
    def visits_max(self) -> int:
        """The bound of every cycle through it."""
        return self.steps_max

    @property
    def last_targets(self) -> frozenset[str]:
        """What is still to be done is left then."""
        return frozenset({self.otherwise})

    @property
    def spare_visits(self) -> int:
        """Each step is followed by one."""
        return 0

    def _take(self, env: MemoryEnv, steps: Sequence[str]) -> str:
        done = [each.step for each in find_done(env) if each.has_succeeded]
        left = [step for step in steps if not any(is_same_step(step, before) for before in done)]
        put_plan(env, left)
        return "" if left else self.repeated

    def _do_without(self, env: MemoryEnv) -> str:
        return self.remedy

    async def _transition(self, env: MemoryEnv) -> None:
        last = env.log[-1]
        is_faulty = last.kind is ItemKind.OBSERVATION and last.turn == env.steps
        if env.visits[env.state] >= self.steps_max and (is_faulty or find_plan(env)):
            env.meet_limit("steps_max", f"the limit of {count(self.steps_max, 'step')} of the plan was reached")
            env.set_state(self.otherwise, env.limit)
        else:
            await super()._transition(env)
