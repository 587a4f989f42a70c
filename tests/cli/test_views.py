"""What is shown of each event, and that nothing in it is interpreted."""

import io
import json
import math
from contextlib import aclosing

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agent_brain.brain import Brain
from agent_brain.cli.json_lines import describe_event, write_json
from agent_brain.cli.plain_text import clean
from agent_brain.cli.record_view import RecordView
from agent_brain.cli.terminal import ColorChoice, is_styled, open_console
from agent_brain.cli.views import SHOWN_CHARACTERS_MAX, AnswerView, LiveView
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.events import Chunk, ChunkKind, Ended, Entered, Event, Moved, Retracted
from agent_brain.core.items import Action, FaultKind, Observation, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import PauseKind, ReplySource
from agent_brain.core.records import ActionFinished, ActionStarted, Faulted, Paused, Record, Replied, Status

ANY_TEXT = st.text(st.characters(exclude_categories=()))


def show(*events: Event) -> list[str]:
    out = io.StringIO()
    view = LiveView(open_console(out), now=lambda: 0.0)
    for event in events:
        view.show(event)
    return out.getvalue().splitlines()


def test_pieces_of_one_voice_are_one_text() -> None:
    pieces = [Chunk(text, ChunkKind.THOUGHT) for text in ("I ", "think\n", "so.")]

    assert show(Entered("reasoning", 1), *pieces, Moved("reasoning", "answer", "done")) == [
        "── 1 reasoning",
        "I think",
        "so.",
        "   → answer: done",
    ]


def test_private_reasoning_and_text_stand_on_lines_of_their_own() -> None:
    assert show(Chunk("Hm.", ChunkKind.REASONING), Chunk("Yes.", ChunkKind.THOUGHT)) == ["Hm.", "Yes."]


def test_of_several_calls_each_outcome_names_its_own() -> None:
    started = [ActionStarted(name, Action(name=name)) for name in ("a", "b")]
    failed = ActionFinished("b", Observation("no", OutcomeStatus.FAILED))

    assert show(
        *started, Chunk("half", ChunkKind.PROGRESS, "", "a"), failed, ActionFinished("a", Observation("yes"))
    ) == [
        "  a: half",
        "← b: [failed] no",
        "← a: yes",
    ]


def test_an_observation_is_shown_once() -> None:
    finished = ActionFinished("a", Observation("42"))

    assert show(ActionStarted("a", Action(name="f")), finished, Chunk("42", ChunkKind.OBSERVATION, "", "a")) == ["← 42"]


def test_faults_and_new_beginnings_are_told() -> None:
    assert show(Chunk("half a wo", ChunkKind.THOUGHT), Retracted("cut", "reasoning", 1.5)) == [
        "half a wo",
        "! this step begins again, what it wrote does not count: cut; waiting 1.5 s",
    ]
    assert show(Faulted(FaultKind.UNREADABLE, "no JSON")) == ["! no JSON"]


def test_what_is_asked_and_replied_is_told() -> None:
    paused = Paused("q1", PauseKind.APPROVAL, "May it run f()?")

    assert show(paused, Replied("q1", {"approve": True}), Replied("q2", "Bern é", ReplySource.EXPIRY)) == [
        "? q1 approval: May it run f()?",
        '? q1 person: {"approve": true}',
        '? q2 expiry: "Bern é"',
    ]


async def test_a_journal_shows_what_its_run_has_shown() -> None:
    brain = Brain(model="offline", tools=["builtin"])
    live, again = io.StringIO(), io.StringIO()
    view = LiveView(open_console(live), now=lambda: 0.0)
    records = RecordView(LiveView(open_console(again), now=lambda: 0.0), MemoryEnv())
    async with aclosing(brain.stream("What is 6 * 7?")) as events:
        async for event in events:
            if not isinstance(event, Ended):
                view.show(event)
            if isinstance(event, Record):
                records.show(event)

    assert again.getvalue() == f"What is 6 * 7?\n{live.getvalue()}"


def test_a_long_observation_is_cut_with_a_word_about_the_rest() -> None:
    [line] = show(ActionFinished("a", Observation("x" * (SHOWN_CHARACTERS_MAX + 1_234))))

    assert len(line) < SHOWN_CHARACTERS_MAX + 100
    assert line.endswith("(1,234 more characters; --json has them all)")


def test_a_failed_run_has_no_answer_to_show() -> None:
    out = io.StringIO()
    AnswerView(out).show(Ended("r", Status.FAILED, "", ModelError(ModelErrorKind.CUT, "cut"), MemoryEnv()))

    assert out.getvalue() == ""


@given(ANY_TEXT)
def test_no_control_character_reaches_a_terminal(text: str) -> None:
    cleaned = clean(text)

    assert all(character >= " " or character in "\n\t" for character in cleaned)
    assert not any("\x7f" <= character <= "\x9f" for character in cleaned)
    assert cleaned.encode().decode() == cleaned


@given(st.recursive(st.one_of(ANY_TEXT, st.floats(), st.integers(), st.none()), lambda inner: st.lists(inner)))
def test_every_value_is_a_line_of_strict_json(value: object) -> None:
    out = io.StringIO()
    write_json(out, {"value": value})

    def refuse(word: str) -> None:
        raise AssertionError(word)

    [line] = out.getvalue().split("\n")[:-1]
    assert set(json.loads(line.encode(), parse_constant=refuse)) == {"value"}


def test_what_json_cannot_say_becomes_text() -> None:
    started = ActionStarted("a", Action(name="f", args={"x": math.nan, "y": ["\ud800"]}))
    out = io.StringIO()
    write_json(out, describe_event(started))

    told = json.loads(out.getvalue())
    assert told["action"] == {"name": "f", "args": {"x": "nan", "y": ["\ufffd"]}}


def test_a_stream_that_is_no_terminal_is_styled_on_demand_only() -> None:
    out = io.StringIO()

    assert not is_styled(out, ColorChoice.AUTO, {})
    assert is_styled(out, ColorChoice.ALWAYS, {"NO_COLOR": "1"})
    console: Console = open_console(out, ColorChoice.ALWAYS)
    console.print("x", style="bold red")
    assert out.getvalue() == "\x1b[1;31mx\x1b[0m\n"
