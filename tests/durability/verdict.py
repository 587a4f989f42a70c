"""What must be true of a run whose processes were killed, however often and wherever."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent_brain.core.items import Item, ItemKind, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import ActionFinished, ActionStarted, Record, StateSet, find_innermost
from durability.outside import Line, Outside, count
from durability.spots import Reading
from durability.work import NESTING, REPEATABLE


@dataclass(frozen=True, slots=True)
class Scene:
    """What was found right after a kill: the journal, and the world outside."""

    journal: Reading
    lines: Sequence[Line]


def judge(run_id: str, scenes: Sequence[Scene], end: Reading, outside: Outside, undisturbed: Reading) -> None:
    """Compare a run that was killed at these scenes with one that was left in peace."""
    lines = outside.read(run_id)
    doubted = set().union(*(scene.journal.in_doubt for scene in scenes))
    for scene in scenes:
        _check_nothing_lost(run_id, scene, end)
        _check_intents_first(scene)
        _check_settled_is_not_run(scene, lines)
    _check_journal(end)
    assert end.runs.keys() == undisturbed.runs.keys()
    for path, records in undisturbed.runs.items():
        _check_run(end.runs[path], records, doubted)
    _check_actions(end, scenes, lines)


def _check_nothing_lost(run_id: str, scene: Scene, end: Reading) -> None:
    acknowledged = [line.number for line in scene.lines if (line.what, line.about) == ("ack", run_id)]
    assert scene.journal.head >= max(acknowledged, default=0)
    assert end.entries[: len(scene.journal.entries)] == scene.journal.entries


def _check_intents_first(scene: Scene) -> None:
    begun = {line.about for line in scene.lines if line.what == "begin"}
    assert begun <= scene.journal.started


def _check_settled_is_not_run(scene: Scene, lines: Sequence[Line]) -> None:
    """What had an outcome at the kill did nothing afterwards."""
    later = {line.about for line in lines[len(scene.lines) :] if line.what in ("begin", "effect")}
    assert not later & (scene.journal.started - scene.journal.in_doubt)


def _check_journal(end: Reading) -> None:
    """Records are counted without a gap, drivers never go back, and each action has one outcome."""
    heads = [0, *(entry.last for entry in end.entries)]
    assert [entry.first for entry in end.entries] == [head + 1 for head in heads[:-1]]
    epochs = [entry.epoch for entry in end.entries]
    assert epochs == sorted(epochs)
    finished = [record.action_id for record in end.all_records if isinstance(record, ActionFinished)]
    assert len(finished) == len(set(finished)) == len(end.started)


def _check_run(records: Sequence[Record], undisturbed: Sequence[Record], doubted: set[str]) -> None:
    """Look at one run, the whole or one inside of it."""
    env, twin = MemoryEnv.fold(records), MemoryEnv.fold(undisturbed)
    _check_same(env, twin, doubted)
    _check_usage(env, twin, records, doubted)
    assert _find_moves(records) == _find_moves(undisturbed)


def _check_usage(env: MemoryEnv, twin: MemoryEnv, records: Sequence[Record], doubted: set[str]) -> None:
    """Each call counts once, wherever it was made; a tool that is run again is called again."""
    started = [at for at, record in map(find_innermost, records) if isinstance(record, ActionStarted)]
    assert env.usage.tool_calls == len(started)
    assert sum(env.called_inside.values()) == sum(map(bool, started))
    assert env.usage.model_calls == twin.usage.model_calls
    assert doubted or replace(env.usage, seconds=0.0) == replace(twin.usage, seconds=0.0)  # else prompts may differ


def _check_same(env: MemoryEnv, undisturbed: MemoryEnv, doubted: set[str]) -> None:
    assert (env.status, env.answer, env.steps) == (undisturbed.status, undisturbed.answer, undisturbed.steps)
    unlike = {place for place, item in enumerate(env.log) if item.action_id in doubted and _is_unknown(item)}
    for place, (item, twin) in enumerate(zip(env.log, undisturbed.log, strict=True)):
        assert _strip(item, place in unlike) == _strip(twin, place in unlike)


def _strip(item: Item, is_doubtful: bool) -> Item:
    """The item without its run's name, and without an outcome that is in doubt."""
    return replace(item, action_id="", outcome=None if is_doubtful else item.outcome)


def _is_unknown(item: Item) -> bool:
    return item.outcome is not None and item.outcome.status is OutcomeStatus.UNKNOWN


def _find_moves(records: Sequence[Record]) -> list[tuple[str, str]]:
    return [(record.state, record.reason) for record in records if isinstance(record, StateSet)]


def _check_actions(end: Reading, scenes: Sequence[Scene], lines: Sequence[Line]) -> None:
    """Look at each action of each run; what is a run itself is never in doubt, as it goes on where it was."""
    for records in end.runs.values():
        for item in MemoryEnv.fold(records).log:
            if item.action is not None and item.action.name in NESTING:
                assert not _is_unknown(item)
            elif item.action is not None:
                _check_action(item, item.action.name in REPEATABLE, scenes, lines)


def _check_action(item: Item, is_repeatable: bool, scenes: Sequence[Scene], lines: Sequence[Line]) -> None:
    """How often one action was begun and took effect, against how often it was in doubt."""
    key = item.action_id
    doubts = [scene for scene in scenes if key in scene.journal.in_doubt]
    begun, effects = count(lines, "begin", key), count(lines, "effect", key)
    assert item.kind is ItemKind.ACTION
    if not doubts:
        assert (begun, effects, _is_unknown(item)) == (1, 1, False)
    elif is_repeatable:
        after = lines[len(doubts[-1].lines) :]
        assert (count(after, "begin", key), count(after, "effect", key), _is_unknown(item)) == (1, 1, False)
        assert begun <= 1 + len(doubts)
    else:
        after = lines[len(doubts[0].lines) :]
        assert (count(after, "begin", key), count(after, "effect", key), _is_unknown(item)) == (0, 0, True)
        assert effects <= 1
