"""What a run knows, and what each record does to it: the reading half of MemoryEnv."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Self, assert_never

from agent_brain.core.context import Context, learn
from agent_brain.core.evaluating import ORACLES
from agent_brain.core.forkable import Forkable
from agent_brain.core.items import Action, Details, FaultKind, Item, ItemKind, Observation, find_key
from agent_brain.core.pauses import Pause, PauseKind
from agent_brain.core.records import (
    ActionFinished,
    ActionsChosen,
    ActionStarted,
    Asked,
    BoardPut,
    Called,
    Charged,
    Failed,
    Faulted,
    Finished,
    Fitted,
    Forked,
    ItemAdded,
    LimitMet,
    Paused,
    Record,
    Refused,
    Replied,
    Resumed,
    SlotPut,
    Started,
    StateSet,
    Status,
    SubRecord,
    Worded,
    find_innermost,
)
from agent_brain.core.usage import Usage

UNKEPT = frozenset({"_derived", "_fresh", "_is_urgent", "allowance"})
"""Of a run's data, what belongs to the present moment alone."""


class Fold(Forkable):
    """The log, the board, the slots, the pauses and the usage of one run; only `update` changes them."""

    __slots__ = (
        "_board", "_called", "_contexts", "_derived", "_faults", "_flight", "_fresh", "_granted", "_held", "_is_urgent",
        "_log", "_next", "_pauses", "_slots", "_status", "_sub_runs", "_visits", "_words", "allowance", "answer",
        "error", "fault_streak", "fingerprint", "head", "limit", "net", "run_id", "shape", "state", "steps", "usage",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.run_id = ""
        self.head = 0
        """How many records made it."""
        self.net = ""
        self.fingerprint = ""
        self.shape: Mapping[str, str] = {}
        """What the fingerprint is made of."""
        self.state = ""
        self.steps = 0
        """Steps begun, the one under way included."""
        self.usage = Usage()
        self.answer = ""
        self.limit = ""
        """What limit was met, in words; empty while none was."""
        self.error = ""
        self.fault_streak = 0
        """Faults since the last action that its tool took."""
        self.allowance: object = None
        """What its driver lets sub-runs spend; it belongs to the present moment, and is no part of the run's data."""
        self._status = Status.RUNNING
        self._sub_runs: dict[str, Self] = {}
        self._called: Counter[str] = Counter()
        self._contexts: dict[str, Context] = {}
        self._log: list[Item] = []
        self._flight: dict[str, int] = {}
        self._held: dict[str, int] = {}
        self._pauses: dict[str, Pause] = {}
        self._granted: dict[str, float] = {}
        self._words: dict[str, str] = {}
        self._board: dict[str, Any] = {}
        self._slots: dict[str, str] = {}
        self._visits: Counter[str] = Counter()
        self._faults: Counter[FaultKind] = Counter()
        self._next: tuple[Action, ...] = ()
        self._fresh: list[Record] = []
        self._is_urgent = False
        self._derived: dict[Any, Any] = {}

    @classmethod
    def fold(cls, records: Iterable[Record]) -> Self:
        """The env that these records make, in their order."""
        env = cls()
        env.replay(records)
        return env

    def replay(self, records: Iterable[Record]) -> None:
        """Apply records that are in a journal already, so that they do not count as fresh."""
        for record in records:
            self.update(record)
        self.take_fresh()

    @property
    def status(self) -> Status:
        """Where the run stands; WAITING while it would go on but for an open pause."""
        return Status.WAITING if self._status is Status.RUNNING and self.open_pauses else self._status

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
    def held(self) -> Sequence[Item]:
        """Actions that wait for a person's verdict and have not been started."""
        return [self._log[place] for place in self._held.values()]

    @property
    def pauses(self) -> Mapping[str, Pause]:
        """All that the run ever waited for, by id."""
        return MappingProxyType(self._pauses)

    @property
    def open_pauses(self) -> Sequence[Pause]:
        """What it waits for."""
        return [pause for pause in self._pauses.values() if pause.is_open] if self._pauses else ()

    @property
    def granted(self) -> Mapping[str, float]:
        """What a person has added to limits, by the limit's name."""
        return MappingProxyType(self._granted)

    @property
    def sub_runs(self) -> Mapping[str, Self]:
        """The runs inside the present step, by key; the journal holds those of earlier steps."""
        return MappingProxyType(self._sub_runs)

    @property
    def called_inside(self) -> Mapping[str, int]:
        """How often this run's sub-runs have called each tool."""
        return MappingProxyType(self._called)

    @property
    def contexts(self) -> Mapping[str, Context]:
        """What the run has learnt of its models' contexts, by their names."""
        return MappingProxyType(self._contexts)

    @property
    def words(self) -> Mapping[str, str]:
        """The system prompts and directives of this run, by digest."""
        return MappingProxyType(self._words)

    @property
    def is_urgent(self) -> bool:
        """True when intents, outcomes or pauses have been made since the last `take_fresh`."""
        return self._is_urgent

    @property
    def fresh(self) -> Sequence[Record]:
        """The records made since the last `take_fresh`."""
        return self._fresh

    def take_fresh(self) -> list[Record]:
        """The records made since the last call: what a journal appends and a watcher sees."""
        fresh, self._fresh, self._is_urgent = self._fresh, [], False
        return fresh

    def update(self, record: Record) -> None:  # noqa: C901, PLR0912, PLR0915  # one flat case for each kind of record
        """Apply one record and remember it as fresh."""
        if self._is_shared:
            self._part()
        match record:
            case Charged(usage=usage):
                self.usage += usage
            case Called() | Fitted() | Refused():
                self.learn(record)
            case StateSet(state=state):
                self._enter(state)
            case ItemAdded():
                self._append(record.kind, record.text, record.state, reasoning=record.reasoning, details=record.details)
            case ActionsChosen(actions=actions):
                self._next = actions
            case ActionStarted():
                self._start(record)
                self._is_urgent = True
            case ActionFinished(action_id=action_id, outcome=outcome):
                self._finish(action_id, outcome)
                self._is_urgent = True
            case Faulted(kind=kind, text=text, state=state):
                self._append(ItemKind.OBSERVATION, text, state)
                self._count_fault(kind)
            case Worded(digest=digest, text=text):
                self._words[digest] = text
            case Paused():
                self._hold(record)
                self._is_urgent = True
            case Replied():
                self._take_reply(record)
            case SlotPut(slot=slot, text=text):
                self._set_slot(slot, text)
            case BoardPut(key=key, value=value):
                self._board[key] = value
            case LimitMet(text=text):
                self.limit = text
            case Finished(answer=answer):
                self.answer, self._status = answer, Status.LIMITED if self.limit else Status.ANSWERED
            case Failed(message=message):
                self.error, self._status, self.answer = message, Status.FAILED, ""
            case Started():
                self.net, self.fingerprint, self.shape = record.net, record.fingerprint, record.shape
                self._ask(record.run_id, record.state, record.goal)
            case Forked(run_id=run_id):
                self.run_id = run_id
                if record.fingerprint:
                    self.net, self.fingerprint, self.shape = record.net, record.fingerprint, record.shape
                for key, sub_run in self._sub_runs.items():  # two futures of one run give no two actions one id
                    sub_run.replay([Forked(f"{run_id}:{key}")])
            case SubRecord(sub_run=key, record=inner):
                self._take_sub_record(key, inner)
                self._is_urgent = True
            case Resumed():
                self.error, self._status = "", Status.RUNNING
            case Asked():
                if record.fingerprint:
                    self.net, self.fingerprint, self.shape = record.net, record.fingerprint, record.shape
                self._ask(record.run_id, record.state, record.goal)
            case _:
                assert_never(record)
        self.head += 1
        self._fresh.append(record)

    def learn(self, record: Called | Fitted | Refused) -> None:
        """Know of a model's context what the record says."""
        learn(self._contexts, record)

    def _hold(self, record: Paused) -> None:
        self._pauses[record.pause_id] = Pause(
            record.pause_id, record.kind, record.text, record.state, record.action_id, record.wanted, record.default,
            record.expires_at, record.token, self.steps,
        )  # fmt: skip
        if record.action is not None:
            self._held[record.action_id] = len(self._log)
            self._append_action(record, record.action)

    def _spend_pauses(self, action_id: str) -> None:
        for pause in self._pauses.values():
            if pause.action_id == action_id:
                self._pauses[pause.pause_id] = replace(pause, is_spent=True)

    def _take_sub_record(self: Self, key: str, record: Record) -> None:
        """What a sub-run knows; what it spends counts here too, but for the time, which the present step counts."""
        sub_run = self._sub_runs.get(key)
        if sub_run is None:
            sub_run = self._sub_runs[key] = type(self)()
        before = sub_run.usage
        sub_run.update(record)
        sub_run.take_fresh()
        if sub_run.usage is not before:
            self.usage += replace(sub_run.usage - before, seconds=0.0)
        path, innermost = find_innermost(record)
        if isinstance(innermost, ActionStarted):
            self._called[innermost.action.name] += 1
        if isinstance(innermost, BoardPut) and innermost.key == ORACLES:
            self._board[ORACLES] = list(dict.fromkeys([*self._board.get(ORACLES, ()), *innermost.value]))
        if isinstance(innermost, Paused | Replied):
            inside = f"{path}.{innermost.pause_id}" if path else innermost.pause_id
            pause_id = f"{key}.{inside}"
            self._pauses[pause_id] = replace(sub_run._pauses[inside], pause_id=pause_id, turn=self.steps)

    def _take_reply(self, record: Replied) -> None:
        pause = self._pauses[record.pause_id]
        self._pauses[record.pause_id] = replace(pause, reply=record.reply, source=record.source)
        if pause.is_inside:
            key, _, pause_id = record.pause_id.partition(".")
            if key in self._sub_runs:
                self._sub_runs[key].update(replace(record, pause_id=pause_id))
                self._sub_runs[key].take_fresh()
        elif pause.kind is PauseKind.BUDGET and record.reply:
            self._granted[pause.token] = self._granted.get(pause.token, 0) + record.reply

    def _set_slot(self, slot: str, text: str | None) -> None:
        if text is None:
            self._slots.pop(slot, None)
        else:
            self._slots[slot] = text

    def _ask(self, run_id: str, state: str, goal: str) -> None:
        """Start counting anew; the log, the slots and the board stay, and pauses belong to no step any more."""
        self.run_id, self._status, self.usage = run_id, Status.RUNNING, Usage()
        self.answer = self.limit = self.error = ""
        self.steps = self.fault_streak = 0
        self._next = ()
        self._visits.clear()
        self._faults.clear()
        self._granted.clear()
        self._sub_runs.clear()
        self._called.clear()
        for pause in self._pauses.values():
            if pause.turn:
                self._pauses[pause.pause_id] = replace(pause, turn=0)
        self._append(ItemKind.GOAL, goal, "")
        self._enter(state)

    def _enter(self, state: str) -> None:
        self.state = state
        self.steps += 1
        self._sub_runs.clear()
        self._visits[state] += 1

    def _append(
        self, kind: ItemKind, text: str, state: str, *, reasoning: str = "", details: Details | None = None
    ) -> None:
        self._log.append(Item(len(self._log), kind, text, state, self.steps, reasoning, details=details))

    def _append_action(self, record: ActionStarted | Paused, action: Action) -> None:
        about = (record.action_id, action, None, None, record.asked, record.label)
        self._log.append(Item(len(self._log), ItemKind.ACTION, "", record.state, self.steps, "", *about))
        if self._next and self._next[0] == (record.asked or action):
            self._next = self._next[1:]

    def _start(self, record: ActionStarted) -> None:
        place = self._held.pop(record.action_id, self._flight.get(record.action_id))
        if place is None:
            place = len(self._log)
            self._append_action(record, record.action)
        else:
            self._log[place] = replace(self._log[place], action=record.action)
            self._spend_pauses(record.action_id)
        self._flight[record.action_id] = place
        self.usage += Usage(tool_calls=1)

    def _finish(self, action_id: str, outcome: Observation) -> None:
        self._sub_runs.pop(find_key(action_id), None)
        place = self._flight.pop(action_id, None)
        if place is None:
            place = self._held.pop(action_id)
        self._log[place] = replace(self._log[place], outcome=outcome)
        for slot, text in (outcome.slots or {}).items():
            self._set_slot(slot, text)
        if outcome.fault is None:
            self.fault_streak = 0
        else:
            self._count_fault(outcome.fault)

    def _count_fault(self, kind: FaultKind) -> None:
        self._faults[kind] += 1
        self.fault_streak += 1

    def __eq__(self, other: object) -> bool:
        """Equal data; what is fresh does not count."""
        if not isinstance(other, Fold):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in Fold.__slots__ if name not in UNKEPT)

    __hash__ = None  # type: ignore[assignment]  # mutable, so not hashable; mypy wants a callable here

    def __repr__(self) -> str:
        return f"<MemoryEnv {self.run_id}: {self.status}, step {self.steps} in {self.state}, {len(self._log)} items>"
