"""A model that goes wrong on purpose, in the same way for the same messages: for tests of what is built upon models."""

import asyncio
import copy
import json
import random
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

from agent_brain.core.answer_type import ReplyForm
from agent_brain.core.chat import Again, CallDelta, CallingModel, ChatModel, Delta, ToolChoice, takes_tools
from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.core.form_model import stream_form
from agent_brain.core.items import Message
from agent_brain.core.offers import offers
from agent_brain.core.place import Placed

WRONG_ACTIONS = (
    '{"name": "no_such_tool", "args": {}}',
    '{"name": "no_such_tool", "args": {"x": ',
    '{"name": 7, "args": "none"}',
    "```json\n{'name': 'no_such_tool', 'args': [1, 2,]}\n```",
)
WRONG_CALLS = (
    CallDelta(0, "no_such_tool", "{}"),
    CallDelta(0, "no_such_tool", '{"x": '),
    CallDelta(0, "", '{"x": 1}'),
    CallDelta(0, "no such <tool>", "[1, 2,]"),
)


@dataclass(frozen=True, slots=True)
class Faults:
    """The share of calls, from 0 to 1, in which each fault happens; at most one of the first six strikes a call."""

    error: float = 0.0
    """Fails before the first word."""
    cut: float = 0.0
    """Ends in the middle with a ModelError."""
    again: float = 0.0
    """Breaks in the middle and begins again, as a retry does."""
    mangled: float = 0.0
    """Loses, doubles or swaps some characters."""
    empty: float = 0.0
    """A whole reply without a word."""
    wrong_action: float = 0.0
    """Says one of WRONG_ACTIONS instead, or calls as one of WRONG_CALLS where it is given tools."""
    resplit: float = 0.0
    """The same text with other boundaries between its pieces."""
    delay: float = 0.0
    """Waits up to `delay_seconds` between two pieces."""
    delay_seconds: float = 0.001
    error_kinds: tuple[ModelErrorKind, ...] = (ModelErrorKind.SERVER, ModelErrorKind.RATE_LIMIT)


_EXCLUSIVE = ("error", "cut", "again", "mangled", "empty", "wrong_action")


