"""A budget of tokens for the log: the goal, and as many of the last groups as it has room for."""

import json
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from agent_brain.core.items import Item
from agent_brain.core.lens import Lens
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.options import check_count
from agent_brain.core.tokens import ANY, MESSAGE_TOKENS
from agent_brain.memories.history import History, select
from agent_brain.memories.outline import read_outline

TOKENS = 16_000


@dataclass(frozen=True)
class TokenBudget(History):
    """At most so many tokens of the log, counted by characters; what stands around it, such as tools, is not counted.

    When they are too many, half of the budget is made free at once, so that most prompts begin as the one before them.
    The last group is shown in any case, and so is what a person has said.
    """

    why: ClassVar[str] = "before the last groups that fit"

    tokens: int = TOKENS

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("tokens of a budget", self.tokens)

    def _select(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        return select(env, lens, self._find_start(env))

    def _find_start(self, env: MemoryEnv) -> int:
        outline, lengths = read_outline(env), env.derive(Lengths)
        log, chunk = env.log, max(1, self.tokens // 2)
        lengths.follow(log)
        total = lengths.ends[-1] + sum(map(count_item, log[len(lengths.ends) - 1 :]))
        if total <= self.tokens or not outline.starts:
            return 0
        pinned = sum(count_item(log[place]) for place in outline.find_kept(len(log)))
        hidden = -(-(total - max(0, self.tokens - pinned)) // chunk) * chunk
        start = outline.find_next_start(bisect_left(lengths.ends, hidden))
        return min(start, max(outline.starts[-1], outline.goal))


class Lengths:
    """How many tokens the log takes up to each place, as far as all before it is settled."""

    __slots__ = ("ends",)

    def __init__(self) -> None:
        self.ends = [0]
        """Of all items before each place."""

    def follow(self, log: Sequence[Item]) -> None:
        """Take up what was added since; what an action in flight will take, nobody knows."""
        while len(self.ends) <= len(log):
            item = log[len(self.ends) - 1]
            if item.action is not None and item.outcome is None:
                return
            self.ends.append(self.ends[-1] + count_item(item))


def count_item(item: Item) -> int:
    """Tokens that an item may take in a prompt, rather too many than too few."""
    tokens = MESSAGE_TOKENS + ANY.count(item.text) + (ANY.count(item.reasoning) if item.reasoning else 0)
    if item.action is not None:
        tokens += (
            2 * MESSAGE_TOKENS + ANY.count(item.action.name) + ANY.count(json.dumps(item.action.args, default=str))
        )
    return tokens + (ANY.count(item.outcome.text) if item.outcome is not None else 0)
