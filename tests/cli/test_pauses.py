"""A person's words as the reply that a pause wants."""

from typing import Any

import pytest

from agent_brain.cli.pauses import describe_pause, read_reply
from agent_brain.cli.places import Place
from agent_brain.core.errors import SetupError
from agent_brain.core.pauses import Pause, PauseKind, check_reply

TEXT, FLAG, COUNT = {"type": "string"}, {"type": "boolean"}, {"type": "integer"}
TABLE, EITHER = {"type": "object"}, {"type": ["string", "null"]}


@pytest.mark.parametrize(
    ("kind", "wanted", "words", "reply"),
    [
        (PauseKind.QUESTION, None, " 1.10 ", " 1.10 "),
        (PauseKind.QUESTION, TEXT, '{"a": 1}', '{"a": 1}'),
        (PauseKind.QUESTION, EITHER, "null", "null"),
        (PauseKind.QUESTION, FLAG, "Yes", True),
        (PauseKind.QUESTION, COUNT, "7", 7),
        (PauseKind.QUESTION, TABLE, '{"a": 1}', {"a": 1}),
        (PauseKind.APPROVAL, None, "no", False),
        (PauseKind.DOUBT, None, '{"approve": true, "args": {"n": 1}}', {"approve": True, "args": {"n": 1}}),
        (PauseKind.BUDGET, None, "2.5", 2.5),
    ],
)
def test_words_become_what_is_wanted(kind: PauseKind, wanted: dict[str, Any] | None, words: str, reply: Any) -> None:
    pause = Pause("q1", kind, "?", wanted=wanted)
    found = read_reply(pause, words)
    check_reply(pause, found)

    assert found == reply


@pytest.mark.parametrize(
    ("kind", "wanted", "words", "said"),
    [
        (PauseKind.QUESTION, COUNT, "seven", "wanted JSON of type integer"),
        (PauseKind.QUESTION, COUNT, "true", "wanted a integer"),
        (PauseKind.QUESTION, TABLE, "[1]", "wanted a object"),
        (PauseKind.QUESTION, {"enum": ["a", "b"]}, "c", "wanted one of: a, b"),
        (PauseKind.APPROVAL, None, "perhaps", "wanted yes, no, or a JSON object"),
        (PauseKind.BUDGET, None, "much", "wanted a number"),
    ],
)
def test_other_words_are_refused(kind: PauseKind, wanted: dict[str, Any] | None, words: str, said: str) -> None:
    pause = Pause("q1", kind, "?", wanted=wanted)

    with pytest.raises(SetupError, match=said):
        check_reply(pause, read_reply(pause, words))


@pytest.mark.parametrize(
    ("kind", "default", "said"),
    [(PauseKind.APPROVAL, False, "then no]"), (PauseKind.QUESTION, "Ada", 'then "Ada"]')],
)
def test_a_pause_that_expires_says_when_and_what_counts_then(kind: PauseKind, default: Any, said: str) -> None:
    [line] = describe_pause("r1", Pause("q1", kind, "Who?", expires_at=1_800_000_000.0, default=default), None)

    assert line.startswith(f"q1 {kind}: Who? [until 2027-01-1")
    assert line.endswith(said)


FORM = {
    "type": "object",
    "properties": {
        "size": {"type": "integer", "description": "In centimetres."},
        "colour": {"enum": ["red", "blue"]},
        "gift": {"type": "boolean"},
    },
    "required": ["size", "colour"],
}


def test_a_form_says_its_fields_and_how_a_reply_looks() -> None:
    place = Place("runs.db", flags=())
    lines = describe_pause("r1", Pause("q1", PauseKind.QUESTION, "Which hat?", wanted=FORM), place)

    assert lines == [
        "q1 question: Which hat?",
        "   size (integer): In centimetres.",
        "   colour (red, blue)",
        "   gift (boolean; may be left out)",
        """   agent-brain reply r1 q1 '{"size": NUMBER, "colour": "red"}'""",
    ]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [(None, "TEXT"), (TEXT, "TEXT"), (EITHER, "TEXT"), (FLAG, "TEXT"), (COUNT, "NUMBER"), (TABLE, "'{...}'")],
    ids=["nothing", "text", "either", "flag", "count", "table"],
)
def test_a_command_says_what_to_put_in(wanted: dict[str, Any] | None, said: str) -> None:
    lines = describe_pause("r1", Pause("q1", PauseKind.QUESTION, "?", wanted=wanted), Place("runs.db", flags=()))

    assert lines[-1] == f"   agent-brain reply r1 q1 {said}"


def test_words_in_place_of_a_form_are_refused_with_its_form() -> None:
    with pytest.raises(SetupError, match=r"the reply to q1 is 'yes'; wanted JSON of type object, such as {\"size\": "):
        read_reply(Pause("q1", PauseKind.QUESTION, "Which hat?", wanted=FORM), "yes")
