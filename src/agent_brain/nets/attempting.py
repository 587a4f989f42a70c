"""States that let a net try to answer the question, once or several times, in runs that know nothing of each other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from agent_brain.core.chat import Several, Tunable
from agent_brain.core.errors import SetupError
from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.options import check_count
from agent_brain.core.ports import DEFAULT_ROLE, Parts
from agent_brain.core.state import Need, StateType
from agent_brain.nets.acting import ActionState
from agent_brain.nets.sub_run import NestingState, Task, take_answered

TRIES = 5
TRIES_MAX, AT_ONCE_MAX = 10_000, 1000
"""More is a slip of the pen: each run inside is made ready before the limit on calls has its say."""


@dataclass(frozen=True)
class AttemptState(NestingState):
    """Lets a net answer the question, at most `tries` times in one run, `at_once` of them in one visit.

    Each answer becomes a thought of the log. A try knows the question and what no model of this run was told: nothing
    of the tries before it or beside it. One that fails has no answer; where no try of a visit has one, the run fails,
    and when it goes on, they go on where they were.
    """

    is_apart: ClassVar[bool] = True
    """A try shall not find what a memory has written in another one."""

    net: Net
    tries: int = field(default=1, kw_only=True)
    at_once: int = field(default=1, kw_only=True)
    then: str = field(default=StateType.JUDGE, kw_only=True)
    nets: tuple[Net, ...] = field(default=(), init=False, repr=False)
    """The net as each try has it; the last one is that of all further tries too."""

    def __post_init__(self) -> None:
        check_count("tries", self.tries, most=TRIES_MAX)
        check_count("at_once", self.at_once, most=AT_ONCE_MAX)
        if self.is_apart and self.tries > 1 and acts(self.net):
            object.__setattr__(self, "needs", frozenset({Need.APART}))

    @property
    def visits_max(self) -> int:
        """In so many visits all tries are made."""
        return -(-self.tries // self.at_once)

    @property
    def inner_nets(self) -> Sequence[Net]:
        """The net, as often as it differs by what it is bound to."""
        return self.nets or (self.net,)

    @property
    def inner_runs_max(self) -> int:
        """How many tries one visit has made of each of these."""
        return 1 if len(self.nets) > 1 else min(self.at_once, self.tries)

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts, which each try has too, instructions included."""
        nets = [self._bind_net(self.net, each, parts.instructions) for each in self._vary(parts)]
        least = min(net[net.finish].model_calls for net in nets)  # without so many no try can begin
        return self.changed(parts=parts, nets=tuple(nets), model_calls=least)

    def typed(self, make: Callable[[Net], Net]) -> Self:
        """The same state, whose net answers with a value."""
        return self.changed(net=make(self.net))

    def count_tries(self, env: MemoryEnv, state: str = "") -> int:
        """How many tries were begun or refused, those of the present visit included."""
        return min(self.tries, env.visits[state or env.state] * self.at_once)

    def _vary(self, parts: Parts) -> Sequence[Parts]:
        """What each try is bound to, where they differ."""
        return [parts]

    def _plan(self, env: MemoryEnv) -> list[Task]:
        first = (env.visits[env.state] - 1) * self.at_once
        tries = range(first, min(first + self.at_once, self.tries))
        return [Task(self.nets[min(place, len(self.nets) - 1)], env.goal) for place in tries]

    def _learn(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> None:
        for inner in take_answered(env, self.net, done, "try"):
            env.add(ItemKind.THOUGHT, inner.answer)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, env.limit or f"net {self.net.name!r} has answered")


@dataclass(frozen=True)
class SamplingState(AttemptState):
    """Lets a net answer with a temperature of its own, where its models can be tuned; None: with theirs."""

    temperature: float | None = field(default=None, kw_only=True)

    @classmethod
    def draw(cls, net: Net, samples: int, at_once: int, temperature: float, *, shares_tools: bool, then: str) -> Self:
        """Samples that are independent: unless they share tools, no tool may change anything while they are drawn."""
        state = cls(net, tries=samples, at_once=at_once, temperature=temperature, then=then)
        is_free = shares_tools or at_once == 1 or not acts(net)
        return state if is_free else state.changed(needs=state.needs | {Need.READ_ONLY})

    def _vary(self, parts: Parts) -> list[Parts]:
        return [parts if self.temperature is None else tune(parts, {"temperature": self.temperature})]


@dataclass(frozen=True)
class WarmingState(AttemptState):
    """Lets a net answer, with a temperature that rises from try to try."""

    first: float = field(default=0.0, kw_only=True)
    last: float = field(default=0.5, kw_only=True)

    def _vary(self, parts: Parts) -> list[Parts]:
        rise = (self.last - self.first) / max(1, self.tries - 1)
        return [tune(parts, {"temperature": round(self.first + rise * place, 3)}) for place in range(self.tries)]


@dataclass(frozen=True)
class EscalatingState(AttemptState):
    """Lets a net answer, with another model from try to try: those of `roles`, or the brain's several models."""

    roles: tuple[str, ...] = field(default=(), kw_only=True)

    def _vary(self, parts: Parts) -> list[Parts]:
        if self.roles:
            models = [parts.get_model(role) for role in self.roles]
            return [replace(parts, models={"memory": parts.get_model("memory"), DEFAULT_ROLE: each}) for each in models]
        several = [model.models for model in parts.models.values() if isinstance(model, Several)]
        if not several:
            raise SetupError(
                "escalation asks another model after each failure, and there is only one: give several in order, "
                "Brain(model=['small', 'large']), or name roles that have models of their own"
            )
        return [self._climb(parts, place) for place in range(max(map(len, several)))]

    def _climb(self, parts: Parts, place: int) -> Parts:
        """Of each of several models the one in this place, or the last one."""
        models = {
            role: model.models[min(place, len(model.models) - 1)] if isinstance(model, Several) else model
            for role, model in parts.models.items()
        }
        return replace(parts, models=models)


def acts(net: Net) -> bool:
    """True where the net, or one inside it, carries out actions."""
    return any(isinstance(state, ActionState) or any(map(acts, state.inner_nets)) for state in net.states.values())


def tune(parts: Parts, options: Mapping[str, Any]) -> Parts:
    """The same parts, whose models have these options where they can be tuned; not the one that keeps the memory."""
    tuned = {
        role: model.tuned(options) if isinstance(model, Tunable) else model for role, model in parts.models.items()
    }
    return replace(parts, models={**tuned, "memory": parts.get_model("memory")})
