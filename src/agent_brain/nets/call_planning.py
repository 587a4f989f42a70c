"""CallPlanState: ask a model for all calls at once, before any of them is made."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from agent_brain.core.chat import Reply
from agent_brain.core.counting import count
from agent_brain.core.errors import SetupError
from agent_brain.core.hidden import find_secret_names
from agent_brain.core.items import Action, FaultKind, ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Reading
from agent_brain.core.state import Need, StateType
from agent_brain.nets.plan_text import read_calls
from agent_brain.nets.planned_calls import CALLS, Notation, PlannedCall, find_calls, find_wrong, put_calls
from agent_brain.nets.speaking import SpeakingState

WORK = "work"
TRIES = 2
"""How often a plan is asked for that cannot be carried out as it is."""
CALLS_MAX = 20
"""Calls of one plan."""


@dataclass(frozen=True)
class CallPlanState(SpeakingState):
    """Asks for a plan of calls, and goes to `then`; one that can never be carried out is corrected first.

    At the last of `tries`, what of it can be carried out is. It sees no call and no outcome of the log.
    """

    needs: ClassVar[frozenset[Need]] = frozenset({Need.TOOLS})

    item: ItemKind = ItemKind.PLAN
    kinds: frozenset[ItemKind] | None = frozenset(ItemKind) - {ItemKind.ACTION}
    then: str = WORK
    notation: Notation = field(kw_only=True)
    mend: str = field(default=StateType.PLAN, kw_only=True)
    """Where it goes with a faulty plan: back to itself."""
    remedy: str = field(default="", kw_only=True)
    """What a model is told whose plan cannot be carried out; `{wrong}` says why."""
    tries: int = field(default=TRIES, kw_only=True)
    plans_max: int = field(default=1, kw_only=True)
    """Plans of one run."""
    calls_max: int = field(default=CALLS_MAX, kw_only=True)
    again: str = field(default="", kw_only=True)
    """What it asks for beyond its directive where there were plans before; `{next}` is the next number."""

    writes = frozenset({CALLS})

    def __post_init__(self) -> None:
        for name in ("tries", "plans_max", "calls_max"):
            if getattr(self, name) < 1:
                raise SetupError(f"{name} is {getattr(self, name)}; wanted at least 1")

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.mend})

    @property
    def visits_max(self) -> int:
        """The bound of every cycle through it."""
        return self.tries * self.plans_max

    @property
    def spare_visits(self) -> int:
        """All but one a plan have it corrected."""
        return (self.tries - 1) * self.plans_max

    def get_directive(self, env: MemoryEnv) -> str:
        """What it asks for; of a further plan, where its numbers begin."""
        known = find_calls(env)
        if not known:
            return self.directive
        following = str(1 + max(int(call.label) for call in known))
        return f"{self.directive}\n\n{self.again.replace('{next}', following)}"

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        parts = self._bound()
        reading = parts.wire.read(reply, ())
        known = [call.label for call in find_calls(env)]
        calls = read_calls(reading.text, parts.tools.specs, self.notation)
        if not calls:
            calls = _number(parts.wire.read(reply, parts.tools.specs), known)
        wrong = self._find_wrong(calls, known, reading)
        is_last_try = _count_corrections(env) + 1 >= self.tries
        if reading.text or reply.reasoning or reading.details:
            env.add(self.item, reading.text, reasoning=reply.reasoning, details=reading.details)
        if wrong:
            env.fault(FaultKind.UNREADABLE, self.remedy.replace("{wrong}", wrong))
        if any(find_secret_names(spec.parameters) for spec in parts.tools.specs):
            _tell_secrets(env, calls)
        if not wrong or is_last_try:
            put_calls(env, _drop_repeated(calls, known)[: self.calls_max])

    def _find_wrong(self, calls: Sequence[PlannedCall], known: Sequence[str], reading: Reading) -> str:
        if not calls:
            return "it holds no call"
        if len(calls) > self.calls_max:
            return f"it has {count(len(calls), 'call')}; wanted {self.calls_max} at most"
        return find_wrong(calls, known, self.notation)

    async def _transition(self, env: MemoryEnv) -> None:
        corrections = _count_corrections(env)
        last = env.log[-1]
        if last.kind is ItemKind.OBSERVATION and last.turn == env.steps and corrections < self.tries:
            env.set_state(self.mend, "its plan has to be mended")
        else:
            env.set_state(self.then, f"it has {count(len(find_calls(env)), 'call')}")


def _tell_secrets(env: MemoryEnv, calls: Sequence[PlannedCall]) -> None:
    """Let the journal know the arguments as those of actions, so that it finds what is secret in them, in any text."""
    env.choose([Action(name=call.name, args=dict(call.args)) for call in calls])
    env.choose(())


def _count_corrections(env: MemoryEnv) -> int:
    """How often the present plan was corrected: since anything else was written than by its state."""
    count = 0
    for item in reversed(env.log):
        if item.state != env.state:
            break
        count += item.kind is ItemKind.OBSERVATION
    return count


def _number(reading: Reading, known: Sequence[str]) -> list[PlannedCall]:
    """The actions of a model that has asked for them instead of planning them."""
    first = 1 + max(map(int, known), default=0)
    return [PlannedCall(str(first + place), action.name, action.args) for place, action in enumerate(reading.actions)]


def _drop_repeated(calls: Sequence[PlannedCall], known: Sequence[str]) -> list[PlannedCall]:
    """The calls without those whose number is taken."""
    kept: dict[str, PlannedCall] = {}
    for call in calls:
        if call.label not in known:
            kept.setdefault(call.label, call)
    return list(kept.values())
