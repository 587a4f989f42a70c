"""Runs that came to an end although something outside broke: kept elsewhere, so that their trial begins anew."""

from contextlib import suppress

from agent_brain.core.errors import RunExists, RunUnknown
from agent_brain.core.store import Store
from agent_brain.engine.export import import_run, write_export
from agent_brain.lab.digests import name_turn

ASIDE = "aside"
TIMES_MAX = 100
"""So often a trial is set aside under names of its own; after that its runs go."""


async def set_aside(store: Store, trial_id: str, turns: int) -> None:
    """Give all runs of a trial other names, `aside1-...`; who judged it or spoke in it too. Raises: StoreError."""
    names: dict[str, None] = {}
    for turn in range(turns):
        names |= dict.fromkeys(await store.find(name_turn(trial_id, turn)))
    for name in names:
        await _keep(store, name, trial_id)
    with suppress(RunUnknown):
        await store.delete(list(names))


async def _keep(store: Store, run_id: str, trial_id: str) -> None:
    """Copy a run under the first name that is free."""
    lines = [line async for line in write_export(store, run_id)]
    labels = {**(await store.get(run_id)).labels, "set_aside": trial_id}
    for number in range(1, TIMES_MAX + 1):
        with suppress(RunExists):
            await import_run(store, lines, run_id=f"{ASIDE}{number}-{run_id}", labels=labels)
            return
