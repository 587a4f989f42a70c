"""The messages of a run as one server wants them: what was kept of earlier replies goes back as its profile says."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent_brain.core.errors import ModelError
from agent_brain.core.hidden import has_hidden
from agent_brain.core.items import Details, Message
from agent_brain.models.profiles import INLINE, PARTS, Profile, When

KEPT = frozenset({"reasoning", "details"})
"""The keys that no server is sent as they are."""
_UNWANTED = re.compile(r"unsupported|not (?:permitted|supported|allowed)|unknown|unrecogni|unexpected|extra", re.I)
_MISSED = re.compile(r"missing|required|must be (?:passed|present|given|included|provided)", re.I)


class SentBack:
    """Shows messages to one server, and learns from what it refuses; details that another has made are not sent."""

    def __init__(self, profile: Profile, maker: str) -> None:
        self.profile = profile
        self.maker = maker

    def show(self, messages: Sequence[Message]) -> Sequence[Mapping[str, Any]]:
        """The messages as they are sent."""
        profile = self.profile
        is_plain = all(map(KEPT.isdisjoint, messages))
        if is_plain and not profile.fills and not profile.missing:
            return messages
        asked = max((place for place, message in enumerate(messages) if message["role"] == "user"), default=-1)
        return [
            self._show(message, is_current=place > asked) if message["role"] == "assistant" else message
            for place, message in enumerate(messages)
        ]

    def take_refusal(self, error: ModelError, sent: Sequence[Mapping[str, Any]]) -> bool:
        """Change what is sent where the server says that it misses a field, or does not want one of those it was sent.

        False where it said something else.
        """
        profile, words = self.profile, str(error)
        if error.status not in {400, 422}:
            return False
        fields = {name for message in sent for place in (message, *message.get("tool_calls", ())) for name in place}
        named = [name for name in fields & {*profile.sends, *profile.details, *profile.of_calls} if _names(name, words)]
        if _names("reasoning_content", words) and _MISSED.search(words) and not _UNWANTED.search(words):
            wanted = replace(profile, sends=("reasoning_content",), fills=True, when=_at_least_calls(profile.when))
        elif named:
            wanted = replace(
                profile,
                sends=_without(profile.sends, named),
                details=_without(profile.details, named),
                of_calls=_without(profile.of_calls, named),
                missing={},
                fills=False,
            )
        else:
            return False
        is_other, self.profile = wanted != profile, wanted
        return is_other

    def _show(self, message: Message, *, is_current: bool) -> dict[str, Any]:
        profile = self.profile
        shown: dict[str, Any] = {name: value for name, value in message.items() if name not in KEPT}
        own = [each for each in message.get("details", ()) if each.get("by") == self.maker and not has_hidden(each)]
        calls = message.get("tool_calls", ())
        if calls and profile.of_calls:
            shown["tool_calls"] = self._show_calls(calls, own[-1].get("calls", ()) if own else ())
        if not _is_sent(profile.when, has_calls=bool(calls), is_current=is_current):
            return shown
        fields = _join_fields(own, profile.details)
        reasoning = message.get("reasoning", "")
        if fields:
            return shown | fields
        if reasoning or (calls and profile.fills):
            for name in profile.sends:
                _PUT.get(name, _put_field)(shown, name, reasoning)
        return shown

    def _show_calls(
        self, calls: Sequence[Mapping[str, Any]], fields: Sequence[Mapping[str, Any]]
    ) -> list[Mapping[str, Any]]:
        if len(fields) != len(calls):
            fields = [{} for _ in calls]
        names = self.profile.of_calls
        picked = [{name: of_call[name] for name in names if name in of_call} for of_call in fields]
        if not any(picked):
            picked[0] = dict(self.profile.missing)
        return [{**call, **more} for call, more in zip(calls, picked, strict=True)]


def _is_sent(when: When, *, has_calls: bool, is_current: bool) -> bool:
    match when:
        case When.CALLS:
            return has_calls
        case When.TURN:
            return is_current
        case _:
            return when is When.ALWAYS


def _join_fields(own: Iterable[Details], names: Sequence[str]) -> dict[str, Any]:
    """The fields of all replies that one message shows: lists go on, of all else the last counts."""
    joined: dict[str, Any] = {}
    for details in own:
        for name, value in details.get("fields", {}).items():
            if name in names:
                is_list = isinstance(value, list) and isinstance(joined.get(name), list)
                joined[name] = [*joined[name], *value] if is_list else value
    return joined


def _put_field(shown: dict[str, Any], name: str, reasoning: str) -> None:
    shown[name] = reasoning


def _put_inline(shown: dict[str, Any], _: str, reasoning: str) -> None:
    shown["content"] = f"<think>{reasoning}</think>\n\n{shown['content']}"


def _put_parts(shown: dict[str, Any], _: str, reasoning: str) -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": reasoning}]}
    words = [{"type": "text", "text": shown["content"]}] if shown["content"] else []
    shown["content"] = [thinking, *words]


_PUT: Mapping[str, Callable[[dict[str, Any], str, str], None]] = {INLINE: _put_inline, PARTS: _put_parts}


def _names(name: str, words: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", words) is not None


def _without(names: Sequence[str], refused: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in refused)


def _at_least_calls(when: When) -> When:
    return When.ALWAYS if when is When.ALWAYS else When.CALLS
