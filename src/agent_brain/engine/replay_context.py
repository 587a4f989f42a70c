"""Contexts as a journal tells of them: what did not fit, what was shown instead, and for which model."""

from collections.abc import Callable, Sequence

from agent_brain.core.chat import ChatModel
from agent_brain.core.errors import ModelError, ModelErrorKind, PromptSizes
from agent_brain.core.ports import Gauge, Room
from agent_brain.core.records import Called, Fitted, Record, Refused

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


def find_refusals(lines: Sequence[Line]) -> dict[int, Refused]:
    """The refusals of a scene, by their places among the lines that count."""
    return {place: record for place, (_, record) in enumerate(lines) if isinstance(record, Refused)}


def find_recorded_room(lines: Sequence[Line], first: int, ask: int | None, model: str) -> Room | None:
    """What there was for the prompt of the call at `ask`: the budget that it was made to fit, or enough if counted."""
    if ask is None:
        return None
    for place in range(ask - 1, first - 1, -1):
        record = lines[place][1]
        if isinstance(record, Refused | Called) and record.model == model:
            break
        if isinstance(record, Fitted) and record.model == model and not record.is_silent:
            return Room(record.budget, is_counted=True)
    asked = lines[ask][1]
    return Room(ENOUGH, is_counted=True) if isinstance(asked, Called) and asked.counted else None


def make_refusal(record: Refused) -> ModelError:
    """The error with which a model's server refused."""
    return ModelError(ModelErrorKind.CONTEXT_LENGTH, record.text, sizes=PromptSizes(*record.told))
