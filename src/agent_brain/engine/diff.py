"""Compares two runs: where they part, and what is different in each of their steps; as data, and as text."""

import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import zip_longest
from typing import Any, TypeVar

from agent_brain.core.counting import count
from agent_brain.core.items import ItemKind, OutcomeStatus
from agent_brain.core.usage import Usage, describe_cost
from agent_brain.engine.calls import Call
from agent_brain.engine.story import Deed, Said, Step, Story, Wait

T = TypeVar("T")

PROMPT = "prompt"
LINES_MAX = 40
"""How many changed lines of one text are shown."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different in two steps that stand beside each other."""

    what: str
    before: str
    after: str

    def lines(self) -> Iterator[str]:
        """As in a unified diff, with what it is about before each line."""
        before, after = self.before.splitlines(), self.after.splitlines()
        if len(before) < 2 and len(after) < 2:
            yield from (f"-{self.what}: {line}" for line in before)
            yield from (f"+{self.what}: {line}" for line in after)
            return
        yield f" {self.what}:"
        found = [
            line for line in difflib.unified_diff(before, after, lineterm="", n=1) if line[:3] not in ("---", "+++")
        ]
        yield from (line for line in found[:LINES_MAX] if not line.startswith("@@"))
        if len(found) > LINES_MAX:
            yield f" ({len(found) - LINES_MAX} more lines)"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two steps that stand beside each other, or one that only one run has."""

    state: str
    before: int | None
    """The place of the step in its run, counted from 1 over all questions; None: only the other run has it."""
    after: int | None
    changes: tuple[Change, ...] = ()
    usage_before: Usage | None = None
    usage_after: Usage | None = None

    @property
    def is_same(self) -> bool:
        """True where both runs have it and nothing but time and tokens is different."""
        return self.before is not None and self.after is not None and not self.changes


@dataclass(frozen=True, slots=True)
class Diff:
    """What is different in two runs."""

    before: str
    """The run that is compared with."""
    after: str
    pairs: tuple[Pair, ...]
    """All steps of both, in order."""
    changes: tuple[Change, ...] = ()
    """Of the runs as a whole: net, goal, status, answer, error."""
    usage_before: Usage = field(default_factory=Usage)
    usage_after: Usage = field(default_factory=Usage)

    @property
    def parting(self) -> Pair | None:
        """The first pair of steps that is not the same; None: they never part."""
        return next((pair for pair in self.pairs if not pair.is_same), None)

    @property
    def is_same(self) -> bool:
        """True where nothing but names, time and tokens is different."""
        return self.parting is None and not self.changes

    def data(self) -> dict[str, Any]:
        """All of it in JSON's types."""
        parting = None if self.parting is None else asdict(self.parting)
        return {**asdict(self), "is_same": self.is_same, "parting": parting}

    def text(self) -> str:
        """Like a unified diff: a line for what is the same, lines with - and + for what is not."""
        spent = _describe_usage(self.usage_before, self.usage_after)
        if self.is_same:
            return f"{self.before} and {self.after} are the same in {count(len(self.pairs), 'step')} ({spent})"
        lines = [f"--- {self.before}", f"+++ {self.after}"]
        lines += [line for change in self.changes for line in change.lines()]
        lines.append(f" {spent}")
        parting = self.parting
        lines.append("@@ the steps are the same @@" if parting is None else f"@@ they part at {_name(parting)} @@")
        for pair in self.pairs:
            lines += _show(pair, has_parted=pair != parting)
        return "\n".join(lines)


def compare(before: Story, after: Story) -> Diff:
    """What is different in `after`; steps are aligned by the path of states."""
    whole = {
        "net": (before.net, after.net), "goal": (before.goal, after.goal), "status": (before.status, after.status),
        "answer": (before.answer, after.answer), "error": (before.error, after.error),
    }  # fmt: skip
    changes = tuple(Change(what, str(a), str(b)) for what, (a, b) in whole.items() if a != b)
    words = {**before.words, **after.words}
    return Diff(
        before.run_id, after.run_id, tuple(_align(before.steps, after.steps, words)), changes, before.usage, after.usage
    )


def _align(before: Sequence[Step], after: Sequence[Step], words: Mapping[str, str]) -> Iterator[Pair]:
    """Pairs by the path of states: as far as both go the same way, then by the longest ways that they share."""
    paths = [step.state for step in before], [step.state for step in after]
    start = next((i for i, (a, b) in enumerate(zip(*paths, strict=False)) if a != b), min(map(len, paths)))
    for place in range(start):
        yield _pair(place, place, before[place], after[place], words)
    matcher = difflib.SequenceMatcher(None, paths[0][start:], paths[1][start:], autojunk=False)
    for kind, *ends in matcher.get_opcodes():
        a, a_end, b, b_end = (end + start for end in ends)
        if kind == "equal":
            for left, right in zip(range(a, a_end), range(b, b_end), strict=True):
                yield _pair(left, right, before[left], after[right], words)
            continue
        for place in range(a, a_end):
            yield Pair(before[place].state, place + 1, None, (), before[place].usage)
        for place in range(b, b_end):
            yield Pair(after[place].state, None, place + 1, (), None, after[place].usage)


