"""Answers of a type: the answering states of a net, made to ask for a value, to read it, and to have it mended."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from agent_brain.core.answer_type import AnswerType, Fit, Grown, Misfit, has_grown
from agent_brain.core.chat import Again, ChatModel, Delta, Reply
from agent_brain.core.counting import count
from agent_brain.core.errors import WrongAnswer
from agent_brain.core.events import Chunk, Partial, Piece, Retracted
from agent_brain.core.form_model import FormModel
from agent_brain.core.items import Item, ItemKind, Message
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.offers import offers
from agent_brain.core.state import END
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.sub_run import NestingState

REPAIRS_MAX = 2
"""How often a model is told what is wrong with its answer, before the run fails."""


class _Mending(Exception):
    """Leaves a visit whose reply is no answer yet."""

    def __init__(self, misfit: Misfit, reply: Reply) -> None:
        self.misfit = misfit
        self.reply = reply


@dataclass(frozen=True)
class TypedAnswerState(AnswerState):
    """Asks for a value of the brain's `answer_type`; a wrong one is corrected, and the state is visited again.

    The value's JSON is the answer. When it was corrected `repairs_max` times in vain, the run fails with WrongAnswer.
    """

    name: str = field(default="", init=False)
    """Its own, in its net."""
    repairs_max: int = field(default=REPAIRS_MAX, init=False)

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({END, self.name})

    @property
    def visits_max(self) -> int:
        """The bound of the cycle to itself."""
        return self.repairs_max + 1

    def get_directive(self, env: MemoryEnv) -> str:
        """What the state asks for, and in which form."""
        return f"{super().get_directive(env)}\n\n{self._type().directive}"

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        watch, shown = self._type().watch(), None
        try:
            async with aclosing(super()._run(env)) as pieces:
                async for piece in pieces:
                    yield piece
                    if isinstance(piece, Retracted):
                        watch, shown = self._type().watch(), None
                    text = _get_text(piece)
                    grown = watch.add(text) if text else None
                    if grown is not None:
                        shown = grown
                        yield Partial(grown.data, env.state)
        except _Mending as mending:
            self._correct(env, mending.misfit, mending.reply)
        if env.open_pauses:
            return
        if _find_correction(env) is not None:
            if env.visits[env.state] > self.repairs_max:
                raise self._give_up(env)
            yield Retracted("the answer has to be mended", env.state)
        elif env.log[-1].kind is ItemKind.ANSWER:
            async with aclosing(self._show_whole(env, shown)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _show_whole(self, env: MemoryEnv, shown: Grown | None) -> AsyncGenerator[Piece, None]:
        """The whole answer as the last of what was shown of it. Raises: WrongAnswer where a guard has spoilt it."""
        text = env.log[-1].text
        found = self._type().read(text, is_whole=True)
        if isinstance(found, Misfit):
            raise WrongAnswer(self._type().name, text, f"so it was changed by a guard or a person. {found.remedy}")
        if shown is not None and not has_grown(shown.data, found.data):
            yield Retracted("the answer is another value than what came first", env.state)
            yield text
        if shown is None or shown.data != found.data:
            yield Partial(found.data, env.state)

    def _quote(self, env: MemoryEnv) -> str:
        text = super()._quote(env)
        found = self._type().read(text, is_whole=True) if text else None
        return found.text if isinstance(found, Fit) else ""

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        if self._bound().guards.before_answer:
            return
        found = self._find(reply)
        if isinstance(found, Fit):
            env.add(self.item, found.text, reasoning=reply.reasoning, details=reply.details)
        else:
            self._correct(env, found, reply)

    def _read(self, env: MemoryEnv, reply: Reply) -> str:
        found = self._find(reply)
        if isinstance(found, Misfit):
            raise _Mending(found, reply)
        return found.text

    def _find(self, reply: Reply) -> Fit | Misfit:
        """The answer in a reply, which is first of all the reply itself: what looks like a token may be a text's."""
        whole = self._type().read(reply.text, is_whole=True)
        if isinstance(whole, Fit):
            return whole
        text = self._bound().wire.read(reply, ()).text
        return self._type().read(text, is_limited=reply.finish == "length")

    def _correct(self, env: MemoryEnv, misfit: Misfit, reply: Reply) -> None:
        reading = self._bound().wire.read(reply, ())
        if reading.text or reply.reasoning:
            env.add(ItemKind.THOUGHT, reading.text, reasoning=reply.reasoning, details=reading.details)
        env.fault(misfit.fault, misfit.remedy)

    def _give_up(self, env: MemoryEnv) -> WrongAnswer:
        correction = _find_correction(env)
        assert correction is not None  # or there would be nothing to give up
        often = f"it was corrected {count(self.repairs_max, 'time')}, and still: " if self.repairs_max else ""
        return WrongAnswer(self._type().name, find_last_try(env), often + correction.text)

    async def _transition(self, env: MemoryEnv) -> None:
        if _find_correction(env) is not None:
            env.set_state(self.name, "its answer has to be mended")
        else:
            await super()._transition(env)

    def _ask(
        self, model: ChatModel, messages: list[Message], tools: Sequence[Mapping[str, Any]]
    ) -> AsyncGenerator[Delta | Again, None]:
        if offers(model, FormModel):
            return model.stream_form(messages, self._type().form, tools)
        return super()._ask(model, messages, tools)

    def _type(self) -> AnswerType:
        found = self._bound().answer_type
        assert found is not None  # `make_typed` and the parts come together
        return found


def make_typed(net: Net, repairs_max: int = REPAIRS_MAX) -> Net:
    """The same net whose answering states ask for a value, and go to themselves where it has to be mended."""
    typed = {
        name: _make_state(name, state, repairs_max)
        for name, state in net.states.items()
        if isinstance(state, AnswerState) and END in net.table[name]
    }
    inside = {
        name: state.typed(lambda inner: make_typed(inner, repairs_max))
        for name, state in net.states.items()
        if isinstance(state, NestingState)
    }
    moves = {name: row | {name} if name in typed else row for name, row in net.table.items()}
    return replace(net, states={**net.states, **inside, **typed}, moves=moves)


def find_last_try(env: MemoryEnv) -> str:
    """What a model has written last where an answer was wanted."""
    return next((item.text for item in reversed(env.log) if item.kind is ItemKind.THOUGHT), "")


def _make_state(name: str, state: AnswerState, repairs_max: int) -> TypedAnswerState:
    """The state with all that it has, of a class that is its own and a typed one."""
    if isinstance(state, TypedAnswerState):
        return state
    twin = object.__new__(_make_class(type(state)))
    vars(twin).update(vars(state), name=name, repairs_max=repairs_max)
    return twin


@cache
def _make_class(kind: type[AnswerState]) -> type[TypedAnswerState]:
    if kind is AnswerState:
        return TypedAnswerState
    made = type(f"Typed{kind.__name__}", (TypedAnswerState, kind), {"__doc__": TypedAnswerState.__doc__})
    return dataclass(frozen=True)(made)


def _find_correction(env: MemoryEnv) -> Item | None:
    """The correction that this visit has just written."""
    last = env.log[-1]
    is_own = last.kind is ItemKind.OBSERVATION and last.action is None and last.turn == env.steps
    return last if is_own else None


def _get_text(piece: Piece) -> str:
    """What a piece says of the answer."""
    if isinstance(piece, Chunk):
        return piece.text if piece.kind is TypedAnswerState.kind else ""
    return piece if isinstance(piece, str) else ""
