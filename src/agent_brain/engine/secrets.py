"""Keeps secrets out of journals: their values are replaced before a record leaves the driver.

Secrets are the values that were configured, and the arguments that a tool's schema types as secret. What a run holds in
memory stays as it is; only what is kept or handed to watchers as records is redacted, and of that only content: the
names that a journal hangs together by (kinds, ids, states, digests) are never touched.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import cached_property
from typing import Any, TypeVar, get_args

from agent_brain.core.errors import SetupError
from agent_brain.core.hidden import HIDDEN, hide_secrets
from agent_brain.core.items import Action, Item, Observation, ReplyCall
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import Pause, PauseKind
from agent_brain.core.records import ActionsChosen, ItemAdded, Record
from agent_brain.core.tooling import Tools
from agent_brain.engine.blot import WORD_CHARACTERS, Blot, cut_out
from agent_brain.engine.secret_args import SecretArgs
from agent_brain.engine.unfinished import Unfinished

LENGTH_MIN = 4
"""A shorter secret would hide ordinary words; it is refused."""
NAME_LENGTH_MIN = 8
"""A shorter one may be a part of a run's name by accident."""
FORMAT = frozenset(
    {
        "run_id", "net", "fingerprint", "state", "kind", "status", "fault", "source", "action_id", "pause_id", "digest",
        "prompt", "messages", "system", "directive", "tools", "limit", "error", "usage", "expires_at", "seq", "turn",
        "is_spent", "sub_run",
    }
)  # fmt: skip
"""The fields of records, items and pauses that are no content."""
ENV_CONTENT = ("shape", "answer", "limit", "error", "_log", "_pauses", "_words", "_board", "_slots", "_next")

T = TypeVar("T")

_CONTENT = {
    noun: [field.name for field in fields(noun) if field.name not in FORMAT]
    for noun in (*get_args(Record), Item, Pause, Observation, ReplyCall)
}


