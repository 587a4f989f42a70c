"""The nouns of a run's log: items, actions, observations, and the messages that a model is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field


class ItemKind(StrEnum):
    """What a piece of content in the log is."""

    GOAL = "goal"
    THOUGHT = "thought"
    ACTION = "action"
    OBSERVATION = "observation"
    PLAN = "plan"
    NOTE = "note"
    REFLECTION = "reflection"
    QUESTION = "question"
    REPLY = "reply"
    ANSWER = "answer"
    SHOWN = "shown"
    """What a memory shows beside the log, and no log holds: a slot, a summary, what it recalls; `state` names it."""


Details = Mapping[str, Any]
"""What a server wants back of a reply as it came, JSON only: `by`, who made it, and nobody else is sent it; `fields` of
the message; `calls`, the fields of each call in turn."""


class Action(BaseModel):
    """A tool's name and the arguments that the model chose for it."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    name: str
    args: dict[str, Any] = Field(default_factory=dict)

    def describe(self) -> str:
        """It as a call: `add(a=2, b=3)`."""
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.args.items())})"


@dataclass(frozen=True, slots=True)
class ReplyCall:
    """A tool call of a reply, as the server sent it."""

    name: str
    arguments: str
    """JSON as the model wrote it, which may be none."""


class OutcomeStatus(StrEnum):
    """How an action ended."""

    FINISHED = "finished"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It was started and nobody knows whether it took effect."""


class FaultKind(StrEnum):
    """The ways in which a model can get an action, or an answer, wrong; runs count them by kind."""

    UNREADABLE = "unreadable"
    """Something that was meant as an action and cannot be read as one."""
    CUT_SHORT = "cut_short"
    """An action that the token limit cut inside a value, so that the value cannot be trusted."""
    UNKNOWN_TOOL = "unknown_tool"
    WRONG_ARGUMENTS = "wrong_arguments"
    EMPTY = "empty"
    """A reply without a word and without an action."""
    WRONG_ANSWER = "wrong_answer"
    """An answer that is no value of the type that was asked for."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What came of an action."""

    text: str
    status: OutcomeStatus = OutcomeStatus.FINISHED
    fault: FaultKind | None = None
    """Set where the model's own mistake kept the tool from running."""
    slots: Mapping[str, str | None] | None = None
    """What it puts into the run's slots, or, with None, removes from them: for tools of a memory."""

    @property
    def is_error(self) -> bool:
        """True unless the action finished."""
        return self.status is not OutcomeStatus.FINISHED


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of content in the log; an action and its outcome are one item."""

    seq: int
    """Its place in the log, counted from 0."""
    kind: ItemKind
    text: str = ""
    state: str = ""
    """The state that wrote it; empty for what came from outside."""
    turn: int = 0
    """The step that wrote it: a reply and the actions that it asked for are carried out in the turns that follow."""
    reasoning: str = ""
    """The model's private reasoning, where the server returned it; never part of an answer."""
    action_id: str = ""
    action: Action | None = None
    outcome: Observation | None = None
    """None while the action is in flight."""
    details: Details | None = None
    """What the server wants back of the reply as it came: signatures, encrypted reasoning; no part of any text."""
    asked: Action | None = None
    """What the model asked for, where a guard has changed it."""
    label: str = ""
    """Which call of a plan the action is; empty for one that no plan has named."""


class Message(TypedDict, total=False):
    """One chat message as the OpenAI-compatible interface takes it."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_calls: list[dict[str, Any]]
    """An assistant's; each is answered by a message of role `tool` that follows at once."""
    tool_call_id: str
    """A tool's: which call its content is the result of."""
    reasoning: str
    """An assistant's private reasoning, and, below, what else was kept of its replies: neutral, for models to send as
    their server wants it, or not at all."""
    details: list[Details]
    """One for each reply that this message holds and that had some; the `calls` of the last are this message's."""


def find_key(action_id: str) -> str:
    """The key of the sub-run that carries out an action."""
    return action_id.rpartition(":")[2]
