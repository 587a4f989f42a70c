"""MemoryEnv: all that a run knows, as a fold of its records."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypeVar

from agent_brain.core.digest import digest_text
from agent_brain.core.fold import Fold
from agent_brain.core.items import Action, Details, FaultKind, Item, ItemKind, Observation, OutcomeStatus
from agent_brain.core.pauses import Pause, PauseKind, ReplySource, check_json
from agent_brain.core.records import (
    ActionFinished,
    ActionsChosen,
    ActionStarted,
    BoardPut,
    Called,
    Charged,
    Failed,
    Faulted,
    Finished,
    Forked,
    ItemAdded,
    LimitMet,
    Paused,
    Record,
    Replied,
    Resumed,
    SlotPut,
    Started,
    StateSet,
    Status,
    SubRecord,
    Worded,
)
from agent_brain.core.usage import Usage

D = TypeVar("D")


class MemoryEnv(Fold):
    """All that a run knows, with the verbs that states change it by.

    Plain data: it names a state and never holds one. Every verb makes a record and hands it to `update`, so that
    `MemoryEnv.fold(records)` is equal to the env that made them.
    """

    __slots__ = ()

    @classmethod
    def begin(
        cls, run_id: str, net: str, fingerprint: str, state: str, goal: str, shape: Mapping[str, str] | None = None
    ) -> Self:
        """A new run with its goal, standing before its first step."""
        env = cls()
        env.update(Started(run_id, net, fingerprint, state, goal, shape or {}))
        return env

    def derive(self, kind: Callable[[], D]) -> D:
        """What is worked out from the log as it grows, begun by `kind`, and kept so that nobody reads all of it again.

        It is no part of the run's data: elsewhere, and in a fork, it is worked out anew.
        """
        found: D | None = self._derived.get(kind)
        if found is None:
            found = self._derived[kind] = kind()
        return found

    def drop_derived(self) -> None:
        """Keep nothing of what was worked out from the log: it would live as long as the result of the run."""
        self._derived.clear()

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
        return self._status in (Status.ANSWERED, Status.LIMITED)

    @done.setter
    def done(self, value: bool) -> None:
        if not value:
            raise ValueError("env.done can only be set to True: what has ended is continued by a further question")
        said = next((item.text for item in reversed(self._log) if item.kind is ItemKind.ANSWER), "")
        self.update(Finished(said))

    def set_state(self, state: str, reason: str = "") -> None:
        """Name the next state; the net checks the move when the step has ended."""
        self.update(StateSet(state, reason))

    def add(self, kind: ItemKind, text: str, *, reasoning: str = "", details: Details | None = None) -> None:
        """Make the log longer by one item, written by the present state. Raises: ValueError for no such kind."""
        self.update(ItemAdded(ItemKind(kind), text, self.state, reasoning, details))

    def choose(self, actions: Sequence[Action]) -> None:
        """Set the actions that come next."""
        self.update(ActionsChosen(tuple(actions)))

    def start_action(self, action: Action, *, asked: Action | None = None, label: str = "") -> str:
        """Write down an action's intent and give it its id; `asked`: what the model wanted, where it is another one."""
        action_id = f"{self.run_id}:{len(self._log)}"
        self.update(ActionStarted(action_id, action, self.state, asked, label=label))
        return action_id

    def refuse_action(self, action: Action, reason: str, outcome: Observation, *, label: str = "") -> str:
        """Write down an action that is not run, with what the model is told; its reason is a guard's, or empty."""
        action_id = f"{self.run_id}:{len(self._log)}"
        self.update(ActionStarted(action_id, action, self.state, refused=reason, label=label))
        self.finish_action(action_id, outcome)
        return action_id

    def hold_action(
        self,
        action: Action,
        text: str,
        *,
        default: Any = None,
        expires_at: float | None = None,
        asked: Action | None = None,
        label: str = "",
    ) -> str:
        """Give an action its id and its place in the log, and ask a person whether it may be started."""
        action_id = f"{self.run_id}:{len(self._log)}"
        about: dict[str, Any] = {"action_id": action_id, "action": action, "asked": asked, "label": label}
        self._pause(PauseKind.APPROVAL, text, default=default, expires_at=expires_at, **about)
        return action_id

    def start_again(self, item: Item, args: Mapping[str, Any] | None = None) -> Action:
        """Write down the intent of an action that was held back or is in doubt, under the id that it has.

        With `args`, they take the place of the model's.
        """
        action = item.action
        assert action is not None  # only actions are held or in flight
        action = action if args is None else Action(name=action.name, args=dict(args))
        self.update(ActionStarted(item.action_id, action, self.state))
        return action

    def finish_action(self, action_id: str, outcome: Observation) -> None:
        """Write down what came of an action; a second outcome is ignored."""
        if action_id in self._flight or action_id in self._held:
            self.update(ActionFinished(action_id, outcome))

    def settle(self, reason: str) -> None:
        """Give every action in flight the outcome `unknown`, for the reason given."""
        for item in self.in_flight:
            self.finish_action(item.action_id, Observation(reason, OutcomeStatus.UNKNOWN))

    def ask(  # noqa: PLR0913  # one keyword for each part of a pause
        self,
        text: str,
        *,
        kind: PauseKind = PauseKind.QUESTION,
        action_id: str = "",
        wanted: Mapping[str, Any] | None = None,
        default: Any = None,
        expires_at: float | None = None,
        token: Any = None,
    ) -> str:
        """Ask a person: the run waits when the present visit has ended, and its state is visited again with the reply.

        Raises: SetupError for a default, a schema or a token that JSON cannot say.
        """
        return self._pause(
            kind, text, action_id=action_id, wanted=wanted, default=default, expires_at=expires_at, token=token
        )

    def find_pause(self, action_id: str = "") -> Pause | None:
        """The last pause about this action, open or replied to; with no action, what the present step itself asked."""
        about = (pause for pause in reversed(self._pauses.values()) if pause.action_id == action_id)
        return next((pause for pause in about if action_id or self._is_own(pause)), None)

    def reply(self, pause_id: str, reply: Any, source: ReplySource = ReplySource.PERSON) -> None:
        """Write down the reply to a pause; a second one is ignored."""
        pause = self._pauses.get(pause_id)
        if pause is not None and pause.is_open:
            self.update(Replied(pause_id, reply, source))

    def withdraw(self, reason: str) -> None:
        """Wait no longer, for the reason given: pauses are closed without a reply, and each action gets an outcome."""
        for key in list(self._sub_runs):
            self._withdraw_sub_run(key, reason)
        for pause in self.open_pauses:
            self.update(Replied(pause.pause_id, None, ReplySource.WITHDRAWN))
        for item in self.held:
            self.finish_action(item.action_id, Observation(f"it was not run: {reason}", OutcomeStatus.FAILED))
        self.settle(f"{reason} before there was an outcome: it may have taken effect")

    def nest(self, key: str, record: Record) -> None:
        """Write down what a sub-run has recorded."""
        self.update(SubRecord(key, record))

    def keep_words(self, text: str) -> str:
        """The digest of a text, whose words are kept the first time."""
        digest = digest_text(text)
        if digest not in self._words:
            self.update(Worded(digest, text))
        return digest

    def fork_to(
        self, run_id: str, net: str = "", fingerprint: str = "", shape: Mapping[str, str] | None = None
    ) -> None:
        """Go on as another run, of another net where one is named."""
        self.update(Forked(run_id, net, fingerprint, shape or {}))

    def resume(self) -> None:
        """Let a run that has failed go on."""
        self.update(Resumed())

    def note_call(self, call: Called) -> None:
        """Write down that a model was asked and replied."""
        self.update(call)

    def fault(self, kind: FaultKind, text: str) -> None:
        """Count a mistake of the model and tell it how to mend it."""
        self.update(Faulted(kind, text, self.state))

    def put_slot(self, slot: str, text: str | None) -> None:
        """Set a named text, or remove it with None."""
        self.update(SlotPut(slot, text))

    def put_board(self, key: str, value: Any) -> None:
        """Set a value of control data. Raises: SetupError for what JSON cannot say."""
        check_json(value, f"the board's {key!r:.60}")
        self.update(BoardPut(key, value))

    def charge(self, usage: Usage, model: str = "") -> None:
        """Add to what the run has spent."""
        self.update(Charged(usage, model))

    def meet_limit(self, limit: str, text: str) -> None:
        """Write down that a limit was met; the run will end with status `limited`."""
        self.update(LimitMet(limit, text))

    def _withdraw_sub_run(self, key: str, reason: str) -> None:
        """End a sub-run where it is."""
        twin = self._sub_runs[key].fork()
        if twin.status in (Status.RUNNING, Status.WAITING):
            twin.withdraw(reason)
            twin.update(Failed("Withdrawn", reason))
            for record in twin.take_fresh():
                self.nest(key, record)

    def _is_own(self, pause: Pause) -> bool:
        """True where the state asked it in its present step; that for more of a limit comes from the driver.

        One that was withdrawn, because the run failed, is asked again.
        """
        is_asked = pause.kind is not PauseKind.BUDGET and pause.source is not ReplySource.WITHDRAWN
        return is_asked and not pause.is_inside and pause.turn == self.steps

    def _pause(
        self, kind: PauseKind, text: str, *, wanted: Any = None, default: Any = None, token: Any = None, **about: Any
    ) -> str:
        for value, what in ((wanted, "the schema"), (default, "the default"), (token, "the token")):
            check_json(value, f"{what} of a pause")
        pause_id = f"q{1 + sum(not pause.is_inside for pause in self._pauses.values())}"
        self.update(Paused(pause_id, kind, text, self.state, wanted=wanted, default=default, token=token, **about))
        return pause_id
