"""An experiment's budget: what is left of it, less what the trials under way are expected to take."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from agent_brain.core.usage import Usage, describe_dollars
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.trial import Trial


@dataclass(slots=True)
class _Sum:
    """What trials have taken."""

    trials: int = 0
    tokens: int = 0
    usd: float = 0.0

    def add(self, tokens: int, usd: float) -> None:
        self.trials += 1
        self.tokens += tokens
        self.usd += usd


class Purse:
    """Lets a trial begin where the budget has room for it beside those under way, as large as earlier ones.

    So what is spent in the end is beyond the budget by a part of one trial, and by what the last ones are larger than
    expected. One that nobody can expect anything of, because no trial has ended, begins alone; so does the last one.
    """

    def __init__(self, experiment: Experiment) -> None:
        given = {"tokens": experiment.budget_tokens, "usd": experiment.budget_usd}
        self._budgets: Mapping[str, float] = {what: most for what, most in given.items() if most is not None}
        self._spent = _Sum()
        self._of_arms: dict[str, _Sum] = defaultdict(_Sum)
        self._under_way: Counter[str] = Counter()
        self._changed = asyncio.Event()
        self._owed: dict[str, Usage] = {}

    @property
    def is_limited(self) -> bool:
        """True where there is a budget at all."""
        return bool(self._budgets)

    def owe(self, owed: Mapping[str, Usage]) -> None:
        """Know what trials have taken that have no row yet, by their names: a row will tell it, and what came then."""
        self._owed.update(owed)
        for usage in owed.values():
            self._spent.add(usage.tokens, usage.cost_usd)

    def learn(self, row: Trial) -> None:
        """Know what a trial has taken; one that something outside broke tells nothing of the others."""
        owed = self._owed.pop(row.trial_id, Usage())
        self._spent.add(row.spent_tokens - owed.tokens, row.spent_usd - owed.cost_usd)
        if row.is_counted:
            self._of_arms[row.arm].add(row.spent_tokens - row.aside_tokens, row.spent_usd - row.aside_cost_usd)

    @property
    def is_spent(self) -> bool:
        """True once nothing is left."""
        return any(getattr(self._spent, what) >= most for what, most in self._budgets.items())

    def describe(self) -> str:
        """What was spent of what there was, in words."""
        tell: Mapping[str, Callable[[Any], str]] = {"tokens": "{:,} tokens".format, "usd": describe_dollars}
        told = [
            f"{tell[what](getattr(self._spent, what))} of {tell[what](most)}" for what, most in self._budgets.items()
        ]
        return f"its budget is spent: {' and '.join(told)}"

    async def take(self, arm: str, is_over: Callable[[], bool]) -> bool:
        """Wait until a trial of this arm may begin; False where the experiment has ended before."""
        while not is_over():
            if self._has_room(arm):
                self._under_way[arm] += 1
                return True
            self._changed.clear()
            await self._changed.wait()
        return False

    def give_back(self, arm: str) -> None:
        """A trial of this arm has ended."""
        self._under_way[arm] -= 1
        self.wake()

    def wake(self) -> None:
        """Have all who wait look again."""
        self._changed.set()

    def _has_room(self, arm: str) -> bool:
        if not self._under_way.total():
            return True
        wanted = self._under_way + Counter([arm])
        return all(
            getattr(self._spent, what) + sum(self._expect(name, what) * many for name, many in wanted.items()) <= most
            for what, most in self._budgets.items()
        )

    def _expect(self, arm: str, what: str) -> float:
        """The size of one of its trials: as its earlier ones, or as the largest other arm's; no end where none was."""
        known = [self._of_arms[arm]] if arm in self._of_arms else self._of_arms.values()
        return max((getattr(each, what) / each.trials for each in known), default=inf)
