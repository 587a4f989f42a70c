"""What a run may spend; a limit that is met is a move to the finishing state, not an error."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from agent_brain.core.errors import SetupError
from agent_brain.core.items import Action, ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.pauses import PauseKind
from agent_brain.core.usage import describe_dollars

GRANTABLE = frozenset({"model_calls", "tool_calls", "steps", "tokens", "usd", "seconds"})
"""The limits that a person can give more of."""
OF_TOOL = "calls_of."
"""Begins the name of one tool's limit: `calls_of.pay`."""
UNKNOWN_PRICE = "usd.unknown"
"""The limit on money, met because nobody knows what has been spent: more money would not help."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run; None: no bound.

    The finishing state is never refused: its model call is kept back from `model_calls`, and its time is
    `answer_seconds`. Its tokens and its price come on top of `tokens` and `usd`, because nobody knows them beforehand;
    so do those of the call that meets such a bound, and where several runs are at work inside, of one call of each.
    Raises: SetupError for a bound that is no whole number of at least 1 (for seconds and money: no number of at least
    0).
    """

    model_calls: int | None = 40
    tool_calls: int | None = 100
    steps: int | None = 200
    tokens: int | None = None
    """Input and output of all calls together."""
    usd: float | None = None
    """What all calls may cost in US dollars. A call whose price nobody knows meets it."""
    calls_of: Mapping[str, int] | None = None
    """How often single tools may be called, by name; of the others `tool_calls` alone is the bound."""
    seconds: float | None = 900.0
    """Wall time; what is at work when it is over is cancelled."""
    repeats: int | None = 3
    """How often in a row the very same action is carried out."""
    faults: int | None = 5
    """How many replies in a row may be faulty: unreadable, unknown tool, wrong arguments."""
    answer_seconds: float = 60.0
    """Wall time of the finishing state after `seconds` are over."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "calls_of":
                _check_calls(value)
                continue
            is_amount = is_amount_limit(field.name)
            kinds, least = ((int, float), 0) if is_amount else ((int,), 1)
            if value is None and field.name == "answer_seconds":
                raise SetupError(
                    "limit answer_seconds is None; wanted a number: without it an answer could last for ever"
                )
            if value is not None and not (isinstance(value, kinds) and value >= least and value is not True):
                wanted = "a number" if is_amount else "a whole number"
                raise SetupError(f"limit {field.name} is {value!r}; wanted None or {wanted} of at least {least}")

    def find_met(self, env: MemoryEnv, net: Net) -> tuple[str, str] | None:
        """The first limit that forbids the next step, as its name and a sentence; None when the step may begin."""
        if env.state == net.finish:
            return None
        met = next(self._met(env, net), None)
        return None if met is None else (met, self.describe(env, met))

    def find_past(self, env: MemoryEnv) -> str:
        """The limit that has sent the run to its finishing state already, or an empty text."""
        return next((name for name in self._list_names() if self.describe(env, name) == env.limit), "")

    def describe(self, env: MemoryEnv, limit: str) -> str:
        """That a limit was reached, as a sentence with its bound."""
        if limit.startswith(OF_TOOL):
            tool = limit.removeprefix(OF_TOOL)
            return f"the limit of {_tell((self.calls_of or {})[tool], 'call')} of {tool} was reached"
        if limit == UNKNOWN_PRICE:
            return f"the limit of {describe_dollars(self.usd or 0)} cannot be kept: nobody knows what some calls cost"
        bound = _add(getattr(self, limit), env, limit)
        match limit:
            case "repeats":
                return f"the same action was asked for more than {_tell(bound, 'time')} in a row"
            case "faults":
                return f"{bound} replies in a row were faulty" if bound != 1 else "a reply was faulty"
            case "seconds":
                return f"the limit of {bound:g} seconds was reached"
            case "usd":
                return f"the limit of {describe_dollars(bound or 0)} was reached"
        return f"the limit of {_tell(bound, limit.replace('_', ' ').removesuffix('s'))} was reached"

    def find_seconds(self, env: MemoryEnv) -> float | None:
        """The bound on wall time, with what a person has added to it."""
        return _add(self.seconds, env, "seconds")

    def is_worth_asking(self, env: MemoryEnv, limit: str) -> bool:
        """True where a person can give more of this limit, and has not said no."""
        if limit not in GRANTABLE:
            return False
        asked = [pause for pause in env.pauses.values() if pause.turn and pause.kind is PauseKind.BUDGET]
        said = [pause for pause in asked if pause.token == limit]
        return not said or said[-1].is_open or bool(said[-1].reply)

    def _met(self, env: MemoryEnv, net: Net) -> Iterator[str]:
        calls = net[env.state].model_calls
        kept_back = net[net.finish].model_calls if calls else 0
        yield from self.find_spent(env, calls + kept_back, env.next_actions)
        steps = _add(self.steps, env, "steps")
        if steps is not None and env.steps > steps:
            yield "steps"
        if self.repeats is not None and _count_repeats(env, self.repeats) >= self.repeats:
            yield "repeats"
        if self.faults is not None and env.fault_streak >= self.faults:
            yield "faults"

    def find_spent(self, env: MemoryEnv, calls: int, actions: Sequence[Action]) -> Iterator[str]:
        """The limits on what is spent that forbid so many more model calls and these actions."""
        usage = env.usage
        model_calls, most = _add(self.model_calls, env, "model_calls"), _add(self.tool_calls, env, "tool_calls")
        if calls and model_calls is not None and usage.model_calls + calls > model_calls:
            yield "model_calls"
        yield from self._met_money(env)
        if actions and most is not None and usage.tool_calls + len(actions) > most:
            yield "tool_calls"
        yield from self._met_calls(env, actions)
        tokens = _add(self.tokens, env, "tokens")
        if tokens is not None and usage.tokens >= tokens:
            yield "tokens"

    def _met_money(self, env: MemoryEnv) -> Iterator[str]:
        usd = _add(self.usd, env, "usd")
        if usd is not None and env.usage.cost_usd >= usd:
            yield "usd"
        if usd is not None and env.usage.unpriced_tokens:
            yield UNKNOWN_PRICE

    def _met_calls(self, env: MemoryEnv, actions: Sequence[Action]) -> Iterator[str]:
        if not actions or self.calls_of is None:
            return
        wanted = Counter(action.name for action in actions if action.name in self.calls_of)
        called = _count_calls(env)
        for name, count in wanted.items():
            if called[name] + count > self.calls_of[name]:
                yield f"{OF_TOOL}{name}"

    def _list_names(self) -> Iterator[str]:
        """All limits that there are, as `_met` names them."""
        bounds = (field.name for field in fields(self) if getattr(self, field.name) is not None)
        yield from (name for name in bounds if name != "calls_of")
        yield from (f"{OF_TOOL}{name}" for name in self.calls_of or ())
        if self.usd is not None:
            yield UNKNOWN_PRICE


def is_amount_limit(name: str) -> bool:
    """True for a limit that need not be a whole number: seconds, money."""
    return name == "usd" or name.endswith("seconds")


def _tell(bound: float | None, noun: str) -> str:
    return f"{bound:.0f} {noun}" if bound == 1 else f"{bound:.0f} {noun}s"


def _check_calls(calls_of: object) -> None:
    if calls_of is None:
        return
    if not isinstance(calls_of, Mapping):
        raise SetupError(f"limit calls_of is {calls_of!r:.80}; wanted None, or a number for each tool's name")
    for name, bound in calls_of.items():
        if not isinstance(bound, int) or isinstance(bound, bool) or bound < 1:
            raise SetupError(f"limit calls_of has {bound!r:.60} for {name!r:.60}; wanted a whole number of at least 1")


def _add(bound: float | None, env: MemoryEnv, limit: str) -> float | None:
    return bound if bound is None or not env.granted else bound + env.granted.get(limit, 0)


def _count_calls(env: MemoryEnv) -> Counter[str]:
    """How often each tool was called in this run and inside it; what a person has not let start is no call."""
    asked = (pause for pause in env.pauses.values() if pause.kind is PauseKind.APPROVAL and not pause.is_spent)
    kept_back = {pause.action_id for pause in asked}
    called = Counter(env.called_inside)
    for item in reversed(env.log):
        if item.kind is ItemKind.GOAL:
            break
        if item.action is not None and item.action_id not in kept_back:
            called[item.action.name] += 1
    return called


def _count_repeats(env: MemoryEnv, enough: int) -> int:
    """How often in a row the next action has just been carried out in this run; counting stops at `enough`."""
    wanted = env.next_action
    if wanted is None:
        return 0
    count = 0
    for item in reversed(env.log):
        if item.kind is ItemKind.GOAL:
            break
        if item.kind is ItemKind.ACTION:
            if (item.asked or item.action) != wanted or count == enough:
                break
            count += 1
    return count
