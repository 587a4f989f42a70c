"""How far a plan has come: what the observations have settled, what failed, and which action is next."""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent_brain.core.items import Action
from agent_brain.models.offline.doubts import find_doubt
from agent_brain.models.offline.expression import render_expression
from agent_brain.models.offline.operation_tools import find_operation_tool
from agent_brain.models.offline.plan import Call, Literal, Node, Operation, Plan, Reference, Several, UnitOf
from agent_brain.models.offline.transcript import Attempt, Card

CALCULATOR = "calculate"
ATTEMPTS_MAX = 2
"""Of one and the same action."""
LIKENESS_MIN = 0.8
"""Of a wrong word and the one that takes its place; what is less alike may be something else."""
REASON_CHARACTERS_MAX = 300

_LEADING_NUMBER = re.compile(r"\s*([-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[-+]?\d+)?)(.*)", re.I | re.S)
_SUGGESTION = re.compile(r"'([^'\n]{1,80})'[^'\n]{0,40}?did you mean '?([^',?;\n]{1,80})")
_TRANSIENT = re.compile(r"try again|timed? ?out|temporar|busy|rate limit|unavailable", re.I)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a step: a value, or the reason why there is none; neither while it is open."""

    text: str
    value: str | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """The results so far and the next action, with its place among all of the plan's actions."""

    results: tuple[Result, ...]
    action: Action | None = None
    purpose: str = ""
    place: int = 0
    total: int = 0


def follow(plan: Plan, cards: Sequence[Card], attempts: Sequence[Attempt]) -> Progress:
    """Replay the attempts over the plan, up to the first action that has no outcome."""
    executor = _Executor(plan, cards, attempts)
    results: list[Result] = []
    pending: tuple[Action, str] | None = None
    for step in plan.steps:
        if step.node is None:
            results.append(Result(step.text, failure="my rules do not know this kind of question"))
        elif pending:
            results.append(Result(step.text))
        else:
            try:
                results.append(Result(step.text, value=show(executor.evaluate(step.node))))
            except _Pending as found:
                pending = found.action, step.text
                results.append(Result(step.text))
            except _Broken as broken:
                results.append(Result(step.text, failure=str(broken)[:REASON_CHARACTERS_MAX]))
        executor.results = results
    if pending is None:
        return Progress(tuple(results))
    place = len(executor.done) + 1
    return Progress(tuple(results), *pending, place, max(place, executor.count_actions()))


