"""Replay: a run's journal played back as model, tools and persons, and what the net does compared with what it did.

Nothing outside is reached: no server, no tool, no store, no clock. Every step begins with what its journal says that
the run knew then, so that one replay tells of one difference, the first.
"""

import dataclasses
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from typing import Any

from agent_brain.core.counting import count
from agent_brain.core.env_json import decode_env
from agent_brain.core.errors import BrainError, RunError, SetupError
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Asked, Failed, Record, Started, Worded
from agent_brain.core.store import Commit, Lease, Position, Store
from agent_brain.engine.driver import Driver
from agent_brain.engine.inner_journals import find_inner_journals
from agent_brain.engine.journal import Journal
from agent_brain.engine.limits import Limits
from agent_brain.engine.replay_allowance import RecordedAllowance
from agent_brain.engine.replay_difference import Difference, Parted
from agent_brain.engine.replay_inside import InnerNet, Playable, find_playable
from agent_brain.engine.replay_parts import Twins
from agent_brain.engine.replay_scenes import Scene, find_scenes
from agent_brain.engine.replay_script import Interrupted, Script
from agent_brain.engine.secrets import Secrets
from agent_brain.engine.walk import Walk
from agent_brain.stores.memory import MemoryStore

NO_LIMITS = Limits(None, None, None, None, None, None, None)
"""Those of a finishing state, which nothing stops any more."""


class ReplayDiffers(BrainError, AssertionError):
    """A replay is not the same as its journal; the message says where and how."""

    def __init__(self, replay: "Replay") -> None:
        super().__init__(replay.text())
        self.replay = replay


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of a replay."""

    run_id: str
    steps: int
    """How many steps ended as they did."""
    records: int
    """How many records the journal holds."""
    compared: int
    """How many of them were compared with what was done."""
    difference: Difference | None = None
    """The first one."""
    notes: tuple[str, ...] = ()
    """What could not be played or compared, and what is other than it was without making a difference."""
    inside: "tuple[Replay, ...]" = ()
    """The runs inside it, each played with what it was a run of."""

    @property
    def is_same(self) -> bool:
        """True where every step went as the journal has it, of the runs inside it too."""
        return self.difference is None and all(replay.is_same for replay in self.inside)

    def check(self) -> None:
        """Let a replay pass that is the same. Raises: ReplayDiffers; SetupError where nothing could be played."""
        __tracebackhide__ = True  # for pytest, so that a test's own line is what it shows
        if self.is_same and not self.compared:
            raise SetupError(self.text())
        if not self.is_same:
            raise ReplayDiffers(self)

    def data(self) -> dict[str, Any]:
        """All of it in JSON's types."""
        return {**asdict(self), "is_same": self.is_same}

    def text(self) -> str:
        """In words: a line where it is the same, else the place and what is different there."""
        end = f"is the same: {count(self.steps, 'step')}" if self.compared else "has nothing that could be played"
        end = end if self.difference is None else "differs"
        lines = [f"the replay of run {self.run_id} {end}"]
        if self.difference is not None:
            lines.append(self.difference.text())
        lines += [replay.text() for replay in self.inside if not replay.is_same or replay.notes]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


async def replay(commits: Sequence[Commit], driver: Driver, before: MemoryEnv | None = None) -> Replay:
    """Run the driver's net again over a journal, whole or cut anywhere.

    `before`: the env of all records before the first one, where these were compacted away.
    Raises: SetupError for a journal without records, and one whose first records are missing. An exception that is no
    RunError is a bug of a state or a memory: it comes through as it is.
    """
    if not commits:
        raise SetupError("this journal has no records: there is nothing to replay")
    if before is None and commits[0].first > 1:
        raise SetupError(f"the first {commits[0].first - 1} records are missing: give the env that they made")
    if before is not None and before.head != commits[0].first - 1:
        raise SetupError(f"before has {before.head} records; wanted {commits[0].first - 1}")
    words = {} if before is None else dict(before.words)
    for commit in commits:
        words |= {record.digest: record.text for record in commit.records if isinstance(record, Worded)}
    recalled = driver.recall(words)
    found = await _play(commits, driver, MemoryEnv() if before is None else before.fork())
    note = f"not reached: {', '.join(recalled)}; the tools there are those that the journal tells of"
    return replace(found, notes=(*found.notes, note)) if recalled else found


async def _play(commits: Sequence[Commit], played: Playable, before: MemoryEnv) -> Replay:
    """A run, and then the runs inside it."""
    replay = await _Player(played, before).play(commits)
    inside, notes = [], list(replay.notes)
    for journal in find_inner_journals(commits):
        inner = find_playable(journal, played)
        if inner is None:
            notes.append(f"run {journal.run_id} inside was not played: {journal.tool or journal.state} is no brain now")
        else:
            inside.append(await _play(journal.commits, inner, MemoryEnv()))
    return dataclasses.replace(replay, inside=tuple(inside), notes=tuple(notes))


async def replay_stored(store: Store, run_id: str, driver: Driver) -> Replay:
    """As `replay`, of a run in a store; of a compacted one, what is left. Raises: RunUnknown."""
    info = await store.get(run_id)
    async with aclosing(store.read(run_id, info.base)) as commits:
        found = [commit async for commit in commits]
    kept = await store.read_snapshot(run_id, info.base) if info.base else None
    if info.base and not found:
        return Replay(run_id, 0, info.head, 0, None, ("all of its records were compacted away: nothing was played",))
    return await replay(found, driver, None if kept is None else decode_env(kept[1]))


