"""A run's family: the runs that it came from, and all that came from them."""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any

from agent_brain.core.errors import RunUnknown
from agent_brain.core.records import Asked, Forked, Status
from agent_brain.core.store import RunInfo, Store


@dataclass(frozen=True, slots=True)
class Relative:
    """One run of a family."""

    run_id: str
    depth: int
    """0 for the oldest; its children have 1."""
    parent: str
    at: int
    """How many records it took over from its parent."""
    link: str
    """How it came from its parent: `fork`, `question`, or nothing for the oldest and where that was compacted away."""
    status: Status
    state: str
    goal: str
    head: int
    base: int
    created_at: float
    labels: Mapping[str, Any]

    def data(self) -> dict[str, Any]:
        """All of it in JSON's types."""
        return asdict(self)


async def read_history(store: Store, run_id: str) -> list[Relative]:
    """The whole family, the oldest first, each run followed by its own descendants in the order of their forks.

    Raises: RunUnknown.
    """
    family: list[Relative] = []
    waiting = [(await _find_oldest(store, run_id), 0)]
    while waiting:
        info, depth = waiting.pop()
        family.append(await _describe(store, info, depth))
        children = await store.list_children(info.run_id)
        children.sort(key=lambda child: (child.parent.head if child.parent else 0, child.created_at), reverse=True)
        waiting += [(child, depth + 1) for child in children]
    return family


async def _find_oldest(store: Store, run_id: str) -> RunInfo:
    info = await store.get(run_id)
    while info.parent is not None:
        try:
            info = await store.get(info.parent.run_id)
        except RunUnknown:
            break  # kept in memory for its forks alone
    return info


async def _describe(store: Store, info: RunInfo, depth: int) -> Relative:
    parent, at = (info.parent.run_id, info.parent.head) if info.parent else ("", 0)
    link = await _find_link(store, info) if info.parent else ""
    return Relative(
        info.run_id, depth, parent, at, link, info.status, info.state, info.goal, info.head, info.base,
        info.created_at, info.labels,
    )  # fmt: skip


async def _find_link(store: Store, info: RunInfo) -> str:
    """What the run's own first commit says."""
    assert info.parent is not None  # asked of children only
    if info.base > info.parent.head:
        return ""
    async with aclosing(store.read(info.run_id, info.parent.head)) as commits:
        async for commit in commits:
            kinds = {type(record) for record in commit.records}
            return "fork" if Forked in kinds else "question" if Asked in kinds else ""
    return ""
