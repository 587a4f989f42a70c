"""A run that is there already, with the brain that it was asked with."""

import asyncio
import os
import platform
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from agent_brain.brain import Brain
from agent_brain.cli.brains import FindModel, make_brain, tell_about
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

WAIT_SECONDS = 1.0
"""How long a change is waited for before a run is claimed again."""


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A run's row, and a brain that can go on with it."""

    brain: Brain
    place: Place
    info: RunInfo
    settings: Settings


def take_up(name: str, flags: BrainFlags, *, is_quiet: bool = False, find_model: FindModel | None = None) -> TakenUp:
    """The run of this name with a brain as it was asked with; flags overrule.

    With `find_model`, which gives its models, nothing is told about the brain.
    Raises: SetupError.
    """
    given = flags.read()
    place = find_place(given)
    store = place.open_existing()
    info = asyncio.run(_find(store, name))
    settings = recall_settings(info, store, flags, given)
    brain = make_brain(settings, store, find_model)
    if find_model is None:
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
    patience: _Patience | None = None
    while True:
        events = brain.resume(run_id, replies, is_net_change_allowed=is_net_change_allowed)
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
            return
        except RunBusy:
            patience = patience or _Patience(brain.store, await brain.store.get(run_id))
            if not await patience.wait():
                raise


class _Patience:
    """Waits as long as a lease lasts, unless the driver that holds it shows that it is alive."""

    def __init__(self, store: Store, info: RunInfo) -> None:
        self._store = store
        self._info = info
        seconds = store.lease_seconds or 0.0
        self._until = time.monotonic() + seconds
        if info.status is Status.RUNNING and seconds:
            whose = "by a process that has died" if _has_died(info.owner) else f"by {info.owner}"
            print_notice(f"run {info.run_id} is held {whose}; waiting up to {seconds:g} s for its lease to end")

    async def wait(self) -> bool:
        """Wait a little; False where the driver is alive, or waiting has been of no use."""
        await self._store.wait(min(WAIT_SECONDS, max(0.0, self._until - time.monotonic())))
        found = await self._store.get(self._info.run_id)
        is_alive = found.epoch != self._info.epoch or (found.lease_until or 0) > (self._info.lease_until or 0)
        return time.monotonic() < self._until and not (found.status is Status.RUNNING and is_alive)


def _has_died(owner: str) -> bool:
    """True for a process of this machine that is there no more."""
    machine, process, *_ = *owner.split(":"), ""
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
