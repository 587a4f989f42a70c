"""How many tokens a text may take, judged by its characters: a count that needs no tokenizer and errs on the high side.

The weights are bounds over the tokenizers of several families, not averages; `benchmarks/tokens.py` measures them, and
`tests/core/test_tokens.py` holds them against kept counts. What a server reports of a run's own prompts makes them
exact (`Context.scale`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent_brain.core.digest import show_tools
from agent_brain.core.items import Message

MESSAGE_TOKENS = 8
"""What a chat template puts around a message: role, marks, line ends."""
TOOLS_TOKENS = 150
"""What a chat template says before the first tool."""

CountText = Callable[[str], int]

_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = b"0123456789"
_SPACES = b" \n\t\r"
_TWO = bytes(range(0xC0, 0xE0))
_THREE = bytes(range(0xE0, 0xF0))
_FOUR = bytes(range(0xF0, 0xF8))
_FURTHER = bytes(range(0x80, 0xC0))
"""Bytes of a character after its first one, which tells how many there are."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Tokens for one character of each kind."""

    letter: float = 0.40
    digit: float = 1.3
    mark: float = 0.9
    """Of ASCII what is neither letter, digit nor space."""
    space: float = 0.3
    two: float = 0.55
    """A character of two bytes in UTF-8: Latin with accents, Cyrillic, Greek, Hebrew, Arabic."""
    three: float = 1.7
    """Of three: Chinese, Japanese, Korean, the scripts of India."""
    four: float = 4.2
    """Of four: emoji, rare signs."""

    def count(self, text: str) -> int:
        """Tokens that the text may take, rounded up."""
        data = text.encode(errors="replace")
        letters = _count(data, _LETTERS)
        spaces = _count(data, _SPACES)
        digits = _count(data, _DIGITS)
        tokens = letters * self.letter + spaces * self.space + digits * self.digit
        marks = len(data) - letters - spaces - digits
        if not text.isascii():
            two, three, four = _count(data, _TWO), _count(data, _THREE), _count(data, _FOUR)
            marks -= two + three + four + _count(data, _FURTHER)
            tokens += two * self.two + three * self.three + four * self.four
        return int(tokens + marks * self.mark) + 1


ANY = Weights()
"""For a model of which nothing is known: at least what any of the measured tokenizers takes."""


def count_prompt(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], count: CountText) -> int:
    """Tokens of all that a model is sent; of reasoning, what nearly all servers want back: that of calls."""
    tokens = MESSAGE_TOKENS * (len(messages) + 1)
    if tools:
        tokens += TOOLS_TOKENS + count(show_tools(tools))
    for message in messages:
        if content := message.get("content"):
            tokens += count(content)
        if "reasoning" in message and "tool_calls" in message:
            tokens += count(message["reasoning"])
        for call in message.get("tool_calls", ()):
            function = call["function"]
            tokens += MESSAGE_TOKENS + count(function["name"]) + count(function["arguments"])
    return tokens


def count_characters(messages: Sequence[Message]) -> int:
    """Characters of messages: what can be told without looking at each of them."""
    characters = 0
    for message in messages:
        characters += len(message.get("content") or "")
        if "reasoning" in message and "tool_calls" in message:
            characters += len(message["reasoning"])
        for call in message.get("tool_calls", ()):
            characters += len(call["function"]["name"]) + len(call["function"]["arguments"])
    return characters


def _count(data: bytes, kinds: bytes) -> int:
    return len(data) - len(data.translate(None, kinds))
