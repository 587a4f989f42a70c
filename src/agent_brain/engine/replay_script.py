"""The script of one scene: gives out what is recorded, and compares what is done with it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent_brain.core.chat import Reply
from agent_brain.core.digest import digest_messages, digest_text, show_tools
from agent_brain.core.errands import Brought, read_brought
from agent_brain.core.errors import BrainError, ModelError, ModelErrorKind
from agent_brain.core.evaluating import Score
from agent_brain.core.hidden import HIDDEN
from agent_brain.core.items import Action, Message, Observation, ReplyCall, find_key
from agent_brain.core.judgements import is_judgement, read_judgement
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.ports import Parts, Room
from agent_brain.core.record_json import encode_record, encode_records
from agent_brain.core.records import (
    ActionFinished,
    ActionStarted,
    BoardPut,
    Called,
    Charged,
    Failed,
    Finished,
    Paused,
    Record,
    Refused,
    StateSet,
    SubRecord,
    Worded,
)
from agent_brain.core.state import State
from agent_brain.core.tooling import Question
from agent_brain.core.usage import Usage
from agent_brain.core.wire_choice import Way, is_choice, make_key
from agent_brain.engine.calls import Call, CallReader
from agent_brain.engine.replay_context import Failure, find_recorded_room, find_refusals, make_refusal
from agent_brain.engine.replay_difference import (
    Difference,
    Parted,
    compare_words,
    describe_record,
    find_changed_words,
    get_text,
    name_difference,
    show_tail,
)
from agent_brain.engine.replay_scenes import Scene, find_choices
from agent_brain.engine.replay_turns import Turns

CHANGED = re.compile(r"\A\(a (?:person|guard) had it run with .*? instead\)\n")
"""What the acting state puts before the outcome of an action whose arguments a person or a guard has changed."""
STAND_IN = "a_secret_of_this_run"
"""One word, so that it can stand where a number stood."""


class Interrupted(BrainError):
    """The driver that wrote the journal came no further."""


class Script:
    """What one scene holds, and how far it was played."""

    def __init__(self, scene: Scene, env: MemoryEnv, net: Net, question: int) -> None:
        self.env = env
        self.notes: dict[str, None] = {}
        """In the order in which they came up."""
        self.difference: Difference | None = None
        self.steps = 0
        """Steps that ended as they did."""
        self._net = net
        self._has_guards = any(_has_guards(state) for state in net.states.values())
        self._question = question
        self._number, self._state = env.steps, env.state
        self._lines = [(number, record) for number, record in scene.played if _counts(record)]
        self._place = 0
        self._calls = _find_calls(scene)
        self._choices = find_choices(scene, env.board)
        self._scores = _find_scores(scene)
        self._brought: set[int] = set()
        self._refusals = find_refusals(self._lines)
        self._words: Mapping[str, str] = {
            **env.words,
            **{record.digest: record.text for _, record in scene.played if isinstance(record, Worded)},
        }
        self._turns = Turns(record for _, record in self._lines)
        self._inside: dict[str, list[Record]] = {}
        for _, record in scene.played:
            if isinstance(record, SubRecord):
                self._inside.setdefault(record.sub_run, []).append(record.record)

    @property
    def is_over(self) -> bool:
        """True once all that is recorded was done."""
        return self._place == len(self._lines) or self.difference is not None

    @property
    def compared(self) -> int:
        """How many records were done as they are recorded."""
        return self._place

    @property
    def breaks_off(self) -> bool:
        """True where the end of the step under way is not recorded: of a fork's first part, a prefix, a dead driver."""
        return not any(_is_end(record) for _, record in self._lines[self._place :])

    def match(self, records: Sequence[Record]) -> None:
        """Compare what was done with what is recorded; what is done after that is of no interest. Raises: Parted."""
        for record in records:
            if not _counts(record):
                continue
            if self.is_over:
                return
            if self._has_guards:
                self._bring_forward(record)
            recorded = self._lines[self._place][1]
            if not _is_same(recorded, record):
                if _is_alike(encode_record(recorded), encode_record(record)):
                    self._excuse("what it wrote")
                    self._pass(recorded)
                    continue
                changes = compare_words(get_text(recorded), get_text(record))
                what = name_difference(recorded, record)
                raise self.part(what, describe_record(record), describe_record(recorded), changes)
            self._pass(recorded)

    def _bring_forward(self, found: Record) -> None:
        """Let an action be started before or after the end of another one, where guards may have taken any time."""
        for place in range(self._place, len(self._lines)):
            recorded = self._lines[place][1]
            if not isinstance(recorded, ActionStarted | ActionFinished | Paused):
                return
            if _is_same(recorded, found):
                between = [type(record) for _, record in self._lines[self._place : place]]
                if type(found) not in between:
                    self._lines.insert(self._place, self._lines.pop(place))
                return

    def part(self, what: str, found: str, recorded: str = "", changes: tuple[str, ...] = ()) -> Parted:
        """Remember the first difference, and make the error that stops the replay."""
        number, line = self._lines[self._place] if self._place < len(self._lines) else (0, None)
        recorded = recorded or ("nothing more" if line is None else describe_record(line))
        self.difference = self.difference or Difference(
            self._question, self._number, self._state, number, what, recorded, found, changes
        )
        return Parted(self.difference)

    def find_reply(
        self, models: Sequence[str], messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]
    ) -> tuple[Reply, Usage]:
        """The recorded reply to a prompt and the tools beside it.

        Raises: Parted where the prompt is another one; ModelError where the call failed; Interrupted.
        """
        end = self._find_end()
        left = self._find_asks()
        if not left:
            raise self._miss_reply(end)
        digest = digest_messages(messages)
        asks: Mapping[int, Call | Refused | Failure] = {**self._calls, **self._refusals}
        place = next((place for place in left if asks[place].prompt == digest), left[0])
        if place in self._refusals:
            raise make_refusal(self._refusals.pop(place))
        call = self._calls.pop(place)
        if call.model not in models:
            self.notes[f"the model that is called {call.model} in the journal is called {models[0]} now"] = None
        if call.prompt != digest or call.tools != (digest_text(show_tools(tools)) if tools else ""):
            self._check_prompt(call, messages, tools, place)
        spent = replace(call.usage, model_calls=max(0, call.usage.model_calls - 1))  # who asks counts the call itself
        calls = tuple(ReplyCall(made.name, _stand_in(made.arguments)) for made in call.calls)
        details = None if call.details is None else json.loads(_stand_in(json.dumps(call.details)))
        return Reply(_stand_in(call.text), _stand_in(call.reasoning), call.finish, calls, details), spent

    def find_model(self, names: Sequence[str]) -> str:
        """Which of these models was asked next in this step; the first where none is recorded."""
        asked = (self._get_model(place) for place in self._find_asks())
        return next((name for name in asked if name in names), names[0])

    def find_room(self, model: str) -> Room | None:
        """What there was for the prompt of the call that comes next of this model."""
        ask = next((place for place in self._find_asks() if self._get_model(place) == model), None)
        return find_recorded_room(self._lines, self._place, ask, model)

    def find_score(self) -> Score:
        """What was said of the next answer that is judged in this step. Raises: RunError; Interrupted."""
        end = self._find_end()
        place = next((place for place in self._scores if self._place <= place < end), None)
        if place is None:
            raise self._miss_reply(end)
        return self._scores.pop(place)

    def find_brought(self, key: str) -> Brought:
        """What the next errand with this key has brought in this step. Raises: RunError; Interrupted."""
        end = self._find_end()
        for place in range(self._place, end):
            record = self._lines[place][1]
            if isinstance(record, BoardPut) and record.key == key and place not in self._brought:
                self._brought.add(place)
                return read_brought(record.value)
        raise self._miss_reply(end)

    @property
    def is_upkeep_next(self) -> bool:
        """True where what is asked next in this step was asked for the memory."""
        ask = next(iter(self._find_asks()), None)
        record = None if ask is None else self._lines[ask][1]
        return isinstance(record, BoardPut) or (isinstance(record, Called) and bool(record.upkeep))

    def has_begun(self, action: Action) -> bool:
        """True where an action was begun, or held back for a person, in what is left of this step."""
        left = (record for _, record in self._lines[self._place : self._find_end()])
        begun = [record for record in left if isinstance(record, ActionStarted | Paused)]
        return any(action in (record.action, record.asked) for record in begun)

    def find_way(self) -> Way | None:
        """Over which wire the next call of this step was made; None where none is recorded."""
        end = self._find_end()
        place = next((place for place in self._calls if self._place <= place < end), None)
        if place is not None:
            return "native" if self._calls[place].tools else "text"
        first, last = (self._lines[p - 1][0] if p else 0 for p in (self._place, end))
        found = next((choice.way for number, _, choice in self._choices if first < number < last), None)
        return found or self._find_kept_way(last)  # of a call that was refused

    def _find_kept_way(self, last: int) -> Way | None:
        """What had been chosen before this record for the model that is asked next; None where nothing was."""
        key = next((make_key(self._get_model(place), "") for place in self._find_asks()), "")
        kept = (each for each in reversed(self._choices) if each[1] == key or each[1].startswith(f"{key} at "))
        return next((choice.way for number, _, choice in kept if number < last), None)

    async def find_outcome(self, action: Action, action_id: str) -> Observation | Question:
        """The recorded outcome of an action, when those that came before it were given out. Raises: Interrupted."""
        record = await self._turns.take(find_key(action_id))
        if record is None:
            raise Interrupted(f"{action.describe()}, {action_id}, has no outcome")
        return _to_outcome(record, self.env, record.action_id)

    def find_inside(self, run_id: str) -> tuple[list[Record], bool]:
        """What a sub-run recorded in this scene, and whether the action that it is has its outcome there."""
        key = find_key(run_id)
        return self._inside.pop(key, []), self._turns.has(key)

    def _excuse(self, what: str) -> None:
        self.notes[f"step {self._number}: {what} holds {HIDDEN} where a secret was, so it cannot be compared"] = None

    def _pass(self, record: Record) -> None:
        self._place += 1
        self._turns.drop(record)
        if isinstance(record, Called):
            self.env.learn(record)  # which sizes its prompt had: where all fits, a replay counts none
        if isinstance(record, StateSet):
            self._number, self._state = self._number + 1, record.state
        if isinstance(record, StateSet | Finished):
            self.steps += 1

    def _find_asks(self) -> list[int]:
        """Where the calls and refusals of the step under way stand that are still to come."""
        end = self._find_end()
        return sorted(place for place in (*self._calls, *self._refusals) if self._place <= place < end)

    def _get_model(self, place: int) -> str:
        return self._calls[place].model if place in self._calls else self._refusals[place].model

    def _find_end(self) -> int:
        """Where the step under way ends."""
        ends = range(self._place, len(self._lines))
        return next((p + 1 for p in ends if _is_end(self._lines[p][1])), len(self._lines))

    def _miss_reply(self, end: int) -> BrainError:
        """What becomes of a call that has no reply in this step."""
        last = self._lines[end - 1][1] if end > self._place else None
        if isinstance(last, Failed):
            return ModelError(ModelErrorKind.SERVER, last.message, retryable=False)
        if last is None or not _is_end(last):
            return Interrupted("somebody was asked, and the reply is not recorded")
        return ModelError(ModelErrorKind.SERVER, "the journal holds no reply to this call", retryable=False)

    def _check_prompt(
        self, call: Call, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], place: int
    ) -> None:
        """Let a prompt pass that differs by a secret alone, as far as can be known. Raises: Parted."""
        get_directive = getattr(self._net[self.env.state], "get_directive", None)
        directive = get_directive(self.env) if get_directive else ""
        # of what was asked for a memory no words are kept
        changed = None if call.upkeep else find_changed_words(call, messages, directive, tools, self._words)
        is_hidden = any(HIDDEN in _hide(json.dumps(message, ensure_ascii=False)) for message in messages)
        if changed is None and is_hidden and len(messages) == call.messages:
            self._excuse("the prompt")
            return
        self._place = place
        if changed is not None:
            name, lines = changed
            found, recorded = f"the {name} with the lines marked +", f"the {name} with the lines marked -"
            raise self.part("prompt", found, recorded, lines)
        found = f"{len(messages)} messages; system prompt and directive are the same, what else is shown has changed"
        recorded = f"{call.messages} messages with the digest {call.prompt}"
        raise self.part("prompt", found, recorded, ("the end of the prompt now:", *show_tail(messages)))


