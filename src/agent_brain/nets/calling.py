"""One call of a model in the making: who is asked, over which wire, and once more over text where that has to be."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Again, ChatModel, Choosing, Delta, Parts, Several, Wire
from agent_brain.core.wire_choice import WireChoice, make_key, read_choice
from agent_brain.models.served import find_host, find_server

OVER_TEXT = frozenset({ModelErrorKind.NO_TOOLS, ModelErrorKind.BROKEN_CALL})
"""Failures of a call with tools after which the same model is asked again without."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What one model is asked with over one wire."""

    messages: list[Message]
    tools: Sequence[Mapping[str, Any]]
    """What is sent beside the messages."""
    send: Callable[[], AsyncGenerator[Delta | Again, None]]


Prepare = Callable[[ChatModel, Wire], Prompt]


class Calling:
    """Asks a model, or several in turn, each over the wire that is chosen for it.

    Where a server refuses tools, or cannot read its own model's call however often it is asked, the same call is made
    again over text. What was found out is written into the run when there is a reply: a call that fails leaves nothing.
    """

    __slots__ = ("_choice", "_env", "_known", "_parts", "_prepare", "model", "prompt", "wire")

    model: ChatModel
    """Who is asked now, and in the end, who has answered."""
    wire: Wire
    """Over which wire."""
    prompt: Prompt

    def __init__(self, env: MemoryEnv, parts: Parts, prepare: Prepare) -> None:
        self._env = env
        self._parts = parts
        self._prepare = prepare
        self._known: WireChoice | None = None
        self._choice: WireChoice | None = None

    def stream(self, model: ChatModel) -> AsyncGenerator[Delta | Again, None]:
        """Stream the reply.

        Raises: ModelError.
        """
        return model.ask_each(self.stream) if isinstance(model, Several) else self._ask(model)

    def keep(self) -> None:
        """Write down what the run goes on with, where that is news and had to be found out."""
        choice = self._choice
        if choice is not None and choice.why and choice != self._known:
            self._env.put_board(_make_key(self.model), choice.data())

    async def _ask(self, model: ChatModel) -> AsyncGenerator[Delta | Again, None]:
        self._begin(model, await self._choose(model))
        try:
            async with aclosing(self.prompt.send()) as steps:
                async for step in steps:
                    yield step
            return
        except ModelError as error:
            if error.kind not in OVER_TEXT or self._choice is None or not self.prompt.tools:
                raise
            fault = error
        why = f"{fault}; it is asked again over text"
        yield Again(why, 1, 0.0, model)
        assert isinstance(self._parts.wire, Choosing)  # who else makes a choice
        self._begin(model, self._parts.wire.text)
        try:
            async with aclosing(self.prompt.send()) as steps:
                async for step in steps:
                    yield step
        except ModelError as error:
            raise _join(fault, error) from None
        is_refusal = fault.kind is ModelErrorKind.NO_TOOLS
        self._choice = self._choice.refused(str(fault)) if is_refusal else self._choice.broken(str(fault))

    async def _choose(self, model: ChatModel) -> Wire:
        """The wire for this model; where no tool could be called, none has to be chosen."""
        wire = self._parts.wire
        self._known = self._choice = None
        if not isinstance(wire, Choosing) or not self._parts.tools.specs:
            return wire
        self._known = read_choice(self._env.board, _make_key(model))
        choice = self._choice = await wire.choose(model, self._known)
        if choice.spent is not None:
            self._env.charge(self._parts.price(model, choice.spent), model.name)
        return wire.native if choice.way == "native" else wire.text

    def _begin(self, model: ChatModel, wire: Wire) -> None:
        self.model, self.wire = model, wire
        self.prompt = self._prepare(model, wire)


def find_wire(env: MemoryEnv, parts: Parts, model: ChatModel) -> Wire:
    """The wire over which a model would be asked, as far as the run knows without asking anybody."""
    wire = parts.wire
    if parts.is_wire_chosen or not isinstance(wire, Choosing) or not parts.tools.specs:
        return wire
    known = read_choice(env.board, _make_key(model))
    return wire if known is None else wire.native if known.way == "native" else wire.text


def _make_key(model: ChatModel) -> str:
    return make_key(model.name, find_host(find_server(model)))


def _join(first: ModelError, second: ModelError) -> ModelError:
    """The error of a call that failed over both wires; what a caller can do is what the second one says."""
    return ModelError(
        second.kind,
        f"{second} (over text, because over tool calls: {first})",
        status=second.status,
        retry_after_seconds=second.retry_after_seconds,
        retryable=second.retryable,
    )