def show(value: Any) -> str:
    """A value as text: whole floats without their zero stay as the tool wrote them."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class _Pending(Exception):
    """An action has to be carried out first."""

    def __init__(self, action: Action) -> None:
        super().__init__(action.name)
        self.action = action


class _Broken(Exception):
    """A step cannot be done; says why."""


class _Executor:
    """Evaluates nodes with the outcomes that are known."""

    def __init__(self, plan: Plan, cards: Sequence[Card], attempts: Sequence[Attempt]) -> None:
        self._plan = plan
        self._cards = {card.name: card for card in cards}
        self._attempts: dict[str, list[Attempt]] = {}
        for attempt in attempts:
            self._attempts.setdefault(_key(attempt.tool, attempt.args), []).append(attempt)
        self.results: Sequence[Result] = ()
        self.done: set[str] = set()

    def evaluate(self, node: Node) -> Any:
        """The value of a node. Raises: _Pending, _Broken."""
        if isinstance(node, Literal):
            return node.value
        if isinstance(node, Reference):
            return self._look_up(node.step)
        if isinstance(node, UnitOf):
            return self._read_unit(node)
        if isinstance(node, Several):
            return tuple(map(self.evaluate, node.parts))
        if isinstance(node, Operation):
            return self._operate(node)
        return self._call(node)

    def count_actions(self) -> int:
        """How many different actions the whole plan asks for."""
        keys: set[str] = set()
        for step in self._plan.steps:
            if step.node is not None:
                _count(step.node, keys, has_calculator=CALCULATOR in self._cards)
        return len(keys)

    def _look_up(self, step: int) -> str:
        result = self.results[step]
        if result.value is None:
            raise _Broken(f"it needs the result of {result.text!r}")
        return result.value

    def _read_unit(self, node: UnitOf) -> str:
        text = str(self.evaluate(node.node))
        match = _LEADING_NUMBER.fullmatch(text)
        if match is None or not match[2].strip():
            raise _Broken(f"{text!r} has no unit")
        return match[2].strip()

    def _operate(self, node: Operation) -> Any:
        if CALCULATOR in self._cards:
            return self._perform(CALCULATOR, {"expression": render_expression(node, self._number_text, self._inline)})
        if node.sign == "-" and len(node.parts) == 1 and isinstance(node.parts[0], Literal):
            return -self._number(node.parts[0])
        numbers = [self._number(part) for part in node.parts]
        while len(numbers) > 1 or len(node.parts) == 1:
            names = find_operation_tool(node.sign, len(numbers[:2]), list(self._cards.values()))
            if names is None:
                raise _Broken(f"no tool here does {node.sign!r}; tools: {', '.join(self._cards) or 'none'}")
            text = self._perform(names[0], dict(zip(names[1], numbers[:2], strict=True)))
            if len(node.parts) == 1:
                return text
            numbers[:2] = [_to_number(text)]
        return show(numbers[0])

    def _inline(self, step: int) -> Node | None:
        """Arithmetic on arithmetic goes into one expression, so that thirds stay exact."""
        return self._plan.steps[step].node

    def _number_text(self, node: Node) -> str:
        value = self.evaluate(node)
        return value if value in ("pi", "e") else _spell_number(_to_number(value))

    def _number(self, node: Node) -> int | float:
        return _to_number(self.evaluate(node))

    def _call(self, node: Call) -> str:
        card = self._cards.get(node.tool)
        if card is None:
            raise _Broken(f"there is no tool called {node.tool!r} here")
        args = {name: _coerce(self.evaluate(value), card.properties.get(name, {})) for name, value in node.args}
        doubt = find_doubt(node.tool, args)
        if doubt:
            raise _Broken(doubt)
        return self._perform(node.tool, args)

    def _perform(self, tool: str, args: Mapping[str, Any]) -> str:
        """The outcome of an action; a failure that tells its remedy is mended, once."""
        mended = False
        while True:
            key = _key(tool, args)
            tried = self._attempts.get(key, [])
            self.done.add(key)
            if tried and tried[-1].status == "finished":
                return tried[-1].text.strip()
            if not tried or (len(tried) < ATTEMPTS_MAX and _may_repeat(tried[-1])):
                self.done.discard(key)
                raise _Pending(Action(name=tool, args=dict(args)))
            better = None if mended else _mend(tried[-1])
            if better is None:
                raise _Broken(_explain(tool, tried[-1]))
            args, mended = better, True


def _key(tool: str, args: Mapping[str, Any]) -> str:
    return f"{tool} {json.dumps(args, sort_keys=True, default=str)}"


def _may_repeat(attempt: Attempt) -> bool:
    return attempt.status == "asked" or (
        attempt.status == "failed" and _TRANSIENT.search(attempt.text[:1_000]) is not None
    )


def _mend(attempt: Attempt) -> dict[str, Any] | None:
    """The arguments with the wrong word replaced, where the failure names a right one."""
    match = _SUGGESTION.search(attempt.text[:1_000]) if attempt.status == "failed" else None
    if match is None or difflib.SequenceMatcher(None, match[1].lower(), match[2].lower()).ratio() < LIKENESS_MIN:
        return None
    args = {name: match[2].strip() if value == match[1] else value for name, value in attempt.args.items()}
    return args if args != attempt.args else None


def _explain(tool: str, attempt: Attempt) -> str:
    reason = " ".join(attempt.text[: 2 * REASON_CHARACTERS_MAX].split())
    match attempt.status:
        case "unknown":
            return f"nobody knows whether {tool} took effect"
        case "pending":
            return f"{tool} has not ended yet"
        case "asked":
            return f"{tool} was asked for, but its outcome never came"
    return f"{tool} failed: {reason}" if not reason.startswith(tool) else reason


def _to_number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _Broken(f"{show(value)} is not a number")
    if not isinstance(value, str):
        return value
    match = _LEADING_NUMBER.fullmatch(value)
    if match is None:
        raise _Broken(f"{value[:80]!r} is not a number")
    digits = match[1].replace(",", "")
    try:
        return int(digits) if digits.lstrip("+-").isdigit() else float(digits)
    except ValueError:
        raise _Broken(f"{value[:80]!r} is too long a number") from None


def _spell_number(value: int | float) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else str(value)


def _coerce(value: Any, rule: Mapping[str, Any]) -> Any:
    """The value as the tool's schema wants it."""
    kind = rule.get("type")
    if kind in ("integer", "number"):
        number = _to_number(value)
        return int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 1e15 else number
    if kind == "string" and not isinstance(value, str):
        return show(value)
    return list(value) if isinstance(value, tuple) else value


def _count(node: Node, keys: set[str], *, has_calculator: bool) -> None:
    children: Sequence[Node] = ()
    if isinstance(node, Call):
        keys.add(repr(node))
        children = [value for _, value in node.args]
    elif isinstance(node, Operation):
        keys.add(repr(node))
        children = node.parts
    elif isinstance(node, UnitOf):
        children = (node.node,)
    elif isinstance(node, Several):
        children = node.parts
    for child in children:
        if has_calculator and isinstance(node, Operation):
            _count_below(child, keys)
        else:
            _count(child, keys, has_calculator=has_calculator)


def _count_below(node: Node, keys: set[str]) -> None:
    """Arithmetic inside arithmetic is one action."""
    if isinstance(node, Operation):
        for part in node.parts:
            _count_below(part, keys)
    else:
        _count(node, keys, has_calculator=True)
