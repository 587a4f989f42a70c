"""A run that is there already, with the brain that it was asked with."""

import asyncio
import os
import platform
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from agent_brain.brain import Brain
from agent_brain.cli.brains import make_brain, tell_about
from agent_brain.cli.labels import recall
from agent_brain.cli.options import BrainFlags
from agent_brain.cli.places import Place, find_place
from agent_brain.cli.run_names import find_run
from agent_brain.cli.terminal import print_notice
from agent_brain.core.errors import RunBusy
from agent_brain.core.events import Event
from agent_brain.core.records import Status
from agent_brain.core.store import RunInfo, Store
from agent_brain.wiring.settings import Settings

MARGIN_SECONDS = 0.1
"""Added to a lease, so that it is over when its run is claimed."""
CLAIMS_MAX = 3
"""How often a run whose driver falls silent is claimed, before somebody else is believed to have it."""


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A run's row, and a brain that can go on with it."""

    brain: Brain
    place: Place
    info: RunInfo
    settings: Settings


def take_up(name: str, flags: BrainFlags, *, is_quiet: bool = False) -> TakenUp:
    """The run of this name with a brain as it was asked with; flags overrule. Raises: SetupError."""
    given = flags.read()
    place = find_place(given)
    store = place.open_existing()
    info = asyncio.run(_find(store, name))
    settings = recall_settings(info, store, flags, given)
    brain = make_brain(settings, store)
    tell_about(settings, brain, is_verbose=flags.verbose, is_quiet=is_quiet)
    return TakenUp(brain, place, info, settings)


def recall_settings(info: RunInfo, store: Store, flags: BrainFlags, given: Settings) -> Settings:
    """What the run was asked with, overruled by flags; `given`: what flags, environment and file say."""
    return flags.read(recall(info, given, is_private=store.is_private))


async def take_on(
    brain: Brain, run_id: str, replies: Mapping[str, Any] | None = None, *, is_net_change_allowed: bool = False
) -> AsyncGenerator[Event, None]:
    """Take a run on; one whose driver has died is waited for until its lease is over.

    Raises: RunBusy where its driver is alive, or another one was faster.
    """
    for attempt in range(1, CLAIMS_MAX + 1):
        events = brain.resume(run_id, replies, is_net_change_allowed=is_net_change_allowed)
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
            return
        except RunBusy:
            if attempt == CLAIMS_MAX or not await _wait_for_lease(brain.store, run_id):
                raise


async def _wait_for_lease(store: Store, run_id: str) -> bool:
    """Wait until the lease of a silent driver is over; False where the driver shows that it is alive."""
    info = await store.get(run_id)
    if info.status is not Status.RUNNING or info.lease_until is None or store.lease_seconds is None:
        return info.status is not Status.RUNNING
    whose = "by a process that has died" if _has_died(info.owner) else f"by {info.owner}"
    print_notice(f"run {run_id} is held {whose}; waiting up to {store.lease_seconds:g} s for it")
    until = asyncio.get_running_loop().time() + store.lease_seconds + MARGIN_SECONDS
    while (left := until - asyncio.get_running_loop().time()) > 0:
        await store.wait(min(left, 1.0))
        found = await store.get(run_id)
        if found.status is not Status.RUNNING:
            return True
        if found.epoch != info.epoch or found.lease_until != info.lease_until:
            return False
    return True


def _has_died(owner: str) -> bool:
    """True for a process of this machine that is there no more."""
    machine, process = owner.partition(":")[0], owner.rpartition(":")[2]
    if machine != platform.node() or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


async def _find(store: Store, name: str) -> RunInfo:
    try:
        return await find_run(store, name)
    finally:
        await store.aclose()
