"""A prompt's digest is that of its messages' JSON, whatever they hold: journals of all versions are compared by it."""

import json
from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.digest import DIGEST_BYTES, digest_messages

words = st.text() | st.sampled_from(["", '"\\\n\u2028\x00', "\ud83d", "tool", "assistant"])
values = words | st.none() | st.integers() | st.lists(words, max_size=2)
functions = st.fixed_dictionaries({"name": values, "arguments": values}, optional={"strict": st.booleans()})
calls = st.fixed_dictionaries({"id": values, "type": values, "function": functions}, optional={"index": st.integers()})
fields = {"content": values, "tool_calls": st.lists(calls, max_size=3) | values, "tool_call_id": values}
messages = st.fixed_dictionaries({"role": words}, optional={**fields, "reasoning": values})


def write_by_json(message: dict[str, Any]) -> str:
    content = message.get("content", "")
    if len(message) == 2 and isinstance(content, str):
        return f"{len(content)} {message['role']} {content}"
    return json.dumps(message, sort_keys=True)


@given(st.lists(messages, max_size=4))
def test_a_digest_is_that_of_the_messages_as_json_writes_them(said: list[Any]) -> None:
    told = "".join(map(write_by_json, said)).encode(errors="surrogatepass")
    assert digest_messages(said) == blake2b(told, digest_size=DIGEST_BYTES).hexdigest()


@pytest.mark.parametrize("calls", ["", {}, [], ()], ids=repr)
def test_no_calls_are_told_from_each_other_as_json_tells_them(calls: Any) -> None:
    said: list[Any] = [{"role": "assistant", "content": "", "tool_calls": calls}]
    told = write_by_json(said[0]).encode()
    assert digest_messages(said) == blake2b(told, digest_size=DIGEST_BYTES).hexdigest()


def test_the_digest_of_a_call_and_its_result_is_what_it_always_was() -> None:
    call = {"id": "c00000001", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    said: list[Any] = [
        {"role": "user", "content": "Add 1."},
        {"role": "assistant", "content": "é", "tool_calls": [call, {**call, "id": "c00000002"}]},
        {"role": "tool", "tool_call_id": "c00000001", "content": "2"},
    ]
    assert digest_messages(said) == "54cd6b99c455ee66"
