"""What belongs together in a log, and which of it goes first where not all can be shown.

A group is a reply, the actions that it asked for with their outcomes, and the corrections of it: shown whole or not at
all, so that a call never stands without its result. What was asked, and what a person has said to it, stays.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from agent_brain.core.errors import BudgetTooSmall
from agent_brain.core.items import Item, ItemKind
from agent_brain.core.lens import Budget, Lens

FOLLOWING = frozenset({ItemKind.ACTION, ItemKind.OBSERVATION})
"""Kinds that belong to what stands before them."""
PINNED = frozenset({ItemKind.GOAL, ItemKind.QUESTION, ItemKind.REPLY})
"""Kinds that stay, from the last goal on; each is a group of its own."""
LEFT_FREE = 0.25
"""The part of a budget that is left free where something has to go, so that the next prompts begin alike."""


Change = Callable[[Sequence[Item]], Sequence[Item]]


def begins_group(before: Item | None, item: Item) -> bool:
    """True where an item is not of the group of the one before it."""
    return before is None or item.kind not in FOLLOWING or before.kind in PINNED or _is_next_call(before, item)


def find_starts(items: Sequence[Item]) -> Iterator[int]:
    """Where groups begin, as places in the sequence."""
    before: Item | None = None
    for place, item in enumerate(items):
        if begins_group(before, item):
            yield place
        before = item


def find_pinned(items: Sequence[Item]) -> list[int]:
    """The places of what always stays: the goal, and what a person has asked or said since."""
    pinned = [place for place, item in enumerate(items) if item.kind in PINNED]
    goal = next((place for place in reversed(pinned) if items[place].kind is ItemKind.GOAL), 0)
    return [place for place in pinned if place >= goal]


def keep_last(items: Sequence[Item], groups: int) -> Sequence[Item]:
    """What is pinned, and the last groups; none of them with 0."""
    starts = [place for place in find_starts(items) if items[place].kind not in PINNED]
    start = starts[-groups] if 0 < groups <= len(starts) else 0 if groups else len(items)
    return _show(items, find_pinned(items), start)


def drop_oldest(items: Sequence[Item], budget: Budget) -> Sequence[Item]:
    """The goal, what a person has said to it, and as many of the last groups as fit; the last one always.

    What was hidden before stays hidden; where more has to go, a part of the budget is left free.
    Raises: BudgetTooSmall where not even the last group fits.
    """
    if budget.tokens is None and not budget.since:
        return items
    pinned = find_pinned(items)
    starts = [place for place in find_starts(items) if items[place].seq >= budget.since] or [0]
    shown = _show(items, pinned, starts[0])
    if budget.tokens is None or budget.count(shown) <= budget.tokens:
        return shown
    least = _show(items, pinned, starts[-1])
    needed = budget.count(least)
    if needed > budget.tokens:
        raise BudgetTooSmall(needed, budget.tokens, least)
    wanted = max(needed, int(budget.tokens * (1 - LEFT_FREE)))
    low, high = 0, len(starts) - 1
    while low < high:
        middle = (low + high) // 2
        if budget.count(_show(items, pinned, starts[middle])) <= wanted:
            high = middle
        else:
            low = middle + 1
    return _show(items, pinned, starts[high])


def fit_with(lens: Lens, change: Change, fit: Callable[[Lens], Sequence[Item]]) -> Sequence[Item]:
    """What fits, changed: with something beside it, or less of it. The budget, and what a refusal tells, is of that.

    Raises: BudgetTooSmall.
    """
    if lens.budget is None:
        return change(fit(lens))
    count = lens.budget.count
    budget = replace(lens.budget, count=lambda items: count(change(items)))
    try:
        return change(fit(replace(lens, budget=budget)))
    except BudgetTooSmall as error:
        raise BudgetTooSmall(error.needed, error.budget, change(error.least)) from None


def add_to_count(lens: Lens, beside: Sequence[Item]) -> Lens:
    """The lens with a budget of which these items take their part, wherever they stand."""
    if lens.budget is None or not beside:
        return lens
    count = lens.budget.count
    return replace(lens, budget=replace(lens.budget, count=lambda items: count([*items, *beside])))


def _show(items: Sequence[Item], pinned: Sequence[int], start: int) -> Sequence[Item]:
    if start == 0:
        return items
    return [*(items[place] for place in pinned if place < start), *items[start:]]


def _is_next_call(before: Item, item: Item) -> bool:
    """True for the first action of a reply that left no words, after those of another one or what was said of them."""
    is_of_other = before.kind is ItemKind.REFLECTION or (before.kind is ItemKind.ACTION and item.turn != before.turn)
    return item.kind is ItemKind.ACTION and is_of_other
