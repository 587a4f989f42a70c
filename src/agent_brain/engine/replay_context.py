"""Contexts as a journal tells of them: what did not fit, what was shown instead, and for which model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from agent_brain.core.chat import ChatModel
from agent_brain.core.errors import ModelError, ModelErrorKind, PromptSizes
from agent_brain.core.lens import FAILED_UPKEEP, find_kind
from agent_brain.core.ports import Gauge, Room
from agent_brain.core.records import BoardPut, Called, Fitted, Record, Refused

ENOUGH = 2**60
"""Tokens in a window in which all fits."""

Line = tuple[int, Record]
FindRoom = Callable[[str], Room | None]
"""Finds what a model's next recorded prompt had, by its name."""


class ReplayGauge:
    """Counts as the brain's own gauge does, and knows windows from the journal alone."""

    def __init__(self, own: Gauge, find_room: FindRoom) -> None:
        self._own = own
        self._find_room = find_room

    def find_room(self, model: ChatModel) -> Room | None:
        """What there was for the call that comes next."""
        return self._find_room(model.name)

    def count(self, model: ChatModel, text: str) -> int:
        """As the own gauge."""
        return self._own.count(model, text)


@dataclass(frozen=True, slots=True)
class Failure:
    """A call for a memory that failed and was left."""

    model: str
    prompt: str
    """Digest of all messages."""
    text: str
    kind: str


def find_refusals(lines: Sequence[Line]) -> dict[int, Refused | Failure]:
    """What was asked in a scene and had no reply, by its place among the lines that count."""
    found: dict[int, Refused | Failure] = {}
    for place, (_, record) in enumerate(lines):
        if isinstance(record, Refused):
            found[place] = record
        elif _is_failure(record):
            told = record.value
            found[place] = Failure(told["model"], told["prompt"], told["error"], find_kind(told))
    return found


def find_recorded_room(lines: Sequence[Line], first: int, ask: int | None, model: str) -> Room | None:
    """What there was for the prompt of the call at `ask`: the budget that it was made to fit, or enough if counted."""
    if ask is None:
        return None
    room = _get_room(lines[ask][1])
    if room:
        return Room(room, is_counted=True)
    for place in range(ask - 1, first - 1, -1):
        record = lines[place][1]
        if isinstance(record, Refused | Called) and record.model == model:
            break
        if isinstance(record, Fitted) and record.model == model and not record.is_silent:
            return Room(record.budget, is_counted=True)
    asked = lines[ask][1]
    return Room(ENOUGH, is_counted=True) if isinstance(asked, Called) and asked.counted else None


def make_refusal(record: Refused | Failure) -> ModelError:
    """The error with which a model's server refused, or a call for a memory failed."""
    if isinstance(record, Failure):
        return ModelError(ModelErrorKind(record.kind), record.text, retryable=False)
    return ModelError(ModelErrorKind.CONTEXT_LENGTH, record.text, sizes=PromptSizes(*record.told))


def _is_failure(record: Record) -> TypeGuard[BoardPut]:
    return isinstance(record, BoardPut) and record.key == FAILED_UPKEEP and record.value is not None


def _get_room(record: Record) -> int:
    """What a memory was told of room for a prompt; 0: nothing."""
    if isinstance(record, Called | Refused):
        return record.room
    return int(record.value["room"]) if _is_failure(record) else 0
