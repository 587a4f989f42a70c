"""What may go: runs that are deleted, records that are compacted away; never what a pause, a fork or a driver needs."""

import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from agent_brain.core.env_json import encode_env
from agent_brain.core.errors import RunBusy, RunKept
from agent_brain.core.records import Status
from agent_brain.core.store import OPEN, RunInfo, Store
from agent_brain.engine.journal import read_env

ENDED = frozenset(Status) - OPEN


@dataclass(frozen=True, slots=True)
class OldRuns:
    """What a policy has found: the runs that can go together, and for each other one why it stays."""

    free: list[RunInfo]
    """Forks before what they read."""
    kept: Mapping[str, str] = field(default_factory=dict)


async def delete(
    store: Store, run_ids: Iterable[str], *, with_forks: bool = False, is_wait_dropped: bool = False
) -> list[str]:
    """Remove runs with all that they have, all of them or none; gives the names of those removed, forks first.

    `with_forks` takes along what was forked from them, and the forks of these; `is_wait_dropped` those too that a
    person has yet to reply to.
    Raises: RunUnknown; RunBusy where one is driven; RunKept where a fork or a pause needs one.
    """
    chosen = await _find_family(store, run_ids, with_forks=with_forks)
    infos = [await store.get(run_id) for run_id in chosen]
    for info in infos:
        _check_idle(info)
    for info in infos:
        if info.status in OPEN and not is_wait_dropped:
            await _check_unasked(store, info.run_id)
    await store.delete(chosen)
    return chosen


async def compact(store: Store, run_id: str) -> int:
    """Let a run keep what it knows and not how it came to know it; gives how many records went.

    It goes on, waits and takes replies as before; what is gone is its history, and that it can be forked there.
    Raises: RunUnknown; RunBusy where it is driven; RunKept where a fork reads what would go.
    """
    info = await store.get(run_id)
    _check_idle(info)
    if info.base < info.head and (forks := await store.list_children(run_id)):
        raise RunKept(
            f"run {run_id!r} cannot be compacted: its forks read its records: {_name(forks)}; delete them first, or "
            "compact them, after which they need it no more"
        )
    env, _ = await read_env(store, run_id)
    if env.head != info.head:
        raise RunBusy(f"run {run_id!r} has got further records while it was to be compacted; try again")
    await store.put_snapshot(run_id, env.head, encode_env(env))
    return await store.compact(run_id)


async def find_old(store: Store, before: float, statuses: Collection[Status] = ENDED) -> OldRuns:
    """Runs of these statuses that nothing has happened to since a time, and that nothing else needs.

    A run whose fork stays has to stay as well, and so has one that waits for a person.
    """
    found = await store.list_runs(statuses=statuses, before=before, limit=sys.maxsize)
    free, kept = {info.run_id: info for info in found}, dict[str, str]()
    parents = {info.run_id: info.parent.run_id for info in found if info.parent is not None}
    for info in found:
        reason = await _find_need(store, info, free.keys())
        run_id: str | None = info.run_id
        while reason and run_id is not None and free.pop(run_id, None) is not None:
            kept[run_id] = reason
            reason, run_id = f"its fork {run_id} stays", parents.get(run_id)
    order = _sort_forks_first({run_id: parents.get(run_id) for run_id in free})
    return OldRuns([free[run_id] for run_id in order], kept)


async def _find_need(store: Store, info: RunInfo, found: Collection[str]) -> str:
    """Why a run stays, in words; empty where it may go."""
    try:
        _check_idle(info)
        if info.status in OPEN:
            await _check_unasked(store, info.run_id)
    except (RunBusy, RunKept) as error:
        return str(error)
    others = [fork for fork in await store.list_children(info.run_id) if fork.run_id not in found]
    return f"its forks stay: {_name(others)}" if others else ""


async def _find_family(store: Store, run_ids: Iterable[str], *, with_forks: bool) -> list[str]:
    """The runs and, where they go too, all that was forked from them, forks first. Raises: RunKept."""
    chosen: dict[str, str | None] = dict.fromkeys(run_ids)
    todo = list(chosen)
    outside: dict[str, list[RunInfo]] = {}
    while todo:
        run_id = todo.pop()
        for fork in await store.list_children(run_id):
            if fork.run_id not in chosen and not with_forks:
                outside.setdefault(run_id, []).append(fork)
            elif chosen.get(fork.run_id) is None:
                todo += [] if fork.run_id in chosen else [fork.run_id]
                chosen[fork.run_id] = run_id
    if outside:
        read = "; ".join(f"{run_id!r} by {_name(forks)}" for run_id, forks in outside.items())
        raise RunKept(f"nothing was deleted: forks begin with records of {read}; delete the forks too, or compact them")
    return _sort_forks_first(chosen)


def _sort_forks_first(parents: Mapping[str, str | None]) -> list[str]:
    """The runs in an order in which each stands before the one that it was forked from."""
    depths: dict[str, int] = {}
    for run_id in parents:
        depth, parent = 0, parents[run_id]
        while parent is not None and parent in parents:
            depth, parent = depth + 1, parents[parent]
        depths[run_id] = depth
    return sorted(parents, key=lambda run_id: -depths[run_id])


def _check_idle(info: RunInfo) -> None:
    if info.status is Status.RUNNING:
        owner = info.owner or "somebody"
        raise RunBusy(f"run {info.run_id!r} is driven by {owner}; stop that driver, or resume the run if it has died")


async def _check_unasked(store: Store, run_id: str) -> None:
    """Let a run pass that nobody was asked something by. Raises: RunKept."""
    env, _ = await read_env(store, run_id)
    if env.open_pauses:
        asked = "; ".join(f"{pause.pause_id}: {pause.text:.100}" for pause in env.open_pauses)
        raise RunKept(f"run {run_id!r} waits for a person ({asked}); reply to it, or say that its wait is dropped")


def _name(infos: Iterable[RunInfo]) -> str:
    return ", ".join(sorted(info.run_id for info in infos))