def _has_guards(state: State) -> bool:
    parts = getattr(state, "parts", None)
    return isinstance(parts, Parts) and bool(parts.guards.before_tool)


def _counts(record: Record) -> bool:
    """What has to come again; words are compared with their prompts, and what was spent is the journal's word.

    Over which wire a model was asked is what the twins are told, and is compared with the prompts too.
    What a sub-run recorded is a part of what its action or state brought, which is played back.
    """
    if isinstance(record, Charged):
        return not record.model and record.usage == Usage(seconds=record.usage.seconds)
    if isinstance(record, BoardPut):
        return not is_choice(record.key)
    return not isinstance(record, Worded | SubRecord)


def _is_end(record: Record) -> bool:
    return isinstance(record, StateSet | Finished | Failed | Charged)


def _is_same(recorded: Record, found: Record) -> bool:
    match recorded, found:
        case (Charged(), Charged()) | (Called(), Called()):
            return True  # the time that a step took; a call whose prompt was compared when it was made
        case Failed(), Failed():
            return recorded.message == found.message
        case Paused(), Paused():
            if (recorded.expires_at is None) != (found.expires_at is None):
                return False
            found = replace(found, expires_at=recorded.expires_at)
    # As text too: NaN is not equal to itself, and what JSON says may be of another type than what a state wrote.
    return recorded == found or encode_records([recorded]) == encode_records([found])


