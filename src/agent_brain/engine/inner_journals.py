"""The journals of runs inside a run, taken out of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from agent_brain.core.items import find_key
from agent_brain.core.records import (
    ActionFinished,
    ActionStarted,
    Asked,
    Forked,
    Record,
    Replied,
    Started,
    StateSet,
    SubRecord,
)
from agent_brain.core.store import Commit


@dataclass(slots=True)
class InnerJournal:
    """What a run inside another one recorded, as a journal of its own."""

    run_id: str
    state: str
    """The state of the outer run that it is inside of."""
    tool: str = ""
    """The tool that it is; empty for what a state has walked itself."""
    commits: list[Commit] = field(default_factory=list)
    head: int = 0

    def add(self, outer: Commit, records: Sequence[Record]) -> None:
        """More of it, from one commit of the outer journal."""
        self.commits.append(replace(outer, run_id=self.run_id, first=self.head + 1, records=tuple(records)))
        self.head += len(records)


def find_inner_journals(commits: Sequence[Commit]) -> list[InnerJournal]:
    """Those of all runs that were begun inside, in the order in which they were."""
    reader = _Reader()
    for commit in commits:
        reader.read(commit)
    return reader.found


class _Reader:
    def __init__(self) -> None:
        self.found: list[InnerJournal] = []
        self._open: dict[str, InnerJournal] = {}
        self._going_on: set[str] = set()
        """The keys of those that are not over."""
        self._tools: dict[str, str] = {}
        self._state = ""

    def read(self, commit: Commit) -> None:
        together: dict[str, list[Record]] = {}
        for record in commit.records:
            for key, inner in self._find_inner(record):
                together.setdefault(key, []).append(inner)
        for key, records in together.items():
            self._open[key].add(commit, records)

    def _find_inner(self, record: Record) -> Iterator[tuple[str, Record]]:
        match record:
            case Started() | Asked() | StateSet():
                self._state = record.state
                self._going_on.clear()
            case Forked(run_id=run_id):
                yield from ((key, Forked(f"{run_id}:{key}")) for key in self._going_on)
            case ActionStarted():
                self._tools[find_key(record.action_id)] = record.action.name
            case ActionFinished(action_id=action_id):
                self._going_on.discard(find_key(action_id))
            case Replied(pause_id=pause_id):
                key, _, inside = pause_id.partition(".")
                if inside and key in self._open:
                    yield key, replace(record, pause_id=inside)
            case SubRecord(sub_run=key, record=inner):
                if isinstance(inner, Started):
                    self._open[key] = InnerJournal(inner.run_id, self._state, self._tools.get(key, ""))
                    self.found.append(self._open[key])
                    self._going_on.add(key)
                if key in self._open:  # not where its beginning was compacted away
                    yield key, inner
