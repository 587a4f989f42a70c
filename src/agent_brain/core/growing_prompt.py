"""What a run's prompts are digested and measured by: each mostly begins as the last one did, and is read from there."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent_brain.core.digest import add_messages, begin_digest, digest_messages, show_tools
from agent_brain.core.items import Message
from agent_brain.core.tokens import count_characters

MESSAGES_MIN = 48
"""Fewer are read anew: that takes no longer, and nothing has to be kept for it."""


class GrowingPrompt:
    """Reads one prompt after the other; equal in every case to what reads each of them whole."""

    __slots__ = ("_characters", "_hashed", "_known", "_last", "_noted", "_tools")

    def __init__(self) -> None:
        self._last: Sequence[Message] = ()
        self._known: Sequence[Message] = ()
        """The last prompt but for its end, which is seldom there in the next one."""
        self._hashed: Any = None
        """Their digest; None while there was no long prompt: of many runs at once most are short."""
        self._characters = 0
        """Of these too."""
        self._noted: tuple[Sequence[Message] | None, str] = (None, "")
        self._tools: tuple[Sequence[Mapping[str, Any]], str] = ((), "")

    def note(self, messages: Sequence[Message]) -> None:
        """Keep the digest of what a model is given next: to a replay it was asked so, whatever it does with them."""
        self._noted = None, ""
        self._noted = messages, self.digest(messages)

    def digest(self, messages: Sequence[Message]) -> str:
        """As `digest_messages`; of those that were noted, as they were then."""
        if messages is self._noted[0]:
            return self._noted[1]
        if len(messages) < MESSAGES_MIN:
            return digest_messages(messages)
        self._read(messages)
        hashed = self._hashed.copy()
        add_messages(hashed, messages[len(self._known) :])
        return hashed.hexdigest()  # type: ignore[no-any-return]  # hashlib's own type has no public name

    def count_characters(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]) -> int:
        """As the function of this name."""
        shown = len(self.show_tools(tools))
        if len(messages) < MESSAGES_MIN:
            return shown + count_characters(messages)
        self._read(messages)
        return shown + self._characters + count_characters(messages[len(self._known) :])

    def show_tools(self, tools: Sequence[Mapping[str, Any]]) -> str:
        """As the function of this name, empty for no tools; wires give the same list each time."""
        if tools and tools is not self._tools[0]:
            self._tools = (tools, show_tools(tools))
        return self._tools[1] if tools else ""

    def _read(self, messages: Sequence[Message]) -> None:
        """Know all but the last message."""
        if messages is self._last:
            return
        known, end = len(self._known), len(messages) - 1
        if self._hashed is None or end < known or messages[:known] != self._known:
            known, self._hashed, self._characters = 0, begin_digest(), 0
        more = messages[known:end]
        add_messages(self._hashed, more)
        self._characters += count_characters(more)
        self._known, self._last = messages[:end], messages
