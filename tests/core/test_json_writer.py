"""The writer writes what json does, faster."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.json_writer import make_writer

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
OPTIONS: list[dict[str, Any]] = [{}, {"sort_keys": True}, {"ensure_ascii": False}, {"default": repr}]


@pytest.mark.parametrize("options", OPTIONS)
@given(value=values)
def test_the_same_text_is_written_as_by_json(options: dict[str, Any], value: Any) -> None:
    assert make_writer(**options)(value) == json.dumps(value, **options)


def test_what_json_cannot_say_is_refused_or_put_in_other_words() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        make_writer()({"a": {1}})
    with pytest.raises(ValueError, match="not JSON compliant"):
        make_writer(allow_nan=False)([math.nan])
    assert make_writer(default=lambda value: sorted(value))({"a": {2, 1}}) == '{"a": [1, 2]}'
