"""A journal cut into scenes: what came from outside, and what its driver did then."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_brain.core.pauses import PauseKind, ReplySource
from agent_brain.core.records import (
    Asked,
    BoardPut,
    Failed,
    Forked,
    LimitMet,
    Paused,
    Record,
    Replied,
    Resumed,
    SlotPut,
    Started,
)
from agent_brain.core.store import Commit
from agent_brain.core.wire_choice import WireChoice, is_choice, read_choice
from agent_brain.engine.walk import ABOVE


@dataclass(slots=True)
class Scene:
    """What one driver wrote, up to where its time was over."""

    given: list[Record] = field(default_factory=list)
    """What came from outside before it began: a question, a fork, replies, another try."""
    played: list[tuple[int, Record]] = field(default_factory=list)
    """What it did then, with the records' numbers."""
    at: float = 0.0
    """When it began."""
    is_finishing: bool = False
    """The time limit was met before it, or one of the run outside."""
    cut: str = ""
    """Why what is given cannot be played, in words."""


def find_choices(scene: Scene, board: Mapping[str, Any]) -> list[tuple[int, str, WireChoice]]:
    """Over which wire a model is asked from there on, by the numbers of the records that say so; 0: from before."""
    kept = [(number, record.key, record.value) for number, record in scene.played if isinstance(record, BoardPut)]
    kept = [*((0, key, value) for key, value in board.items()), *kept]
    found = ((number, key, read_choice({key: value}, key)) for number, key, value in kept if is_choice(key))
    return [(number, key, choice) for number, key, choice in found if choice is not None]


def find_scenes(commits: Sequence[Commit]) -> Iterator[Scene]:
    """The scenes of a journal, in order; together they hold every record.

    A driver's commits are told by their epoch; in an export, where all have one name, two runs may have the same one.
    """
    together: list[Commit] = []
    for commit in commits:
        last = together[-1] if together else commit
        if (last.run_id, last.epoch) != (commit.run_id, commit.epoch) or any(map(_is_given, commit.records)):
            yield from _split(together)
            together = []
        together.append(commit)
    yield from _split(together)


def _split(commits: list[Commit]) -> Iterator[Scene]:
    """The scenes of one driver: a commit that its clock made ends one and begins the next."""
    if not commits:
        return
    scene = Scene(at=commits[0].at)
    is_given = True
    for commit in commits:
        cut = _find_cut(commit)
        if cut or _is_ended_above(commit):
            yield scene
            is_finishing = any(isinstance(record, LimitMet) for record in commit.records)
            scene, is_given = Scene(list(commit.records), [], commit.at, is_finishing, cut), False
            continue
        asked = max((place for place, record in enumerate(commit.records) if isinstance(record, Asked)), default=-1)
        begins = _begins_with_slots(commit)
        for place, record in enumerate(commit.records):
            is_given = is_given and (begins or place <= asked or _is_given(record))
            if is_given:
                scene.given.append(record)
            else:
                scene.played.append((commit.first + place, record))
    yield scene


def _is_given(record: Record) -> bool:
    if isinstance(record, Replied):
        return record.source is not ReplySource.WITHDRAWN
    return isinstance(record, Started | Forked | Resumed | Asked)


def _begins_with_slots(commit: Commit) -> bool:
    """True for the beginning of a sub-run that was given some slots: a step's own have its move beside them."""
    kinds = [type(record) for record in commit.records]
    return Started in kinds and set(kinds) <= {Started, SlotPut, BoardPut}


def _is_ended_above(commit: Commit) -> bool:
    """True where a limit of the run outside was met, which has another journal."""
    return any(isinstance(record, LimitMet) and record.limit == ABOVE for record in commit.records)


def _find_cut(commit: Commit) -> str:
    """Why this commit was made where the driver's clock, or the run outside, said so, or an empty text."""
    for record in commit.records:
        match record:
            case LimitMet(limit="seconds", text=text):
                return text
            case Paused(kind=PauseKind.BUDGET, token="seconds", text=text):
                return text
            case Failed(error="TimeUp" | "Withdrawn", message=message):
                return message
    return ""