def _pair(left: int, right: int, before: Step, after: Step, words: Mapping[str, str]) -> Pair:
    changes = tuple(Change(what, a, b) for what, a, b in _compare(before, after, words) if a != b)
    return Pair(before.state, left + 1, right + 1, changes, before.usage, after.usage)


def _compare(before: Step, after: Step, words: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """All that can be different, causes first: what the model was asked, what it said, what was done, where it went."""
    for call, other in zip_longest(before.calls, after.calls):
        yield from _compare_calls(call, other, words)
    for said, other_said in zip_longest(before.said, after.said):
        kind = str((said or other_said or Said(ItemKind.NOTE, "")).kind)
        yield kind, *_both(said, other_said, lambda one: one.text)
        yield f"reasoning of the {kind}", *_both(said, other_said, lambda one: one.reasoning)
    for deed, other_deed in zip_longest(before.actions, after.actions):
        yield "action", *_both(deed, other_deed, _call)
        yield f"outcome of {(deed or other_deed or Deed('', '', {})).name}", *_both(deed, other_deed, _see)
    for wait, other_wait in zip_longest(before.pauses, after.pauses):
        yield "pause", *_both(wait, other_wait, lambda one: one.text)
        yield "reply", *_both(wait, other_wait, _tell_reply)
    yield "limit", before.limit, after.limit
    yield "error", "\n".join(before.errors), "\n".join(after.errors)
    yield "moves to", *_both(before, after, lambda one: f"{one.target}: {one.reason}" if one.reason else one.target)


def _compare_calls(before: Call | None, after: Call | None, words: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The words that have changed; where none of those did that are known, the prompt's digest."""
    if before is None or after is None:
        yield "model call", *_both(before, after, lambda one: one.model)
        return
    system = _both(before, after, lambda one: words.get(one.system, one.system))
    directive = _both(before, after, lambda one: words.get(one.directive, one.directive))
    tools = _both(before, after, lambda one: words.get(one.tools, one.tools))
    yield "system prompt", *system
    yield "directive", *directive
    yield "list of tools", *tools
    if len(set(system)) == len(set(directive)) == len(set(tools)) == 1:
        yield PROMPT, *_both(before, after, lambda one: f"{one.messages} messages with the digest {one.prompt}")
    yield "model", *_both(before, after, lambda one: one.model)


def _both(before: T | None, after: T | None, read: Callable[[T], str]) -> tuple[str, str]:
    """What is read on both sides; nothing where a side is missing."""
    return ("" if before is None else read(before)), ("" if after is None else read(after))


def _call(deed: Deed) -> str:
    return f"{deed.name}({json.dumps(deed.args, ensure_ascii=False, sort_keys=True, default=str)})"


def _see(deed: Deed) -> str:
    """An outcome, with its status where it is none of success."""
    if deed.status is None:
        return ""
    return deed.outcome if deed.status is OutcomeStatus.FINISHED else f"{deed.status}: {deed.outcome}"


def _tell_reply(wait: Wait) -> str:
    return "" if wait.source is None else f"{wait.reply!r} ({wait.source})"


def _show(pair: Pair, *, has_parted: bool) -> Iterator[str]:
    """A pair in lines; once the runs have parted, another prompt is nothing to be told of."""
    spent = _describe_usage(pair.usage_before, pair.usage_after)
    if pair.before is None:
        yield f"+{_name(pair)} ({spent})"
    elif pair.after is None:
        yield f"-{_name(pair)} ({spent})"
    else:
        yield f" {_name(pair)} ({spent})"
        told = [change for change in pair.changes if change.what != PROMPT or not has_parted]
        for line in (line for change in told for line in change.lines()):
            yield f"{line[0]}  {line[1:]}"


def _name(pair: Pair) -> str:
    places = [str(place) for place in dict.fromkeys((pair.before, pair.after)) if place is not None]
    return f"step {'/'.join(places)} {pair.state}"


def _describe_usage(before: Usage | None, after: Usage | None) -> str:
    """What was spent, on both sides where that is different: `120 -> 140 tokens, 1.20 -> 0.90 s`."""
    both = [usage for usage in (before, after) if usage is not None]
    tokens = dict.fromkeys(str(usage.tokens) for usage in both)
    seconds = dict.fromkeys(f"{usage.seconds:.2f}" for usage in both)
    costs = dict.fromkeys(describe_cost(usage) for usage in both if any(each.cost_usd for each in both))
    spent = [f"{' -> '.join(tokens)} tokens", " -> ".join(costs), f"{' -> '.join(seconds)} s"]
    return ", ".join(words for words in spent if words)