class _Player:
    """Plays the scenes of one journal, one after the other."""

    def __init__(self, driver: Playable, env: MemoryEnv) -> None:
        self._truth = env
        self._script: Script | None = None
        self._now = 0.0
        twins = Twins(
            lambda models, messages, tools: self._on_stage.find_reply(models, messages, tools),
            lambda action, action_id: self._on_stage.find_outcome(action, action_id),
            lambda run_id: self._on_stage.find_inside(run_id),
            lambda: self._on_stage.find_way(),
            lambda: self._now,
            lambda names: self._on_stage.find_model(names),
            lambda model: self._on_stage.find_room(model),
            lambda: self._on_stage.find_score(),
            lambda key: self._on_stage.find_brought(key),
        )
        self._shape = driver.net.shape
        self._net = twins.make_net(driver.net)
        self._limits = replace(driver.limits, seconds=None)
        self._asks_for_more = driver.asks_for_more
        self._is_inside = isinstance(driver, InnerNet)
        self._question = 1
        self._steps = self._compared = 0
        self._notes: dict[str, None] = {}

    @property
    def _on_stage(self) -> Script:
        assert self._script is not None  # twins are asked by states alone, and states run in scenes
        return self._script

    async def play(self, commits: Sequence[Commit]) -> Replay:
        begun = [
            record
            for commit in commits
            for record in commit.records
            if isinstance(record, Started | Asked) and record.fingerprint
        ]
        last = begun[-1] if begun else None
        self._compare_nets(self._truth.shape if last is None else last.shape)
        fingerprint = self._truth.fingerprint if last is None else last.fingerprint
        difference: Difference | None = None
        for scene in find_scenes(commits):
            difference = await self._play(scene, fingerprint)
            if difference is not None:
                break
        return Replay(commits[-1].run_id, self._steps, commits[-1].last, self._compared, difference, tuple(self._notes))

    async def _play(self, scene: Scene, fingerprint: str) -> Difference | None:
        self._now = scene.at
        if scene.cut:
            self._notes[f"{scene.cut}: what its step had not finished then was not played"] = None
        for record in scene.given:
            self._truth.update(record)
            self._question += isinstance(record, Asked)
        self._truth.take_fresh()
        if scene.played and self._truth.fingerprint != fingerprint:
            self._notes[f"question {self._question} was another net's, {self._truth.net}: it was not played"] = None
        elif scene.played:
            script = self._script = Script(scene, self._truth.fork(), self._net, self._question)
            await self._perform(scene, script)
            self._steps += script.steps
            self._compared += script.compared
            self._notes |= script.notes
            if script.difference is not None:
                return script.difference
        self._truth.replay(record for _, record in scene.played)
        return None

    async def _perform(self, scene: Scene, script: Script) -> None:
        """Walk on with the twins until all is done that the scene holds; the script keeps the first difference."""
        env = script.env
        try:
            self._check_start(scene, script)
            journal = Journal(_ScriptStore(script), Lease(env.run_id, "replay", 0), Secrets(), env)
            limits = NO_LIMITS if scene.is_finishing else self._limits
            told = RecordedAllowance(script) if scene.is_finishing or self._is_inside else None
            walk = Walk(self._net, limits, journal, self._asks_for_more, told=told)
            await self._walk(walk, script)
            if not script.is_over:
                waits = "it waits for a person" if env.open_pauses else "it has come to its end"
                script.part("course of events", waits)
        except Interrupted as stop:
            if not script.is_over and not script.breaks_off:
                script.part("course of events", str(stop))
        except Parted:
            pass  # the script keeps it

    async def _walk(self, walk: Walk, script: Script) -> None:
        """As the driver does: an error of the run is its end."""
        env = script.env
        try:
            async with aclosing(walk.go(env)) as events:
                async for _ in events:
                    if script.is_over:
                        return
        except RunError as error:
            env.withdraw("the run failed")
            env.update(Failed(type(error).__name__, str(error)))
            await walk.journal.commit(env)

    def _check_start(self, scene: Scene, script: Script) -> None:
        """Let a scene pass that this net can begin. Raises: Parted."""
        state = script.env.state
        asked = [record for record in scene.given if isinstance(record, Started | Asked)]
        if asked and asked[-1].state != self._net.start:
            raise script.part("start", f"it starts with {self._net.start}", f"it starts with {asked[-1].state}")
        if state not in self._net.states:
            known = ", ".join(sorted(self._net.states))
            raise script.part("state", f"the net has no state called {state!r}; known: {known}", f"the state {state}")

    def _compare_nets(self, before: Any) -> None:
        now = self._shape
        for name in {**before, **now}:
            if before.get(name) != now.get(name):
                was, is_now = before.get(name, "not there"), now.get(name, "gone")
                self._notes[f"the net has changed: {name} was {was:.200}, is {is_now:.200}"] = None


class _ScriptStore(MemoryStore):
    """Compares what a journal appends, and keeps nothing."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self._script = script

    async def append(
        self,
        lease: Lease,
        head: int,
        records: Sequence[Record],
        position: Position | None = None,
        *,
        is_barrier: bool = False,
    ) -> None:
        """Let records pass that are the recorded ones. Raises: Parted."""
        self._script.match(records)
