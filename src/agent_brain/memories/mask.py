"""Observation masking: what old actions brought is replaced by a line that says how much it was, and under which id.

Sources: SWE-agent's observation masking; Lindenbauer et al., The Complexity Trap, 2025, arXiv 2508.21433.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from agent_brain.core.errors import SetupError
from agent_brain.core.items import Item
from agent_brain.core.lens import Lens
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.options import check_count
from agent_brain.core.tooling import Tool
from agent_brain.memories.history import History, select
from agent_brain.memories.outline import read_outline
from agent_brain.memories.recall import RECALL, RECALL_TOOLS, find_origin

OBSERVATIONS = 10
"""That of The Complexity Trap; SWE-agent has 5."""


@dataclass(frozen=True)
class Mask(History):
    """Shows what the last `observations` actions brought; older outcomes are masked, and `recall(id)` brings one back.

    The first one stays, and so do those of the last reply, and what is no longer than the line in its place. With
    `polling` the line is drawn anew only after so many further ones: until then prompts begin as the one before them.
    """

    tools: ClassVar[Sequence[Tool]] = RECALL_TOOLS
    why: ClassVar[str] = "an old outcome, masked"

    observations: int = OBSERVATIONS
    polling: int = 1
    repeated: Literal["keep", "mask"] = "keep"
    """What becomes of an outcome whose action was carried out again later, with the same arguments."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("observations of a mask", self.observations)
        check_count("polling", self.polling)
        if self.repeated not in {"keep", "mask"}:
            raise SetupError(f"repeated is {self.repeated!r:.60}; wanted 'keep' or 'mask'")

    def _select(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        seen = env.derive(Observed)
        seen.follow(env.log)
        last = read_outline(env).find_start(1)
        old = set(seen.places[1 : self._find_end(len(seen.places))])
        masked = {place for place in (old | seen.outdated if self.repeated == "mask" else old) if place < last}
        items = select(env, lens)
        return [hide(env, item) if item.seq in masked else item for item in items] if masked else items

    def _find_end(self, total: int) -> int:
        """How many are old."""
        old = max(0, total - self.observations)
        return old - old % self.polling


class Observed:
    """Where the outcomes of a log are, as far as none is missing."""

    __slots__ = ("_last", "_seen", "outdated", "places")

    def __init__(self) -> None:
        self.places: list[int] = []
        self.outdated: set[int] = set()
        """Those of actions that were carried out again later, and did not fail."""
        self._last: dict[str, int] = {}
        """Where each action was carried out last, by its words."""
        self._seen = 0

    def follow(self, log: Sequence[Item]) -> None:
        """Take up what was added since."""
        for place in range(self._seen, len(log)):
            action, outcome = log[place].action, log[place].outcome
            if action is not None:
                if outcome is None:
                    return
                self.places.append(place)
                if not outcome.is_error:
                    self._note(action.describe(), place)
            self._seen = place + 1

    def _note(self, words: str, place: int) -> None:
        before = self._last.get(words)
        if before is not None:
            self.outdated.add(before)
        self._last[words] = place


def hide(env: MemoryEnv, item: Item) -> Item:
    """The item with a line in place of what came of it, where that is shorter."""
    if item.outcome is None:
        return item
    line = describe_hidden(item.outcome.text, find_origin(env, item.seq))
    return item if len(item.outcome.text) <= len(line) else replace(item, outcome=replace(item.outcome, text=line))


def describe_hidden(text: str, place: int) -> str:
    """What stands in the place of a text."""
    lines = text.count("\n") + 1
    return f"({lines} {'line' if lines == 1 else 'lines'} not shown any more; {RECALL}(id={place}) shows them)"
