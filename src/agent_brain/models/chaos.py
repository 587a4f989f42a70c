"""A model that goes wrong on purpose, in the same way for the same messages: for tests of what is built upon models."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import pairwise

from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.core.items import Message
from agent_brain.core.ports import Again, ChatModel, Delta

WRONG_ACTIONS = (
    '{"name": "no_such_tool", "args": {}}',
    '{"name": "no_such_tool", "args": {"x": ',
    '{"name": 7, "args": "none"}',
    "```json\n{'name': 'no_such_tool', 'args': [1, 2,]}\n```",
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
    """Says one of WRONG_ACTIONS instead."""
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
        chance = random.Random(f"{self._seed} {json.dumps(messages, sort_keys=True)}")
        fault = self._draw_fault(chance)
        if fault == "error":
            raise ModelError(chance.choice(self._faults.error_kinds), "chaos: the call failed")
        steps: list[Delta | Again] = []
        async with aclosing(self._inner.stream(messages)) as inner:
            if not fault and not self._is_reshaped:
                async for step in inner:
                    yield step
                return
            async for step in inner:
                steps.append(step)
        for step in self._change(fault, steps, chance):
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

    def _change(self, fault: str, steps: list[Delta | Again], chance: random.Random) -> list[Delta | Again]:
        whole = "".join(step.text for step in steps if isinstance(step, Delta))
        part = whole[: chance.randint(0, len(whole))]
        match fault:
            case "cut":
                return [Delta(part)]
            case "again":
                return [Delta(part), Again("chaos: the stream was cut", 1, 0.0), *steps]
            case "mangled":
                return _retell(mangle(whole, chance), steps)
            case "empty":
                return _retell("", steps)
            case "wrong_action":
                return _retell(chance.choice(WRONG_ACTIONS), steps)
        return resplit(steps, chance) if chance.random() < self._faults.resplit else steps


def mangle(text: str, chance: random.Random) -> str:
    """The text with one character in about twenty lost, doubled or swapped with the next."""
    letters = list(text)
    for _ in range(max(1, len(letters) // 20) if letters else 0):
        place = chance.randrange(len(letters))
        letters[place] = chance.choice(["", letters[place] * 2, letters[(place + 1) % len(letters)]])
    return "".join(letters)


def resplit(steps: Sequence[Delta | Again], chance: random.Random) -> list[Delta | Again]:
    """The same steps, each text in pieces of chance lengths."""
    pieces: list[Delta | Again] = []
    for step in steps:
        if not isinstance(step, Delta) or len(step.text) < 2:
            pieces.append(step)
            continue
        cuts = sorted({0, len(step.text), *(chance.randrange(len(step.text)) for _ in range(3))})
        pieces += [Delta(step.text[a:b]) for a, b in pairwise(cuts)]
        if step.reasoning or step.finish or step.usage:
            pieces.append(Delta("", step.reasoning, step.finish, step.usage))
    return pieces


def _retell(text: str, steps: Sequence[Delta | Again]) -> list[Delta | Again]:
    """Another text in place of what was said; finish reason and usage stay."""
    ends: list[Delta | Again] = [
        Delta(finish=step.finish, usage=step.usage)
        for step in steps
        if isinstance(step, Delta) and (step.finish or step.usage)
    ]
    return [Delta(text), *ends] if text else ends