def _stand_in(text: str) -> str:
    """A reply with a value for each secret: an argument that is hidden would be refused, which the secret was not."""
    return text.replace(HIDDEN, STAND_IN)


def _hide(text: str) -> str:
    return text.replace(STAND_IN, HIDDEN)


def _is_alike(recorded: Any, found: Any) -> bool:
    """True where nothing is different but what stands in the place of a secret."""
    match recorded, found:
        case str(), _ if HIDDEN in recorded:
            return True
        case dict(), dict():
            return recorded.keys() == found.keys() and all(_is_alike(recorded[key], found[key]) for key in recorded)
        case list(), list():
            return len(recorded) == len(found) and all(map(_is_alike, recorded, found))
        case _:
            return bool(recorded == found)


def _find_calls(scene: Scene) -> dict[int, Call]:
    """The calls of a scene, by their places among the lines that count."""
    reader, calls, place = CallReader(), {}, 0
    for _, record in scene.played:
        call = reader.read(record)
        if call is not None:
            calls[place] = call
        place += _counts(record)
    return calls


def _find_scores(scene: Scene) -> dict[int, Score]:
    """What was said of answers, with what was spent before it in its step, by the places among the lines that count."""
    scores: dict[int, Score] = {}
    spent: list[tuple[str, Usage]] = []
    place = 0
    for _, record in scene.played:
        if isinstance(record, Charged) and record.model:
            spent.append((record.model, record.usage))
        elif isinstance(record, BoardPut) and is_judgement(record.key):
            score = read_judgement(record.key, record.value).score
            scores[place], spent = replace(score, spent=tuple(spent)), []
        elif _is_end(record):
            spent = []
        place += _counts(record)
    return scores


def _to_outcome(record: ActionFinished | Paused, env: MemoryEnv, action_id: str) -> Observation | Question:
    if isinstance(record, Paused):
        seconds = None if record.expires_at is None else 0.0
        return Question(record.text, record.wanted, record.default, seconds, record.token)
    if env.find_pause(action_id) is None and env.log[int(find_key(action_id))].asked is None:
        return record.outcome
    return replace(record.outcome, text=CHANGED.sub("", record.outcome.text, count=1))
