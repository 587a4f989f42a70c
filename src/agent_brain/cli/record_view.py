"""Records from a journal, shown as the events that they were when they happened."""

from collections.abc import Iterator

from agent_brain.cli.views import VOICES, View
from agent_brain.core.events import Chunk, ChunkKind, Entered, Event, Moved, SubEvent
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import (
    ActionStarted,
    Asked,
    ItemAdded,
    Record,
    Started,
    StateSet,
    SubRecord,
    find_innermost,
)


class RecordView:
    """Hands another view the events that records stand for: texts come whole, because journals hold no pieces."""

    def __init__(self, view: View, env: MemoryEnv) -> None:
        self._view = view
        self._env = env
        """What was known before the first record that is shown."""

    def show(self, record: Record) -> None:
        """Show one record."""
        source = self._env.state
        self._env.update(record)
        self._env.take_fresh()
        for event in self._find_events(record, source):
            self._view.show(event)

    def _find_events(self, record: Record, source: str) -> Iterator[Event]:
        match record:
            case Started() | Asked():
                yield Chunk(record.goal + "\n", ChunkKind.ANSWER)
                yield Entered(self._env.state, self._env.steps)
            case ItemAdded():
                if record.reasoning:
                    yield Chunk(record.reasoning, ChunkKind.REASONING, record.state)
                yield Chunk(record.text, VOICES.get(record.kind, ChunkKind.THOUGHT), record.state)
            case ActionStarted():
                yield record
                yield Chunk(record.action.describe(), ChunkKind.ACTION, record.state, record.action_id)
            case StateSet():
                yield Moved(source, record.state, record.reason)
                yield Entered(record.state, self._env.steps)
            case SubRecord():
                yield SubEvent(*find_innermost(record))
            case _:
                yield record
