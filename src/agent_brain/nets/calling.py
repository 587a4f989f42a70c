"""One call of a model in the making: who is asked, over which wire, and once more over text where that has to be."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from agent_brain.core.chat import Again, ChatModel, Delta, Several
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.offers import offers
from agent_brain.core.ports import Choosing, Noting, Parts, Wire
from agent_brain.core.records import Fitted
from agent_brain.core.usage import Usage
from agent_brain.core.wire_choice import WireChoice, make_key, read_choice
from agent_brain.models.served import find_host, find_server
from agent_brain.nets.fitting import Fit, refuse_again

OVER_TEXT = frozenset({ModelErrorKind.NO_TOOLS, ModelErrorKind.BROKEN_CALL})
"""Failures of a call with tools after which the same model is asked again without."""
MENDS_MAX = 2
"""How often a call is made otherwise: over text, and with less shown."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What one model is asked with over one wire."""

    messages: list[Message]
    tools: Sequence[Mapping[str, Any]]
    """What is sent beside the messages."""
    send: Callable[[], AsyncGenerator[Delta | Again, None]]
    fit: Fit
    """How the messages were made to fit."""
    refuse: Callable[[ModelError], str]
    """Writes down that they did not fit, and says what was learnt."""
    find_cut: Callable[[Usage | None], Fitted | None]
    """Tells by what was spent whether the server has cut them."""


Prepare = Callable[[ChatModel, Wire], Prompt]


class Calling:
    """Asks a model, or several in turn, each over the wire that is chosen for it.

    Where a server refuses tools, or cannot read its own model's call however often it is asked, the same call is made
    again over text; where a prompt does not fit its context, once more with a shorter one. What was found out is
    written into the run when there is a reply: but for what a refusal has taught, a call that fails leaves nothing.
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
        return model.ask_each(self.stream) if offers(model, Several) else self._ask(model)

    def keep(self) -> None:
        """Write down what the run goes on with, where that is news and had to be found out."""
        choice = self._choice
        if choice is not None and choice.why and choice != self._known:
            self._env.put_board(_make_key(self.model), choice.data())
            self._known = choice

    async def _ask(self, model: ChatModel) -> AsyncGenerator[Delta | Again, None]:
        self._begin(model, await self._choose(model))
        faults: list[ModelError] = []
        for _ in range(1 + MENDS_MAX):
            try:
                async with aclosing(self.prompt.send()) as steps:
                    async for step in steps:
                        yield step
                break
            except ModelError as error:
                faults.append(error)
            used = self.prompt
            why = self._mend(model, faults)
            mended, self.prompt = self.prompt, used  # what was streamed belongs to the prompt that was sent
            yield Again(why, len(faults), 0.0, model)
            self.prompt = mended
        fault = next((fault for fault in faults if fault.kind in OVER_TEXT), None)
        if fault is not None and self._choice is not None:
            self._choice = self._learn(model, fault, self._choice)

    def note_fit(self) -> None:
        """Write down what the prompt did not show any more."""
        if self.prompt.fit.record is not None:
            self._env.update(self.prompt.fit.record)

    def note_cut(self, usage: Usage | None) -> None:
        """Write down that the server has cut the prompt, where what it has spent tells so."""
        cut = self.prompt.find_cut(usage)
        if cut is not None:
            self._env.update(cut)

    def _mend(self, model: ChatModel, faults: Sequence[ModelError]) -> str:
        """Prepare a prompt without what was refused, and say why. Raises: ModelError where it cannot be mended."""
        fault, before = faults[-1], [fault.kind for fault in faults[:-1]]
        if fault.kind is ModelErrorKind.CONTEXT_LENGTH:
            self.keep()  # what is learnt of a prompt is learnt of it over this wire
            self.note_fit()
            said = self.prompt.refuse(fault)
            if fault.kind in before:
                raise refuse_again(fault, self.prompt.fit) from None
            self._begin(model, self.wire)
            return f"{said}; it is asked again with {self.prompt.fit.describe()}"
        is_mendable = fault.kind in OVER_TEXT and not OVER_TEXT & set(before)
        if not is_mendable or self._choice is None or not self.prompt.tools:
            broken = next((fault for fault in faults[:-1] if fault.kind in OVER_TEXT), None)
            raise fault if broken is None else _join(broken, fault)
        assert offers(self._parts.wire, Choosing)  # who else makes a choice
        self._begin(model, self._parts.wire.text)
        return f"{fault}; it is asked again over text"

    def _learn(self, model: ChatModel, fault: ModelError, choice: WireChoice) -> WireChoice:
        """The choice after a call that was made over text because of this fault."""
        if fault.kind is not ModelErrorKind.NO_TOOLS:
            return choice.broken(str(fault))
        if offers(self._parts.wire, Noting):
            self._parts.wire.note_refusal(model, str(fault))
        return choice.refused(str(fault))

    async def _choose(self, model: ChatModel) -> Wire:
        """The wire for this model; where no tool could be called, none has to be chosen."""
        wire = self._parts.wire
        self._known = self._choice = None
        if not offers(wire, Choosing) or not self._parts.tools.specs:
            return wire
        self._known = read_choice(self._env.board, _make_key(model))
        choice = self._choice = await wire.choose(model, self._known, may_ask=not self._env.limit)
        if choice.spent is not None:
            self._env.charge(self._parts.price(model, choice.spent), model.name)
        return wire.native if choice.way == "native" else wire.text

    def _begin(self, model: ChatModel, wire: Wire) -> None:
        self.model, self.wire = model, wire
        self.prompt = self._prepare(model, wire)


def find_wire(env: MemoryEnv, parts: Parts, model: ChatModel) -> Wire:
    """The wire over which a model, of several the first, would be asked, as far as the run knows by itself."""
    while offers(model, Several):
        model = model.models[0]
    choosing: object = parts.wire
    if parts.is_wire_chosen or not parts.tools.specs or not offers(choosing, Choosing):
        return parts.wire
    known = read_choice(env.board, _make_key(model))
    return parts.wire if known is None else choosing.native if known.way == "native" else choosing.text


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