class Secrets:
    """Values that no record may hold, and the tools whose arguments may be such values.

    Raises: SetupError for a value of fewer than four characters.
    """

    def __init__(self, values: Iterable[str] = (), tools: Tools | None = None) -> None:
        given = [value for value in values if value.strip()]
        short = [value for value in given if len(value.strip()) < LENGTH_MIN]
        if short:
            raise SetupError(f"a secret of {len(short[0])} characters would hide ordinary words; wanted {LENGTH_MIN}")
        self._blot = Blot(given)
        self._tools = SecretArgs(tools)

    @property
    def has_any(self) -> bool:
        """True where a value is to be hidden."""
        return bool(self._blot.values)

    @property
    def values(self) -> frozenset[str]:
        """What is hidden."""
        return self._blot.values

    def learn(self, records: Sequence[Record]) -> "Secrets":
        """These secrets, and those that these records give to tools as secret arguments."""
        found = self._tools.find(records)
        if found <= self._blot.values:
            return self
        wiser = Secrets()
        wiser._tools, wiser._blot = self._tools, Blot(self._blot.values | found)
        return wiser

    def learn_env(self, env: MemoryEnv) -> "Secrets":
        """These secrets, and those in the actions of an env that a further question goes on with."""
        if not self._tools.has_any:
            return self
        actions = tuple(item.action for item in env.log if item.action is not None)
        return self.learn(
            [ActionsChosen(actions), *(ItemAdded(item.kind, item.text, reasoning=item.reasoning) for item in env.log)]
        )

    def redact(self, records: Sequence[Record]) -> Sequence[Record]:
        """The records, with every secret's value replaced."""
        if not self._blot.values:
            return records
        return [self._redact_noun(record) for record in records]

    def redact_env(self, env: MemoryEnv) -> MemoryEnv:
        """The env as it is read back from records that were redacted."""
        if not self._blot.values:
            return env
        twin = env.fork()
        for name in ENV_CONTENT:
            value = getattr(twin, name)
            if name in ("_pauses", "_words"):  # their keys are ids
                setattr(twin, name, {key: self.redact_value(entry) for key, entry in value.items()})
            else:
                setattr(twin, name, self.redact_value(value))
        twin._sub_runs = {key: self.redact_env(sub_run) for key, sub_run in env.sub_runs.items()}
        return twin

    def redact_value(self, value: T) -> T:
        """As `redact`, for a text, labels, or anything else that JSON can say; the very same where it holds none."""
        return self._redact(value) if self._blot.values else value

    def cut(self, text: str, before: str = "", *, is_last: bool = False) -> tuple[str, int]:
        """What may be shown of a text that goes on, without the secrets in it, and up to where that is.

        The rest may become a secret with what comes next. `before`: the character before the text, as it was said.
        """
        place = len(before)
        text = before + text
        end = len(text) if is_last else max(self._unfinished.find(text), place)
        spans = self._blot.find(text)
        for first, last in reversed(spans):
            end = first if first < end < last else end
        shown = cut_out(text[:end], [span for span in spans if span[1] <= end])
        return (shown[place:] if shown.startswith(before) else shown), max(end, place) - place

    def redact_growing(self, value: T) -> T:
        """As `redact_value`, of a value whose texts may be cut: what may become a secret in them is left out too."""
        safe: T = self._hide_begun(self.redact_value(value)) if self._blot.values else value
        return safe

    def _hide_begun(self, value: Any) -> Any:
        match value:
            case str():
                end = self._unfinished.find(value)
                return value[:end] + HIDDEN if len(value) - end >= WORD_CHARACTERS else value
            case Mapping():
                return {key: self._hide_begun(entry) for key, entry in value.items()}
            case list() | tuple():
                return [self._hide_begun(entry) for entry in value]
            case _:
                return value

    @cached_property
    def _unfinished(self) -> Unfinished:
        return Unfinished(self._blot.values)

    def redact_reply(self, env: MemoryEnv, pause: Pause, reply: Any) -> Any:
        """A person's reply as a mailbox may hold it."""
        if pause.wanted is not None:
            reply = hide_secrets(pause.wanted, reply, [])
        action = next((item.action for item in env.log if item.action_id == pause.action_id and item.action), None)
        if action is not None and isinstance(reply, Mapping) and isinstance(reply.get("args"), dict):
            reply = {**reply, "args": self._tools.hide(Action(name=action.name, args=reply["args"])).args}
        return self.redact_value(reply)

    def check_name(self, run_id: str) -> None:
        """Let the name of a run pass, which is kept as it is. Raises: SetupError where it holds a secret."""
        if any(value == run_id or (len(value) >= NAME_LENGTH_MIN and value in run_id) for value in self._blot.values):
            raise SetupError("the name of the run holds a secret; wanted another one")

    def _redact(self, value: Any) -> Any:
        match value:
            case str():
                return self._blot.hide(value)
            case None | bool():
                return value
            case int() | float():
                return value if self._blot.hide(text := repr(value)) == text else HIDDEN
            case Action():
                return self._redact_action(value)
            case Mapping():
                safe = {self._redact(key): self._redact(entry) for key, entry in value.items()}
                return value if safe == value else safe
            case list() | tuple():
                entries = [self._redact(entry) for entry in value]
                is_same = all(entry is given for entry, given in zip(entries, value, strict=True))
                return value if is_same else type(value)(entries)
            case _:
                return self._redact_noun(value) if type(value) in _CONTENT else value

    def _redact_noun(self, noun: Any) -> Any:
        is_budget = getattr(noun, "kind", None) is PauseKind.BUDGET  # its token is the name of a limit
        changed = {}
        for name in _CONTENT[type(noun)]:
            value = getattr(noun, name)
            safe = value if is_budget and name == "token" else self._redact(value)
            if safe is not value and safe != value:
                changed[name] = safe
        return replace(noun, **changed) if changed else noun

    def _redact_action(self, action: Action) -> Action:
        hidden = self._tools.hide(action)
        args = self._redact(hidden.args)
        name = action.name if action.name in self._tools.names else self._blot.hide(action.name)
        return action if (name, args) == (action.name, action.args) else Action.model_construct(name=name, args=args)
