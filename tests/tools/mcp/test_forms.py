"""A server's question as a person sees it, and the reply as the server wants it."""

from typing import Any

import pytest
from mcp_types import ElicitRequestFormParams, ElicitRequestURLParams

from agent_brain.tools.mcp.eliciting import make_question, read, read_reply, write

FORM = ElicitRequestFormParams(
    message="Who?",
    requested_schema={
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer", "default": 42}},
        "required": ["name"],
    },
)
PAGE = ElicitRequestURLParams(message="Sign in.", url="https://x.example/sign-in", elicitation_id="7")


@pytest.mark.parametrize(
    ("reply", "action", "content"),
    [
        ({"name": "Ada"}, "accept", {"name": "Ada", "age": 42}),
        ({"name": "Ada", "age": 1}, "accept", {"name": "Ada", "age": 1}),
        ({"action": "accept", "content": {"name": "Ada"}}, "accept", {"name": "Ada", "age": 42}),
        ({"action": "decline"}, "decline", None),
        ({"action": "cancel"}, "cancel", None),
        (None, "cancel", None),
    ],
)
def test_a_reply_to_a_form(reply: Any, action: str, content: Any) -> None:
    said = read_reply(FORM, reply)
    assert not isinstance(said, str)
    assert (said.action, said.content) == (action, content)


@pytest.mark.parametrize(("reply", "fault"), [({}, "- name: missing"), ("Ada", "- wanted an object"), (7, "object")])
def test_a_reply_that_does_not_fit_is_told_why(reply: Any, fault: str) -> None:
    said = read_reply(FORM, reply)
    assert isinstance(said, str)
    assert fault in said


def test_a_form_with_a_field_called_action_gets_its_field() -> None:
    form = ElicitRequestFormParams(message="What?", requested_schema={"properties": {"action": {"type": "string"}}})
    said = read_reply(form, {"action": "decline"})
    assert not isinstance(said, str)
    assert (said.action, said.content) == ("accept", {"action": "decline"})


@pytest.mark.parametrize("reply", ["accept", "decline", "cancel"])
def test_a_page_is_visited_or_not(reply: str) -> None:
    question = make_question("shop", PAGE, {})
    said = read_reply(PAGE, reply)
    assert "https://x.example/sign-in" in question.text
    assert not isinstance(said, str)
    assert (said.action, said.content) == (reply, None)


@pytest.mark.parametrize("asked", [FORM, PAGE])
def test_a_question_is_kept_as_json(asked: Any) -> None:
    assert read(write(asked)) == asked
