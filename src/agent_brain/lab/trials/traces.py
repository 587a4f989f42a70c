"""What a trial has left in the journal: its runs by name, and what they have taken, whether it has a row or not."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from agent_brain.core.errors import RunUnknown, StoreError
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.store import Store
from agent_brain.core.usage import Usage
from agent_brain.engine.journal import read_env
from agent_brain.lab.digests import name_said, name_turn, name_verdict
from agent_brain.lab.rerunning.forked_runs import read_before
from agent_brain.lab.schedule import Schedule, Slot
from agent_brain.lab.trials.row_making import Course
from agent_brain.lab.trials.setting_aside import find_aside, name_aside

UNBEGUN_MAX = 1_000
"""After so many trials in a row that nobody has begun, behind all that have rows, none is looked for."""


async def recall(store: Store, slot: Slot) -> Course:
    """What the runs of a trial have come to, as far as they can be read: all of it has cost something."""
    envs: list[MemoryEnv] = []
    with suppress(StoreError):  # there are no more turns
        while True:
            envs.append((await read_env(store, name_turn(slot.trial_id, len(envs))))[0])
    user = Usage() if slot.task.user is None else await _add_up(store, _name_user(slot.trial_id, envs))
    judging = await _add_up(store, [name_verdict(slot.trial_id, slot.right)]) if envs else Usage()
    return Course(envs, user=user, judging=judging, aside=sum(await find_aside(store, slot.trial_id), Usage()))


async def list_runs(store: Store, trial_id: str, envs: Sequence[MemoryEnv]) -> list[str]:
    """All runs of a trial with these turns: what was said and judged in it too. Raises: StoreError."""
    turns = [name_turn(trial_id, turn) for turn in range(len(envs))]
    found = [*turns, *await store.find(name_verdict(trial_id))]
    for name in _name_user(trial_id, envs):
        with suppress(RunUnknown):
            found.append((await store.get(name)).run_id)
    return found


async def find_owed(store: Store, schedule: Schedule, done: int, has: Callable[[Slot], bool]) -> Mapping[str, Usage]:
    """What each trial without a row has taken so far: one that was killed, broken outside, or set aside.

    `done`: how many trials have a row; `has`: whether one has. Raises: StoreError.
    """
    owed: dict[str, Usage] = {}
    unbegun = 0
    for slot in schedule:
        if has(slot):
            done -= 1
            continue
        if not await _has_begun(store, slot):
            unbegun += 1
            if not done and unbegun >= UNBEGUN_MAX:
                break
            continue
        unbegun = 0
        course = await recall(store, slot)
        before = await read_before(store, slot.task) if course.envs else course.before
        owed[slot.trial_id] = course.spent - before.usage + course.aside
    return owed


async def _has_begun(store: Store, slot: Slot) -> bool:
    """By the runs that come first: the agent's, its user's, and the first ones that were set aside."""
    firsts = [slot.trial_id] if slot.task.user is None else [slot.trial_id, name_said(slot.trial_id)]
    for name in (*firsts, *(name_aside(first, 1) for first in firsts)):
        with suppress(RunUnknown):
            await store.get(name)
            return True
    return False


def _name_user(trial_id: str, envs: Sequence[MemoryEnv]) -> list[str]:
    """The runs that a user may have: before each turn, at its questions, and after the last one."""
    turns = [name_turn(trial_id, turn) for turn in range(len(envs) + 1)]
    replies = [name_said(turn, pause_id) for turn, env in zip(turns, envs, strict=False) for pause_id in env.pauses]
    return [*map(name_said, turns), *replies]


async def _add_up(store: Store, names: Sequence[str]) -> Usage:
    """What those of these runs have taken that there are."""
    found = Usage()
    for name in names:
        with suppress(StoreError):
            found += (await read_env(store, name))[0].usage
    return found
