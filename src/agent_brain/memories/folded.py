"""Folding: the model opens a branch for a piece of work, and closes it with a result; what it did there goes.

Source: Sun et al., Scaling Long-Horizon LLM Agents via Context Folding, 2025, arXiv 2510.11967. Its gains are those of
models that were trained for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from pydantic import Field

from agent_brain.core.items import Item, ItemKind, Observation, OutcomeStatus
from agent_brain.core.lens import Lens
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.options import check_count
from agent_brain.core.tooling import Tool
from agent_brain.memories.composed import make_shown
from agent_brain.memories.groups import fit_with
from agent_brain.memories.history import History, narrow, select
from agent_brain.memories.looking import MemoryTool, ToolArgs
from agent_brain.memories.outline import read_outline
from agent_brain.memories.recall import RECALL, RECALL_TOOLS
from agent_brain.memories.words import Worded

BRANCH = "branch"
RETURN = "return_result"
BRANCHES_MAX = 10
"""That of the reference code."""


class _Brief(ToolArgs):
    task: str = Field(min_length=1, description="What is to be found out or done in the branch, complete in itself.")


class _Result(ToolArgs):
    result: str = Field(
        min_length=1, description="All that is needed of it later, with exact names, numbers and identifiers."
    )


@dataclass(frozen=True)
class Folded(History, Worded):
    """Shows a branch of the work as its task and its result, once the model has closed it; nothing else changes.

    There are two levels, one branch at a time, and `branches_max` of them for each question. What was folded can be
    brought back by its id.
    """

    file: ClassVar[str] = "fold"
    why: ClassVar[str] = "of a closed branch"

    branches_max: int = BRANCHES_MAX
    tools: Sequence[Tool] = field(default=(), init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("branches_max", self.branches_max)
        opening = MemoryTool(
            BRANCH,
            self.says[BRANCH],
            _Brief,
            lambda brief, env: open_branch(brief, env, self.branches_max),
        )
        closing = MemoryTool(RETURN, self.says[RETURN], _Result, close_branch)
        object.__setattr__(self, "tools", (opening, closing, *RECALL_TOOLS))

    def _fit(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        lens = _show_results(env, lens)
        opened = read_folds(env).opened
        if opened is None:
            return super()._fit(env, lens)
        task = get_arg(env.log[opened], "task")
        words = f"You are in the branch: {task}\n{self.says['inside']}"
        tail, fit = make_shown(BRANCH, words), super()._fit
        return fit_with(lens, lambda items: [*items, tail], lambda lens: fit(env, lens))

    def _select(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        branches = read_folds(env).branches
        return narrow(fold_all(env, branches), lens) if branches else select(env, lens)


class Folds:
    """The branches of a log, as far as no action before is in flight."""

    __slots__ = ("_seen", "branches", "count", "opened")

    def __init__(self) -> None:
        self.branches: list[tuple[int, int]] = []
        """Where those that were closed were opened, and where they were closed."""
        self.opened: int | None = None
        """Where the one was opened that is not closed yet; a further question ends it as it is."""
        self.count = 0
        """How many were opened for this question."""
        self._seen = 0

    def follow(self, log: Sequence[Item]) -> None:
        """Take up what was added since."""
        for place in range(self._seen, len(log)):
            item = log[place]
            if item.action is not None and item.outcome is None:
                return
            self._seen = place + 1
            if item.kind is ItemKind.GOAL:
                self.opened, self.count = None, 0
            elif item.action is not None and item.outcome is not None and not item.outcome.is_error:
                self._take(item.action.name, place)

    def _take(self, name: str, place: int) -> None:
        if name == BRANCH and self.opened is None:
            self.opened, self.count = place, self.count + 1
        elif name == RETURN and self.opened is not None:
            self.branches.append((self.opened, place))
            self.opened = None


def read_folds(env: MemoryEnv) -> Folds:
    """The branches of a run's log."""
    folds = env.derive(Folds)
    folds.follow(env.log)
    return folds


def fold_all(env: MemoryEnv, branches: Sequence[tuple[int, int]]) -> Sequence[Item]:
    """The log with each of these branches as one action: its task, and its result as what came of it.

    What a person has said meanwhile stays.
    """
    log, outline, shown, place = env.log, read_outline(env), list[Item](), 0
    for opened, closed in branches:
        start, end = outline.find_end(opened), outline.find_end(closed)
        shown += [*log[place:opened], _fold(log[opened], log[closed], start, end), *log[opened + 1 : start]]
        shown += [log[kept] for kept in outline.find_pinned(start, end)]
        place = end
    return [*shown, *log[place:]]


def open_branch(brief: _Brief, env: MemoryEnv, branches_max: int) -> Observation:
    """Say that the branch is open, or why it is not."""
    folds = read_folds(env)
    if folds.opened is not None:
        said = f"you are in a branch already: {get_arg(env.log[folds.opened], 'task')}; end it with {RETURN} first"
        return Observation(said, OutcomeStatus.FAILED)
    if folds.count >= branches_max:
        said = f"there were {folds.count} branches for this question, and no more are allowed: go on without"
        return Observation(said, OutcomeStatus.FAILED)
    return Observation(f"The branch is open. When its task is done, call {RETURN}.")


def close_branch(_: _Result, env: MemoryEnv) -> Observation:
    """Say that the branch is closed, or that there is none."""
    if read_folds(env).opened is None:
        return Observation(f"no branch is open; {BRANCH} opens one", OutcomeStatus.FAILED)
    return Observation("The branch is closed: its result stands where it was opened.")


def _show_results(env: MemoryEnv, lens: Lens) -> Lens:
    """The lens, which hides no branch's result because the branch was too long to be shown while it was open."""
    budget, outline = lens.budget, read_outline(env)
    if budget is None or not budget.since:
        return lens
    hidden = (
        opened for opened, closed in read_folds(env).branches if opened < budget.since <= outline.find_end(closed)
    )
    return replace(lens, budget=replace(budget, since=min(map(outline.find_group, hidden), default=budget.since)))


def get_arg(item: Item, name: str) -> str:
    """An argument of an action, as text."""
    return "" if item.action is None else str(item.action.args.get(name, ""))


def _fold(opened: Item, closed: Item, start: int, end: int) -> Item:
    """The action that opened a branch, with the branch's result as what came of it."""
    hidden = f"\n(Items {start} to {end - 1} are folded; {RECALL}(id={start}) shows the first.)" if start < end else ""
    return replace(opened, outcome=Observation(get_arg(closed, "result") + hidden))
