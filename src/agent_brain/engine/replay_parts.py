"""A net with every model and every tool in it replaced by its twin."""

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from typing import Any

from agent_brain.core.chat import ChatModel, Several
from agent_brain.core.errands import Brought, Errand
from agent_brain.core.events import HandedOver, SubEvent
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.offers import offers
from agent_brain.core.ports import Parts, leave_unpriced
from agent_brain.core.records import Status
from agent_brain.core.state import State
from agent_brain.core.tooling import Inside, Tools
from agent_brain.engine.replay_context import FindRoom, ReplayGauge
from agent_brain.engine.replay_script import Interrupted
from agent_brain.evaluators.replay import FindScore, ReplayEvaluator
from agent_brain.models.fallback import list_names
from agent_brain.models.replay import FindModel, FindReply, ReplayModel, ReplaySeveral
from agent_brain.tools.replay import FindInside, FindOutcome, ReplayTools, play_inside
from agent_brain.wires.replay import FindWay, ReplayWire

FindBrought = Callable[[str], Brought]
"""Finds what an errand with this key has brought."""


class Twins:
    """Makes twins of all that reaches outside; the rest of a net stays what it is."""

    def __init__(  # noqa: PLR0913, PLR0917  # one for each thing that is found in the journal
        self,
        find_reply: FindReply,
        find_outcome: FindOutcome,
        find_inside: FindInside,
        find_way: FindWay,
        clock: Any,
        find_model: FindModel,
        find_room: FindRoom,
        find_score: FindScore,
        find_brought: FindBrought,
    ) -> None:
        self._find_reply = find_reply
        self._find_outcome = find_outcome
        self._find_inside = find_inside
        self._find_way = find_way
        self._clock = clock
        self._find_model = find_model
        self._find_room = find_room
        self._find_score = find_score
        self._find_brought = find_brought
        self._known: dict[int, tuple[object, object]] = {}

    def make_net(self, net: Net) -> Net:
        """The same net, whose states can reach nothing outside."""
        return replace(
            net, states={name: self._make_state(state) for name, state in net.states.items()}, moves=net.table
        )

    def _make_state(self, state: State) -> State:
        changes = {name: twin for name, value in vars(state).items() if (twin := self._make(value)) is not value}
        return state.changed(**changes) if changes else state

    def _make(self, value: Any) -> Any:  # noqa: PLR0911  # one case for each kind of thing
        """The twin of what a state holds, or the very same value."""
        match value:
            case str() | int() | float() | None:
                return value
            case State():
                return self._make_state(value)
            case Parts():
                return self._remember(value, self._make_parts)
            case _ if offers(value, ChatModel):
                return self._remember(value, self._make_model)
            case _ if offers(value, Tools):
                return self._remember(
                    value, lambda tools: ReplayTools(tools.specs, self._find_outcome, self._find_inside)
                )
            case tuple() | list():
                return self._make_all(value)
            case Mapping():
                twins = {key: self._make(entry) for key, entry in value.items()}
                return twins if any(twins[key] is not value[key] for key in twins) else value
        return value

    def _make_all(self, values: tuple[Any, ...] | list[Any]) -> Any:
        twins = [self._make(value) for value in values]
        if all(twin is value for twin, value in zip(twins, values, strict=True)):
            return values
        return tuple(twins) if isinstance(values, tuple) else twins

    def _make_model(self, model: ChatModel) -> ReplayModel:
        if isinstance(model, Several):
            return ReplaySeveral(model.name, self._find_reply, self._find_model, others=list_names(model))
        return ReplayModel(model.name, self._find_reply, others=list_names(model))

    def _make_parts(self, parts: Parts) -> Parts:
        models = {role: self._make(model) for role, model in parts.models.items()}
        return replace(
            parts,
            models=models,
            tools=self._make(parts.tools),
            wire=ReplayWire.of(parts.wire, self._find_way),
            clock=self._clock,
            price=leave_unpriced,
            gauge=ReplayGauge(parts.gauge, self._find_room),
            evaluator=parts.evaluator
            and ReplayEvaluator(parts.evaluator.name, parts.evaluator.oracle, self._find_score),
            nest=self._nest,
            errand=self._go_nowhere,
            is_played=True,
        )

    async def _go_nowhere(self, _: MemoryEnv, errand: Errand) -> Brought:
        """What an errand has brought."""
        return self._find_brought(errand.key)

    def _nest(
        self, _: Any, __: str, ___: Any, inside: Inside
    ) -> tuple[MemoryEnv, AsyncGenerator[SubEvent | HandedOver, None]]:
        """What a sub-run of a state recorded."""
        records, _has_outcome = self._find_inside(inside.run_id)
        env = play_inside(inside, records)

        async def tell() -> AsyncGenerator[SubEvent | HandedOver, None]:
            if records:
                yield HandedOver(records, lambda: None)
            was_begun = bool(records) or inside.env is not None  # or nothing was left to spend on it
            if was_begun and env.status is Status.RUNNING:
                raise Interrupted(f"the run {inside.run_id} inside it has no end")

        return env, tell()

    def _remember(self, value: Any, make: Any) -> Any:
        """One twin for each thing: states share their parts."""
        if id(value) not in self._known:
            self._known[id(value)] = (value, make(value))
        return self._known[id(value)][1]
