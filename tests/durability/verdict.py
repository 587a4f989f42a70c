"""What must be true of a run whose processes were killed, however often and wherever."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent_brain.core.items import Item, ItemKind, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import ActionFinished, StateSet
from durability.outside import Line, Outside, count
from durability.spots import Reading
from durability.work import REPEATABLE


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
    _check_same(end.env, undisturbed.env, doubted)
    assert _find_moves(end) == _find_moves(undisturbed)
    for item in end.env.log:
        if item.action is not None:
            _check_action(item, item.action.name in REPEATABLE, scenes, lines)


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
    finished = [record.action_id for record in end.records if isinstance(record, ActionFinished)]
    assert len(finished) == len(set(finished)) == len(end.started)


def _check_same(env: MemoryEnv, undisturbed: MemoryEnv, doubted: set[str]) -> None:
    assert (env.status, env.answer, env.steps) == (undisturbed.status, undisturbed.answer, undisturbed.steps)
    assert env.usage.model_calls == undisturbed.usage.model_calls
    unlike = {place for place, item in enumerate(env.log) if item.action_id in doubted and _is_unknown(item)}
    for place, (item, twin) in enumerate(zip(env.log, undisturbed.log, strict=True)):
        assert _strip(item, place in unlike) == _strip(twin, place in unlike)


def _strip(item: Item, is_doubtful: bool) -> Item:
    """The item without its run's name, and without an outcome that is in doubt."""
    return replace(item, action_id="", outcome=None if is_doubtful else item.outcome)


def _is_unknown(item: Item) -> bool:
    return item.outcome is not None and item.outcome.status is OutcomeStatus.UNKNOWN


def _find_moves(end: Reading) -> list[tuple[str, str]]:
    return [(record.state, record.reason) for record in end.records if isinstance(record, StateSet)]


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
