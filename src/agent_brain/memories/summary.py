"""A running summary: when prompts get long, a model sums up the older groups, and only the last ones are shown whole.

What a person has said, and short results, are carried word for word by the memory itself: models drop them. Sources:
MemGPT, Packer et al., 2023, arXiv 2310.08560; the condenser of OpenHands; ReSum, Wu et al., 2025, arXiv 2509.13313.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.core.items import Item, ItemKind
from agent_brain.core.lens import Budget, Lens, Upkeep
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.options import check_count
from agent_brain.core.tooling import Tool
from agent_brain.memories.composed import make_shown
from agent_brain.memories.groups import drop_oldest, fit_with
from agent_brain.memories.history import History, select
from agent_brain.memories.outline import read_outline
from agent_brain.memories.recall import RECALL, RECALL_TOOLS
from agent_brain.memories.settling import AGAIN_AFTER, has_failed_lately
from agent_brain.memories.summing_up import list_results, write_request
from agent_brain.memories.words import Worded

SUMMARY = "summary"
"""The slot, and the key on the board: up to where in the log it goes, which results stay, up to where it was tried."""
THETA = 0.8
KEEP = 4
PROGRESS = 0.9
"""A summary is kept where the prompt is at most so much of what it was: else it would be made again and again."""
NO_SHORTER = "the prompt does not fit, and this summary does not make it shorter"


@dataclass(frozen=True)
class Summary(History, Worded):
    """Shows the goal, a summary of what is older, and at least the last `keep` groups, as far as they fit.

    A model is asked for the summary when a prompt takes more than `theta` of what it may: then it may fail, and what
    was shown before is shown. Where a prompt does not fit at all, failing ends the run, or, `otherwise="hide"`, the
    oldest groups go. `tokens`: what a prompt may take, if it is less than what is known.
    """

    file: ClassVar[str] = "summary"
    tools: ClassVar[Sequence[Tool]] = RECALL_TOOLS
    why: ClassVar[str] = "summed up"

    theta: float = THETA
    keep: int = KEEP
    tokens: int | None = None
    otherwise: Literal["fail", "hide"] = "fail"

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.says
        check_count("keep", self.keep)
        if not 0 < self.theta <= 1:
            raise SetupError(f"theta is {self.theta!r:.60}; wanted a part of the context: more than 0, at most 1")
        if self.tokens is not None:
            check_count("tokens of a summary", self.tokens)
        if self.otherwise not in {"fail", "hide"}:
            raise SetupError(f"otherwise is {self.otherwise!r:.60}; wanted 'fail' or 'hide'")

    def find_upkeep(self, env: MemoryEnv, lens: Lens) -> Upkeep | None:
        """The call that sums up more, where that is due and there is something to sum up."""
        budget, most = lens.budget, self._find_most(lens.budget)
        if budget is None or most is None or not _wants_summary(lens):
            return None
        shown = budget.count(self._show(env, lens))
        is_needed = budget.tokens is not None and shown > budget.tokens and self.otherwise == "fail"
        is_lost = budget.since > _get_until(env)  # hidden to fit, and summed up nowhere
        if (shown <= self.theta * most and not is_lost) or (_was_tried(env) and not is_needed):
            return None
        until = max(self._choose_end(env, budget, int(self.theta * most)), budget.since if is_lost else 0)
        if until <= _get_until(env):
            return None
        told = env.log[_get_until(env) : until]
        messages = write_request(self.says["summarize"], env.goal, env.slots.get(SUMMARY, ""), told, most)
        whole = replace(lens, budget=replace(budget, since=0)) if is_lost else lens
        before = budget.count(self._show(env, whole)) if is_lost else shown

        def keep(env: MemoryEnv, text: str) -> None:
            self._keep(env, text.strip(), whole, until, before, is_needed=is_needed)

        return Upkeep(SUMMARY, messages, keep, is_needed)

    def _keep(self, env: MemoryEnv, text: str, lens: Lens, until: int, before: int, *, is_needed: bool) -> None:
        """Put a summary in place of what it sums up, where that makes the prompt shorter. Raises: ModelError."""
        assert lens.budget is not None  # or none would have been asked for
        found = {"until": until, "results": list_results(env.log[_get_until(env) : until], _get_results(env))}
        if text and lens.budget.count(self._show(env, lens, {**found, "text": text})) <= PROGRESS * before:
            env.put_slot(SUMMARY, text)
            env.put_board(SUMMARY, found)
        elif is_needed:
            raise ModelError(ModelErrorKind.CONTEXT_LENGTH, f"{NO_SHORTER}: {text!r:.60}")
        else:
            env.put_board(SUMMARY, {**env.board.get(SUMMARY, {}), "tried": len(env.log)})

    def _fit(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        block = self._make_block(env) if _wants_summary(lens) else None
        if block is None:
            return super()._fit(env, lens)
        until, fit = _get_until(env), super()._fit
        return fit_with(lens, lambda items: _insert(block, items, until), lambda lens: fit(env, lens))

    def _select(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        return select(env, lens, _get_until(env) if _wants_summary(lens) else 0)

    def _show(self, env: MemoryEnv, lens: Lens, found: Mapping[str, Any] | None = None) -> Sequence[Item]:
        """All that would be shown if there were no bound; `found`: with this in place of the summary that there is."""
        until = _get_until(env) if found is None else int(found["until"])
        items = select(env, lens, until)
        if lens.budget is not None:
            items = drop_oldest(items, replace(lens.budget, tokens=None))
        block = self._make_block(env, found)
        return items if block is None else _insert(block, items, until)

    def _make_block(self, env: MemoryEnv, found: Mapping[str, Any] | None = None) -> Item | None:
        """The block that says what is summed up, by whom it was said, and how the rest is found."""
        if found is None:
            found = {**env.board.get(SUMMARY, {}), "text": env.slots.get(SUMMARY, "")}
        until = found.get("until", 0)
        if not until:
            return None
        outline = read_outline(env)
        said = [env.log[place] for place in outline.pinned[: bisect_left(outline.pinned, min(until, outline.goal))]]
        voices = {ItemKind.QUESTION: "Assistant"}
        parts = [
            f"What came before item {until} of this run is not shown; {RECALL}(id=...) shows one item of it in full.",
            "\n".join(["Said before, word for word:", *(f"{voices.get(i.kind, 'Person')}: {i.text}" for i in said)])
            if said
            else "",
            f"Summed up:\n{found['text']}",
            f"Results, word for word:\n{found['results']}" if found["results"] else "",
        ]
        return make_shown(SUMMARY, "\n\n".join(filter(None, parts)))

    def _find_most(self, budget: Budget | None) -> int | None:
        known = [] if budget is None or budget.tokens is None else [budget.tokens]
        return min([*known, *([] if self.tokens is None else [self.tokens])], default=None)

    def _choose_end(self, env: MemoryEnv, budget: Budget, most: int) -> int:
        """Up to where is summed up: all but the last groups; fewer of them stay where they alone are too much."""
        outline = read_outline(env)
        ends = [outline.find_start(groups) for groups in range(self.keep, 0, -1)]
        fitting = (end for end in ends if end and budget.count(outline.show(env.log, end)) <= most * PROGRESS)
        return next(fitting, ends[-1])


def _wants_summary(lens: Lens) -> bool:
    """True where a state wants to see all that came before."""
    return lens.groups is None and (lens.kinds is None or ItemKind.SHOWN in lens.kinds)


def _get_until(env: MemoryEnv) -> int:
    return int(env.board.get(SUMMARY, {}).get("until", 0))


def _get_results(env: MemoryEnv) -> str:
    return str(env.board.get(SUMMARY, {}).get("results", ""))


def _was_tried(env: MemoryEnv) -> bool:
    """True where an attempt came to nothing a short while ago."""
    tried = env.board.get(SUMMARY, {}).get("tried")
    return has_failed_lately(env, SUMMARY) or (tried is not None and len(env.log) < tried + AGAIN_AFTER)


def _insert(block: Item, items: Sequence[Item], until: int) -> Sequence[Item]:
    """The items with the block where what it sums up would stand, behind what stays of it."""
    place = next((place for place, item in enumerate(items) if item.seq >= until), len(items))
    return [*items[:place], block, *items[place:]]