class ChaosModel:
    """Any model with faults; which ones a call meets depends on the seed and the messages alone."""

    def __init__(self, inner: ChatModel, faults: Faults, *, seed: int = 0) -> None:
        rates = {name: getattr(faults, name) for name in (*_EXCLUSIVE, "resplit", "delay")}
        if wrong := [name for name, rate in rates.items() if not 0 <= rate <= 1]:
            raise SetupError(f"a rate is a number from 0 to 1; wrong: {', '.join(wrong)}")
        if sum(rates[name] for name in _EXCLUSIVE) > 1 + 1e-9:
            raise SetupError(f"the rates of {', '.join(_EXCLUSIVE)} add up to more than 1")
        self.name = inner.name
        self._inner = inner
        self._faults = faults
        self._seed = seed

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
        """Stream the inner model's reply with its faults.

        Raises: ModelError.
        """
        async with aclosing(self._spoil(messages, self._inner.stream(messages))) as steps:
            async for step in steps:
                yield step

    async def stream_calls(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], *, choice: ToolChoice = "auto"
    ) -> AsyncGenerator[Delta | Again, None]:
        """Stream the inner model's reply and calls with their faults.

        Raises: ModelError; SetupError where the inner model takes no tools.
        """
        if not isinstance(self._inner, CallingModel):
            raise SetupError(f"model {self.name!r} takes no tools: wanted wire='text', or a model with stream_calls")
        inner = self._inner.stream_calls(messages, tools, choice=choice)
        async with aclosing(self._spoil(messages, inner, is_calling=bool(tools))) as steps:
            async for step in steps:
                yield step

    def placed(self, place: str) -> Self:
        """The same model, whose inner one is asked in this place of a run."""
        if not offers(self._inner, Placed):
            return self
        twin = copy.copy(self)
        twin._inner = self._inner.placed(place)
        return twin

    @property
    def takes_tools(self) -> bool:
        """True where the inner model does."""
        return takes_tools(self._inner)

    async def stream_form(
        self, messages: Sequence[Message], form: ReplyForm, tools: Sequence[Mapping[str, Any]] = ()
    ) -> AsyncGenerator[Delta | Again, None]:
        """Stream the inner model's reply, held to the form as far as it can be, with its faults.

        Raises: ModelError; SetupError where the inner model takes no tools.
        """
        async with aclosing(self._spoil(messages, stream_form(self._inner, messages, form, tools))) as steps:
            async for step in steps:
                yield step

    async def _spoil(
        self, messages: Sequence[Message], stream: AsyncGenerator[Delta | Again, None], *, is_calling: bool = False
    ) -> AsyncGenerator[Delta | Again, None]:
        chance = random.Random(f"{self._seed} {json.dumps(messages, sort_keys=True)}")
        steps: list[Delta | Again] = []
        async with aclosing(stream) as inner:
            fault = self._draw_fault(chance)
            if fault == "error":
                raise ModelError(chance.choice(self._faults.error_kinds), "chaos: the call failed")
            if not fault and not self._is_reshaped:
                async for step in inner:
                    yield step
                return
            async for step in inner:
                steps.append(step)
        for step in self._change(fault, steps, chance, is_calling=is_calling):
            if chance.random() < self._faults.delay:
                await asyncio.sleep(chance.random() * self._faults.delay_seconds)
            yield step
        if fault == "cut":
            raise ModelError(ModelErrorKind.CUT, "chaos: the stream was cut")

    @property
    def _is_reshaped(self) -> bool:
        return self._faults.resplit > 0 or self._faults.delay > 0

    def _draw_fault(self, chance: random.Random) -> str:
        draw = chance.random()
        for name in _EXCLUSIVE:
            draw -= getattr(self._faults, name)
            if draw < 0:
                return name
        return ""

    def _change(
        self, fault: str, steps: list[Delta | Again], chance: random.Random, *, is_calling: bool
    ) -> list[Delta | Again]:
        whole = "".join(step.text for step in steps if isinstance(step, Delta))
        calls = [call for step in steps if isinstance(step, Delta) for call in step.calls]
        part = [Delta(whole[: chance.randint(0, len(whole))])]
        if calls:
            part += [Delta(calls=(call,)) for call in calls[: chance.randint(0, len(calls))]]
        match fault:
            case "cut":
                return [*part]
            case "again":
                return [*part, Again("chaos: the stream was cut", 1, 0.0), *steps]
            case "mangled":
                return _retell(mangle(whole, chance), [_mangle_call(call, chance) for call in calls], steps)
            case "empty":
                return _retell("", [], steps)
            case "wrong_action" if is_calling:
                return _retell(whole, [chance.choice(WRONG_CALLS)], steps)
            case "wrong_action":
                return _retell(chance.choice(WRONG_ACTIONS), [], steps)
        return resplit(steps, chance) if chance.random() < self._faults.resplit else steps


def mangle(text: str, chance: random.Random) -> str:
    """The text with one character in about twenty lost, doubled or swapped with the next."""
    letters = list(text)
    for _ in range(max(1, len(letters) // 20) if letters else 0):
        place = chance.randrange(len(letters))
        letters[place] = chance.choice(["", letters[place] * 2, letters[(place + 1) % len(letters)]])
    return "".join(letters)


def resplit(steps: Sequence[Delta | Again], chance: random.Random) -> list[Delta | Again]:
    """The same steps, each text and each call's arguments in pieces of chance lengths."""
    pieces: list[Delta | Again] = []
    for step in steps:
        if isinstance(step, Again):
            pieces.append(step)
            continue
        pieces += [Delta(text) for text in _cut(step.text, chance)]
        if step.reasoning or step.finish or step.usage or step.details:
            pieces.append(Delta("", step.reasoning, step.finish, step.usage, (), step.details))
        for call in step.calls:
            pieces += [Delta(calls=(CallDelta(call.index, call.name),))] if call.name else []
            pieces += [Delta(calls=(CallDelta(call.index, "", text),)) for text in _cut(call.arguments, chance)]
    return pieces


def _cut(text: str, chance: random.Random) -> list[str]:
    if len(text) < 2:
        return [text] if text else []
    cuts = sorted({0, len(text), *(chance.randrange(len(text)) for _ in range(3))})
    return [text[a:b] for a, b in pairwise(cuts)]


def _mangle_call(call: CallDelta, chance: random.Random) -> CallDelta:
    return CallDelta(call.index, call.name, mangle(call.arguments, chance))


def _retell(text: str, calls: Sequence[CallDelta], steps: Sequence[Delta | Again]) -> list[Delta | Again]:
    """Another text and other calls in place of what was said; finish reason and usage stay."""
    said: list[Delta | Again] = [Delta(text)] if text else []
    said += [Delta(calls=(call,)) for call in calls]
    said += [
        Delta(finish=step.finish, usage=step.usage, details=step.details)
        for step in steps
        if isinstance(step, Delta) and (step.finish or step.usage or step.details)
    ]
    return said
