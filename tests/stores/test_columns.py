"""Texts as columns: all of them can be written down, and what begins alike is found by its beginning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.errors import RunBusy
from agent_brain.core.records import Status
from agent_brain.stores import rules
from agent_brain.stores.columns import decode_json, decode_text, encode_json, encode_text
from agent_brain.stores.named_sql import load_sql

ANY_TEXT = st.text(st.characters(exclude_categories=[]) | st.sampled_from("\\u0\0\ud800"), max_size=20)


@given(ANY_TEXT)
def test_any_text_is_a_column_and_comes_back(text: str) -> None:
    column = encode_text(text)
    assert decode_text(column) == text
    assert b"\0" not in column.encode()


@given(ANY_TEXT, ANY_TEXT)
def test_a_column_begins_as_another_where_the_text_does(text: str, prefix: str) -> None:
    assert encode_text(text).startswith(encode_text(prefix)) == text.startswith(prefix)


@given(st.recursive(st.none() | st.booleans() | st.integers() | ANY_TEXT, lambda inner: st.lists(inner, max_size=3)))
def test_any_json_is_a_column_and_comes_back(value: object) -> None:
    column = encode_json(value)
    assert decode_json(column) == value
    assert b"\0" not in column.encode()


def test_plain_text_can_be_read_in_the_table() -> None:
    assert encode_text("Was ist 2 + 3? 🙂") == "Was ist 2 + 3? 🙂"


def test_a_dialect_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        load_sql("oracle")


def test_who_is_busy_says_with_what_and_what_was_wanted() -> None:
    assert str(rules.busy("r", Status.STUCK, "", [Status.READY])) == "run 'r' is stuck; wanted one that is ready"
    assert "driven by ann" in str(rules.busy("r", Status.RUNNING, "ann"))
    assert isinstance(rules.busy("r", Status.STUCK, ""), RunBusy)
