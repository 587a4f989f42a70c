"""Runs that came to an end although something outside broke: kept elsewhere, so that their trial begins anew."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from typing import Any

from agent_brain.core.errors import RunExists, RunUnknown
from agent_brain.core.store import RunInfo, Store
from agent_brain.core.usage import Usage
from agent_brain.engine.export import import_run, write_export
from agent_brain.lab.digests import name_said

ASIDE = "aside"
SET_ASIDE, TOOK = "set_aside", "took"
"""Labels of what is kept: the trial, and of its first run what the whole attempt has taken."""
TIMES_MAX = 1_000
"""So often a trial is set aside under names of its own; after that its runs go, and nothing tells what they took."""


async def set_aside(store: Store, trial_id: str, names: Sequence[str], took: Usage) -> str:
    """Give these runs of a trial, all that it has, other names, `aside1-...`; give that of the first one.

    That is its own first run, or its user's where that has ended it before; it keeps what all of them took.
    Raises: StoreError.
    """
    kept = [
        await _keep(store, name, {SET_ASIDE: trial_id} | ({TOOK: asdict(took)} if name == names[0] else {}))
        for name in names
    ]
    with suppress(RunUnknown):
        await store.delete(names)
    return kept[0]


async def find_aside(store: Store, trial_id: str, *, but: str = "") -> list[Usage]:
    """What each attempt of a trial took that was set aside, `but` for the one of this name. Raises: StoreError."""
    found: list[Usage] = []
    for first in (trial_id, name_said(trial_id)):
        with suppress(RunUnknown):
            for number in range(1, TIMES_MAX + 1):
                run = await store.get(name_aside(first, number))
                took = run.labels.get(TOOK, {}) if run.run_id != but else {}
                found += [Usage(**{name: took[name] for name in _NAMES if name in took})] if took else []
    return found


async def has_any(store: Store) -> bool:
    """Whether anything was ever set aside there. Raises: StoreError."""
    return bool(await store.find(f"{ASIDE}1-"))


async def _keep(store: Store, run_id: str, about: Mapping[str, Any]) -> str:
    """Copy a run under the first name that is free, and give that; not once more, where a process was killed before
    the run had gone."""
    lines = [line async for line in write_export(store, run_id)]
    info = await store.get(run_id)
    for number in range(1, TIMES_MAX + 1):
        name = name_aside(run_id, number)
        try:
            await import_run(store, lines, run_id=name, labels={**info.labels, **about})
            return name
        except RunExists:
            if _is_same(info, await store.get(name)):
                return name
    return ""


def _is_same(run: RunInfo, copy: RunInfo) -> bool:
    """Whether this is its copy, which has a record more."""
    return (run.created_at, run.head + 1) == (copy.created_at, copy.head)


def name_aside(run_id: str, number: int) -> str:
    """The name that a run has which was set aside so often."""
    return f"{ASIDE}{number}-{run_id}"


_NAMES = tuple(field.name for field in fields(Usage))
