"""Pauses: what a run waits for, each with an id; every kind of waiting for a person is one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agent_brain.core.errors import SetupError

MORE_MAX = 1e15
"""The most that a person can add to a limit at a time."""


class PauseKind(StrEnum):
    """What is wanted of the person."""

    QUESTION = "question"
    """An answer: to a state, or to a tool in the middle of its work."""
    APPROVAL = "approval"
    """Leave for an action that has not been started."""
    DOUBT = "doubt"
    """What to do about an approved action that was started and has no outcome."""
    BUDGET = "budget"
    """More of a limit that was met."""


class ReplySource(StrEnum):
    """Whose word a reply is."""

    PERSON = "person"
    EXPIRY = "expiry"
    """Nobody replied in time: the pause's default."""
    WITHDRAWN = "withdrawn"
    """The conversation went on without waiting any longer."""


@dataclass(frozen=True, slots=True)
class Pause:
    """One thing that a run waits for, and the reply once there is one."""

    pause_id: str
    kind: PauseKind
    text: str
    """What the person is asked, in words."""
    state: str = ""
    action_id: str = ""
    """The action that it is about."""
    wanted: Mapping[str, Any] | None = None
    """JSON schema of the reply; None: what its kind says."""
    default: Any = None
    """What counts as the reply when it expires."""
    expires_at: float | None = None
    """Seconds since the epoch; None: it waits for ever."""
    token: Any = None
    """What its asker wants back with the reply; JSON only."""
    turn: int = 0
    """The step that waits for it; 0: one of an earlier question of the conversation."""
    reply: Any = None
    source: ReplySource | None = None
    """None while it is open."""
    is_spent: bool = False
    """Its action was started since."""

    @property
    def is_inside(self) -> bool:
        """True for a sub-run's: its id begins with where that is."""
        return "." in self.pause_id

    @property
    def is_open(self) -> bool:
        """True while nobody has replied."""
        return self.source is None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says to an action."""

    approve: bool
    reason: str = ""
    args: Mapping[str, Any] | None = None
    """Arguments in place of the model's."""

    @classmethod
    def read(cls, reply: object) -> "Verdict":
        """The verdict in a reply: true, false, or an object with `approve`, `reason` and `args`.

        Raises: SetupError for anything else.
        """
        if isinstance(reply, bool):
            return cls(reply)
        if isinstance(reply, Mapping) and isinstance(reply.get("approve"), bool):
            extra = sorted(reply.keys() - {"approve", "reason", "args"})
            reason, args = reply.get("reason", ""), reply.get("args")
            if not extra and isinstance(reason, str) and isinstance(args, Mapping | None):
                return cls(reply["approve"], reason, args)
        raise SetupError(
            f"the reply is {reply!r:.100}; wanted true, false, or an object with approve (true or false) and perhaps "
            "reason (a text) and args (an object)"
        )


def check_reply(pause: Pause, reply: object) -> None:
    """Let a reply pass that this kind of pause can use. Raises: SetupError."""
    match pause.kind:
        case PauseKind.APPROVAL | PauseKind.DOUBT:
            args = Verdict.read(reply).args
            check_json(reply, "the reply")
            text = "" if args is None else args.get("text")
            is_answer = not pause.action_id and pause.token is not None
            if is_answer and args is not None and not (isinstance(text, str) and text.strip()):
                raise SetupError(f"the reply has args {args!r:.100}; wanted the answer to give: an object with text")
        case PauseKind.BUDGET:
            is_number = isinstance(reply, int | float) and reply is not True
            if not is_number or not 0 <= reply <= MORE_MAX:  # type: ignore[operator]  # a number, says the line above
                raise SetupError(
                    f"the reply is {reply!r:.100}; wanted how much more it may spend, 0 for nothing, at most 1e15"
                )
        case PauseKind.QUESTION:
            check_json(reply, "the reply")
            _check_wanted(reply, pause.wanted or {})


def _check_wanted(reply: object, wanted: Mapping[str, Any]) -> None:
    """The part of JSON schema that a person's reply can break: its type, and the choices."""
    kind = wanted.get("type")
    kinds: Any = _TYPES.get(kind, object) if isinstance(kind, str) else object  # several types: anything
    if not isinstance(reply, kinds) or (isinstance(reply, bool) and kinds not in (bool, object)):
        raise SetupError(f"the reply is {reply!r:.100}; wanted a {wanted['type']}")
    choices = wanted.get("enum")
    if choices is not None and reply not in choices:
        raise SetupError(f"the reply is {reply!r:.100}; wanted one of: {', '.join(map(str, choices))}")


_TYPES: Mapping[str, Any] = {
    "string": str,
    "number": int | float,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def check_json(value: object, what: str) -> None:
    """Let a value pass that JSON can say. Raises: SetupError with the place of what it cannot."""
    match value:
        case None | bool() | int() | float() | str():
            return
        case Mapping():
            for key, entry in value.items():
                if not isinstance(key, str):
                    raise SetupError(f"{what} has the key {key!r:.60}; wanted text")
                check_json(entry, f"{what}[{key!r:.60}]")
        case list() | tuple():
            for place, entry in enumerate(value):
                check_json(entry, f"{what}[{place}]")
        case _:
            raise SetupError(f"{what} is {value!r:.60}, a {type(value).__name__}; wanted what JSON can say")
