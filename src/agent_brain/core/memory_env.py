"""MemoryEnv: all that a run knows, as a fold of its records."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Self, assert_never

from agent_brain.core.items import Action, FaultKind, Item, ItemKind, Observation, OutcomeStatus
from agent_brain.core.records import (
    ActionFinished,
    ActionsChosen,
    ActionStarted,
    Asked,
    BoardPut,
    Charged,
    Failed,
    Faulted,
    Finished,
    ItemAdded,
    LimitMet,
    Record,
    SlotPut,
    Started,
    StateSet,
    Status,
)
from agent_brain.core.usage import Usage


class MemoryEnv:
    """The log, the board, the slots and the usage of one run.

    Plain data: it names a state and never holds one. `update` is the only thing that changes it; every other mutator
    makes a record and hands it to `update`, so that `MemoryEnv.fold(records)` is equal to the env that made them.
    """

    __slots__ = (
        "_board", "_faults", "_flight", "_fresh", "_log", "_next", "_slots", "_visits",
        "answer", "error", "fault_streak", "fingerprint", "limit", "net", "run_id", "state", "status", "steps", "usage",
    )  # fmt: skip

    def __init__(self) -> None:
        self.run_id = ""
        self.net = ""
        self.fingerprint = ""
        self.state = ""
        self.status = Status.RUNNING
        self.steps = 0
        """Steps begun, the one under way included."""
        self.usage = Usage()
        self.answer = ""
        self.limit = ""
        """What limit was met, in words; empty while none was."""
        self.error = ""
        self.fault_streak = 0
        """Faults since the last action that its tool took."""
        self._log: list[Item] = []
        self._flight: dict[str, int] = {}
        self._board: dict[str, Any] = {}
        self._slots: dict[str, str] = {}
        self._visits: Counter[str] = Counter()
        self._faults: Counter[FaultKind] = Counter()
        self._next: tuple[Action, ...] = ()
        self._fresh: list[Record] = []

    @classmethod
    def begin(cls, run_id: str, net: str, fingerprint: str, state: str, goal: str) -> Self:
        """A new run with its goal, standing before its first step."""
        env = cls()
        env.update(Started(run_id, net, fingerprint, state, goal))
        return env

    @classmethod
    def fold(cls, records: Iterable[Record]) -> Self:
        """The env that these records make, in their order."""
        env = cls()
        for record in records:
            env.update(record)
        env.take_fresh()
        return env

    def fork(self) -> "MemoryEnv":
        """An equal env with a future of its own."""
        twin = MemoryEnv()
        for name in self.__slots__:
            value = getattr(self, name)
            setattr(twin, name, value.copy() if isinstance(value, (list, dict)) else value)
        twin._fresh.clear()
        return twin

    # What a run knows, to read.

    @property
    def log(self) -> Sequence[Item]:
        """All items in order; an action and its outcome are one item."""
        return self._log

    @property
    def board(self) -> Mapping[str, Any]:
        """Control data that the model does not see."""
        return MappingProxyType(self._board)

    @property
    def slots(self) -> Mapping[str, str]:
        """Named texts that overlays render: plan, notes, lessons."""
        return MappingProxyType(self._slots)

    @property
    def visits(self) -> Mapping[str, int]:
        """How often each state was entered."""
        return MappingProxyType(self._visits)

    @property
    def faults(self) -> Mapping[FaultKind, int]:
        """How often the model got an action wrong, by kind."""
        return MappingProxyType(self._faults)

    @property
    def goal(self) -> str:
        """The question of this run."""
        return next((item.text for item in reversed(self._log) if item.kind is ItemKind.GOAL), "")

    @property
    def next_actions(self) -> Sequence[Action]:
        """The actions that the model asked for and that have not been started."""
        return self._next

    @property
    def in_flight(self) -> Sequence[Item]:
        """Actions that were started and have no outcome."""
        return [self._log[place] for place in self._flight.values()]

    @property
    def is_waiting_for_commit(self) -> bool:
        """True when records have been made since the last `take_fresh`."""
        return bool(self._fresh)

    # What states write; each of these is one record.

    @property
    def next_action(self) -> Action | None:
        """The first of `next_actions`, or None."""
        return self._next[0] if self._next else None

    @next_action.setter
    def next_action(self, action: Action | None) -> None:
        self.choose(() if action is None else (action,))

    @property
    def done(self) -> bool:
        """True once the run has its answer."""
        return self.status in (Status.ANSWERED, Status.LIMITED)

    @done.setter
    def done(self, value: bool) -> None:
        if not value:
            raise ValueError("env.done can only be set to True: what has ended is continued by a further question")
        said = next((item.text for item in reversed(self._log) if item.kind is ItemKind.ANSWER), "")
        self.update(Finished(said))

    def set_state(self, state: str, reason: str = "") -> None:
        """Name the next state; the net checks the move when the step has ended."""
        self.update(StateSet(state, reason))

    def add(self, kind: ItemKind, text: str, *, reasoning: str = "") -> None:
        """Make the log longer by one item, written by the present state."""
        self.update(ItemAdded(kind, text, self.state, reasoning))

    def choose(self, actions: Sequence[Action]) -> None:
        """Set the actions that come next."""
        self.update(ActionsChosen(tuple(actions)))

    def start_action(self, action: Action) -> str:
        """Write down an action's intent and give it its id."""
        action_id = f"{self.run_id}:{len(self._log)}"
        self.update(ActionStarted(action_id, action, self.state))
        return action_id

    def finish_action(self, action_id: str, outcome: Observation) -> None:
        """Write down what came of an action; a second outcome is ignored."""
        if action_id in self._flight:
            self.update(ActionFinished(action_id, outcome))

    def settle(self, reason: str) -> None:
        """Give every action in flight the outcome `unknown`, for the reason given."""
        for item in self.in_flight:
            self.finish_action(item.action_id, Observation(reason, OutcomeStatus.UNKNOWN))

    def fault(self, kind: FaultKind, text: str) -> None:
        """Count a mistake of the model and tell it how to mend it."""
        self.update(Faulted(kind, text, self.state))

    def put_slot(self, slot: str, text: str | None) -> None:
        """Set a named text, or remove it with None."""
        self.update(SlotPut(slot, text))

    def put_board(self, key: str, value: Any) -> None:
        """Set a value of control data; JSON only."""
        self.update(BoardPut(key, value))

    def charge(self, usage: Usage, model: str = "") -> None:
        """Add to what the run has spent."""
        self.update(Charged(usage, model))

    def meet_limit(self, limit: str, text: str) -> None:
        """Write down that a limit was met; the run will end with status `limited`."""
        self.update(LimitMet(limit, text))

    def take_fresh(self) -> list[Record]:
        """The records made since the last call: what a journal appends and a watcher sees."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def update(self, record: Record) -> None:  # noqa: C901, PLR0912  # one flat case for each kind of record
        """Apply one record and remember it as fresh."""
        match record:
            case Charged(usage=usage):
                self.usage += usage
            case StateSet(state=state):
                self._enter(state)
            case ItemAdded():
                self._append(record.kind, record.text, record.state, reasoning=record.reasoning)
            case ActionsChosen(actions=actions):
                self._next = actions
            case ActionStarted():
                self._start(record)
            case ActionFinished(action_id=action_id, outcome=outcome):
                self._finish(action_id, outcome)
            case Faulted(kind=kind, text=text, state=state):
                self._append(ItemKind.OBSERVATION, text, state)
                self._count_fault(kind)
            case SlotPut(slot=slot, text=text):
                self._set_slot(slot, text)
            case BoardPut(key=key, value=value):
                self._board[key] = value
            case LimitMet(text=text):
                self.limit = text
            case Finished(answer=answer):
                self.answer, self.status = answer, Status.LIMITED if self.limit else Status.ANSWERED
            case Failed(message=message):
                self.error, self.status, self.answer = message, Status.FAILED, ""
            case Started():
                self.net, self.fingerprint = record.net, record.fingerprint
                self._ask(record.run_id, record.state, record.goal)
            case Asked():
                self._ask(record.run_id, record.state, record.goal)
            case _:
                assert_never(record)
        self._fresh.append(record)

    def _set_slot(self, slot: str, text: str | None) -> None:
        if text is None:
            self._slots.pop(slot, None)
        else:
            self._slots[slot] = text

    def _ask(self, run_id: str, state: str, goal: str) -> None:
        """Start counting anew; the log, the slots and the board stay."""
        self.run_id, self.status, self.usage = run_id, Status.RUNNING, Usage()
        self.answer = self.limit = self.error = ""
        self.steps = self.fault_streak = 0
        self._next = ()
        self._visits.clear()
        self._faults.clear()
        self._append(ItemKind.GOAL, goal, "")
        self._enter(state)

    def _enter(self, state: str) -> None:
        self.state = state
        self.steps += 1
        self._visits[state] += 1

    def _append(self, kind: ItemKind, text: str, state: str, *, reasoning: str = "") -> None:
        self._log.append(Item(len(self._log), kind, text, state, self.steps, reasoning))

    def _start(self, record: ActionStarted) -> None:
        place = len(self._log)
        self._flight[record.action_id] = place
        self._log.append(
            Item(place, ItemKind.ACTION, "", record.state, self.steps, "", record.action_id, record.action)
        )
        self._next = self._next[1:] if self._next and self._next[0] == record.action else self._next
        self.usage += Usage(tool_calls=1)

    def _finish(self, action_id: str, outcome: Observation) -> None:
        place = self._flight.pop(action_id, None)
        if place is None:
            return
        self._log[place] = replace(self._log[place], outcome=outcome)
        if outcome.fault is None:
            self.fault_streak = 0
        else:
            self._count_fault(outcome.fault)

    def _count_fault(self, kind: FaultKind) -> None:
        self._faults[kind] += 1
        self.fault_streak += 1

    def __eq__(self, other: object) -> bool:
        """Equal data; what is fresh does not count."""
        if not isinstance(other, MemoryEnv):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__ if name != "_fresh")

    __hash__ = None  # type: ignore[assignment]  # mutable, so not hashable; mypy wants a callable here

    def __repr__(self) -> str:
        return f"<MemoryEnv {self.run_id}: {self.status}, step {self.steps} in {self.state}, {len(self._log)} items>"
