"""Plans of calls as models write them: lines, JSON, and what stands in the brackets."""

import pytest

from agent_brain import tool
from agent_brain.core.tooling import ToolSpec
from agent_brain.nets.plan_text import COMPILER, REWOO, read_calls


@tool
def search(query: str) -> str:
    """Search."""
    return query


@tool
def add(a: float, b: float) -> float:
    """Add."""
    return a + b


@tool
def now() -> str:
    """Tell the time."""
    return "noon"


SPECS: list[ToolSpec] = [search.spec, add.spec, now.spec]


def read(text: str, notation: object = REWOO) -> list[tuple[str, str, dict[str, object]]]:
    calls = read_calls(text, SPECS, notation)  # type: ignore[arg-type]  # one of the two
    return [(call.label, call.name, dict(call.args)) for call in calls]


@pytest.mark.parametrize(
    "line",
    [
        "Plan: find it\n#E1 = search[capital of France]",
        "Plan: find it. #E1 = search[capital of France]",
        "**Plan:** find it\n**#E1** = `search[capital of France]`",
        "- Plan 1: find it\n- #E1: search(capital of France)",
        'Plan: find it\n#e1 = Search["capital of France"]',
        'Plan: find it\n#E1 = search[{"query": "capital of France"}]',
        "Plan: find it\n#E01 = search[query='capital of France']",
        "Plan: find it\n#E1 = search[capital of France",
        "Plan: find it\n#E1 = tools.search[capital of France]\nThat is all.",
    ],
)
def test_a_step_is_read_however_it_is_dressed(line: str) -> None:
    [call] = read_calls(line, SPECS, REWOO)
    assert (call.label, call.name, dict(call.args)) == ("1", "search", {"query": "capital of France"})
    assert call.why.rstrip(".") == "find it"


@pytest.mark.parametrize(
    ("given", "args"),
    [
        ("2, 3", {"a": 2, "b": 3}),
        ("#E1, 3", {"a": "#E1", "b": 3}),
        ("a=#E1, b=-1.5", {"a": "#E1", "b": -1.5}),
        ("b='#E12', a=#E1 * 2", {"b": "#E12", "a": "#E1 * 2"}),
        ('{"a": "#E1", "b": 3}', {"a": "#E1", "b": 3}),
        ("{'a': 2, 'b': 3,}", {"a": 2, "b": 3}),
        ("", {}),
        ("1, 2, 3", {"a": "1, 2, 3"}),
        ("c=4", {"a": "c=4"}),
        ("two and three", {"a": "two and three"}),
    ],
)
def test_several_arguments_are_read_as_json_or_as_in_a_program(given: str, args: dict[str, object]) -> None:
    assert read(f"#E2 = add[{given}]") == [("2", "add", args)]


@pytest.mark.parametrize(
    "text",
    ["3 + 4", "Paris, France", "2024", "a [sic] b", "Bob's house", "x == (1, 2)", "007", "f(x)", "\\d+", "1e999"],
)
def test_the_text_that_a_tool_takes_stays_as_it_was_written(text: str) -> None:
    assert read(f"#E1 = search[{text}]") == [("1", "search", {"query": text})]


@pytest.mark.parametrize(
    "text",
    [
        '[{"id": "E1", "plan": "first", "tool": "search", "input": "Ann"}, '
        '{"id": "E2", "plan": "then", "tool": "add", "args": {"a": "#E1", "b": 1}}]',
        '```json\n{"plan": [{"tool": "search", "args": {"query": "Ann"}}, {"tool": "add", "input": "#E1, 1"}]}\n```',
        '{"steps": [{"step": 1, "name": "search", "arguments": "Ann"}, {"step": 2, "action": "add[#E1, 1]"}]}',
        '{"id": 1, "tool": "search", "args": {"query": "Ann"}}\n{"id": 2, "tool": "add", "args": {"a": "#E1", "b": 1}}',
    ],
)
def test_a_plan_may_be_json(text: str) -> None:
    assert read(text) == [("1", "search", {"query": "Ann"}), ("2", "add", {"a": "#E1", "b": 1})]


def test_words_in_the_place_of_a_call_are_what_is_known() -> None:
    calls = read_calls("#E1 = Paris is the capital\n#E2 = now\n#E3 = search[#E1]", SPECS, REWOO)
    assert [(call.name, call.text) for call in calls] == [("", "Paris is the capital"), ("now", ""), ("search", "")]


def test_a_tool_that_nobody_knows_is_a_call_all_the_same() -> None:
    assert read("#E1 = browse[the web]") == [("1", "browse", {"input": "the web"})]
    assert read('[{"tool": "browse", "input": "the web"}]') == [("1", "browse", {"input": "the web"})]


@pytest.mark.parametrize("text", ["", "I would search.", "No tool is needed: 4.", "Plan: think hard", "{}", "[1, 2]"])
def test_a_text_without_calls_has_none(text: str) -> None:
    assert read(text) == read(text, COMPILER) == []


def test_the_compilers_tasks_are_read_up_to_its_join() -> None:
    text = 'Thought: both at once\n1. search(query="Ann")\n2. search("Bob")\n**3.** add($1, b=${2})\n4. join()<END>'
    assert read(text, COMPILER) == [
        ("1", "search", {"query": "Ann"}),
        ("2", "search", {"query": "Bob"}),
        ("3", "add", {"a": "$1", "b": "$2"}),
    ]
    assert read_calls(text, SPECS, COMPILER)[0].why == "both at once"


def test_a_numbered_list_of_words_is_no_task() -> None:
    assert read("1. First I search (on the web)\n2. Then I add.", COMPILER) == []


@pytest.mark.parametrize("size", [10, 1000, 100_000])
def test_a_hostile_plan_costs_little(size: int) -> None:
    for text in ("#E1 = add[" * size, "#E1 = add[" + "[" * size, "#E1 = add[" + "-" * size + "]", "1. a(" * size):
        read(text[: 10 * size])
        read(text[: 10 * size], COMPILER)
