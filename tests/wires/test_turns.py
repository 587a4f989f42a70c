"""Messages under construction: what is said in one voice is one message, however much it is."""

from typing import Any

import pytest

from agent_brain.core.items import Message
from agent_brain.wires.messages import Turns

TEXT = "one more word"


class Paper(list[Any]):
    """Messages that count the characters which are written into them."""

    written = 0

    def append(self, message: Message) -> None:
        self.written += len(message["content"])
        super().append(Page(self, message))


class Page(dict[str, Any]):
    """One of them."""

    def __init__(self, paper: Paper, message: Message) -> None:
        super().__init__(message)
        self._paper = paper

    def __setitem__(self, name: str, value: Any) -> None:
        self._paper.written += len(value)
        super().__setitem__(name, value)


@pytest.mark.parametrize("role", ["user", "assistant"])
def test_what_many_items_of_one_voice_say_is_written_once(role: str) -> None:
    turns = Turns()
    turns.messages = paper = Paper()
    for _ in range(1000):
        turns.add(role, TEXT)
        turns.keep(TEXT, None)
    messages = turns.finish()
    whole = "\n\n".join([TEXT] * 1000)
    assert {"role": role, "content": whole, "reasoning": whole} in messages
    assert paper.written <= 2 * len(whole) + 200


def test_a_reply_that_begins_with_words_and_goes_on_with_calls_is_one_message() -> None:
    turns = Turns()
    for text in ("I look.", "Twice."):
        turns.add("assistant", text)
    turns.keep("Where?", {"id": "r1"})
    turns.add_calls([{"id": "c1"}], [{"role": "tool", "tool_call_id": "c1", "content": "Here."}])
    reply, result = turns.finish()[1:]
    assert reply == {
        "role": "assistant",
        "content": "I look.\n\nTwice.",
        "reasoning": "Where?",
        "details": [{"id": "r1"}],
        "tool_calls": [{"id": "c1"}],
    }
    assert result["content"] == "Here."
