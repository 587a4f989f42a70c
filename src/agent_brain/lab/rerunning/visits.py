"""The visits of a stored run: at which of its records each step began, so that it can be done anew from there."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.records import Asked, Failed, Started, StateSet
from agent_brain.core.store import Commit

FIRST, LAST = "first", "last"


@dataclass(frozen=True, slots=True)
class Visit:
    """One step of a run, and what came before it."""

    step: int
    """Counted from 1, of the run's last question."""
    state: str
    head: int
    """How many records the run had when the step began."""


def list_visits(commits: Sequence[Commit]) -> list[Visit]:
    """The steps of a run's last question, in order, but for those that a failed one has left nothing of."""
    visits: list[Visit] = []
    step = 0
    for commit in commits:
        entered = [record for record in commit.records if isinstance(record, Started | Asked | StateSet)]
        if not entered:
            continue
        last = entered[-1]
        if not isinstance(last, StateSet):
            visits, step = [], 0
        step += len(entered) if isinstance(last, StateSet) else 1
        if not any(isinstance(record, Failed) for record in commit.records):
            visits.append(Visit(step, last.state, commit.last))
    return visits


@dataclass(frozen=True, slots=True)
class Start:
    """Where trials are to be gone on from: a step by its number, or the first or last visit of a state."""

    step: int = 0
    state: str = ""
    is_last: bool = False

    @classmethod
    def read(cls, text: str, states: Sequence[str]) -> "Start":
        """`3`, `reflect`, `last:action`. Raises: UnknownName for no such state; SetupError."""
        if text.isascii() and text.isdigit():
            if not int(text):
                raise SetupError("steps are counted from 1; 0 is none")
            return cls(int(text))
        which, _, state = text.rpartition(":") if ":" in text else (FIRST, "", text)
        if which not in (FIRST, LAST):
            raise SetupError(f"{text!r} names no step; wanted a number, a state such as 'action', or 'last:action'")
        if state not in states:
            raise UnknownName("state", state, states)
        return cls(state=state, is_last=which == LAST)

    def __str__(self) -> str:
        return f"step {self.step}" if self.step else f"the {LAST if self.is_last else FIRST} visit of {self.state}"

    def find(self, visits: Sequence[Visit]) -> Visit | None:
        """The visit that it means; None in a run that has none."""
        found = [visit for visit in visits if visit.step == self.step or (not self.step and visit.state == self.state)]
        if not found:
            return None
        return found[-1] if self.is_last else found[0]
