"""Reflexion: each move, its four memories, its bounds, what attempts and reflections see, and the calls they take."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, Status, tool
from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.items import Action, ItemKind, Message, Observation
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Asked
from agent_brain.core.store import Store
from agent_brain.core.tokens import ANY
from agent_brain.evaluators.model import ModelEvaluator
from agent_brain.nets.transcript import Entry, make_transcript
from nets.planners import show
from nets.walking import check_resumes, find_path

REFLECT = "was judged, and it failed"


def learn(messages: Sequence[Message]) -> str:
    """Answers with how many lessons it is shown; a reflection gives the next one."""
    shown = show(messages)
    lessons = re.findall(r"Lesson (\d+)", shown)
    if REFLECT in messages[-1]["content"]:
        return f"Lesson {1 + max(map(int, lessons), default=0)}"
    if "final answer" in messages[-1]["content"]:
        return "I was stopped."
    return f"With {len(lessons)} lessons."


def pass_at(lessons: int) -> Any:
    """An evaluator that lets pass what so many lessons were seen for."""
    return lambda question, answer: (answer == f"With {lessons} lessons.", f"{answer} That is too few.")


def make_brain(
    evaluator: Any = lambda question, answer: (False, "Wrong."),
    net: str = "reflexion",
    model: ScriptedModel | None = None,
    store: Store | None = None,
    **parts: Any,
) -> Brain:
    return Brain(
        net=net, model=model or ScriptedModel(learn), evaluator=evaluator, store=store or MemoryStore(), **parts
    )


def find_attempts(model: ScriptedModel) -> list[str]:
    """What was shown to the first call of each attempt."""
    return [show(messages) for messages in model.calls if REFLECT not in messages[-1]["content"]]


def find_reflections(model: ScriptedModel) -> list[str]:
    """What was shown to each reflection."""
    return [show(messages) for messages in model.calls if REFLECT in messages[-1]["content"]]


async def test_an_answer_that_passes_is_given_without_a_reflection() -> None:
    brain = make_brain(lambda question, answer: True)
    result = await brain.run("Why?", run_id="r")
    assert (result.answer, result.usage.model_calls) == ("With 0 lessons.", 1)
    assert await find_path(brain.store) == ["judge", "answer"]


async def test_what_failed_teaches_the_next_attempt() -> None:
    brain = make_brain(pass_at(2))
    result = await brain.run("Why?", run_id="r")
    assert (result.answer, result.status) == ("With 2 lessons.", Status.ANSWERED)
    again = ["judge", "reflect", "reset", "attempt"]
    assert await find_path(brain.store) == [*again, *again, "judge", "answer"]


@pytest.mark.parametrize("trials", [2, 3, 5])
async def test_the_last_answer_is_given_after_the_last_trial(trials: int) -> None:
    brain = make_brain(net=f"reflexion(trials={trials}, lessons=9)")
    result = await brain.run("Why?", run_id="r")
    assert result.answer == f"With {trials - 1} lessons."
    assert (await find_path(brain.store)).count("attempt") == trials - 1
    assert [item.text for item in result.env.log if item.kind is ItemKind.REFLECTION] == [
        f"Lesson {number}" for number in range(1, trials)
    ]


@pytest.mark.parametrize("trials", [2, 3, 4])
@pytest.mark.parametrize("memory", ["none", "last_attempt", "reflexion", "both"])
async def test_it_takes_the_attempts_calls_and_one_for_each_lesson(trials: int, memory: str) -> None:
    result = await make_brain(net=f"reflexion(react, trials={trials}, memory='{memory}')").run("Why?")
    reflections = trials - 1 if memory in {"reflexion", "both"} else 0
    assert result.usage.model_calls == trials * 2 + reflections  # a thought and an answer each


@pytest.mark.parametrize("trials", [2, 3, 4])
async def test_the_calls_of_an_evaluator_are_counted_in(trials: int) -> None:
    judge = ModelEvaluator(ScriptedModel(lambda _: '{"passed": false, "value": 0, "feedback": "Wrong."}'))
    result = await make_brain(judge, f"reflexion(react, trials={trials})").run("Why?")
    assert result.usage.model_calls == trials * (2 + 1) + trials - 1


@pytest.mark.parametrize(
    ("memory", "has_last", "has_lessons"),
    [("none", False, False), ("last_attempt", True, False), ("reflexion", False, True), ("both", True, True)],
)
async def test_an_attempt_is_given_what_its_memory_says(memory: str, has_last: bool, has_lessons: bool) -> None:
    model = ScriptedModel(learn)
    await make_brain(net=f"reflexion(trials=2, memory='{memory}')", model=model).run("Why?")
    first, second = find_attempts(model)
    assert "<memory" not in first
    assert ('<memory name="last_attempt">' in second) is has_last
    assert ('<memory name="lessons">' in second) is has_lessons
    assert ("You have tried to answer this before" in second) is (has_last or has_lessons)
    assert ("Thought: With 0 lessons." in second) is has_last


async def test_the_authors_code_keeps_all_lessons_and_this_keeps_the_last_ones() -> None:
    model = ScriptedModel(learn)
    await make_brain(net="reflexion(trials=6, lessons=2)", model=model).run("Why?")
    seen = [re.findall(r"Lesson \d", shown) for shown in find_attempts(model)]
    assert seen[3:] == [["Lesson 2", "Lesson 3"], ["Lesson 3", "Lesson 4"], ["Lesson 4", "Lesson 5"]]


async def test_a_reflection_sees_question_transcript_verdict_and_earlier_lessons() -> None:
    model = ScriptedModel(learn)
    await make_brain(pass_at(9), model=model).run("Why?")
    _, second = find_reflections(model)
    assert second.startswith("Why?")
    assert "Thought: With 1 lessons.\nAnswer: With 1 lessons.\nVerdict: With 1 lessons. That is too few." in second
    assert '<memory name="lessons">\nLesson 1\n</memory>' in second
    assert "With 0 lessons" not in second


async def test_an_attempt_is_a_fresh_run_that_sees_nothing_else_of_those_before_it() -> None:
    model = ScriptedModel(learn)
    await make_brain(model=model).run("Why?")
    assert [shown.count("With") for shown in find_attempts(model)] == [0, 0, 0]


async def test_a_lesson_of_several_paragraphs_is_one_lesson() -> None:
    replies = ["No.", "First.\n\nSecond.", "No.", "Third.", "Yes."]
    result = await make_brain(model=ScriptedModel(replies), net="reflexion(lessons=1)").run("Why?")
    assert result.env.slots["lessons"] == "Third."
    two = await make_brain(model=ScriptedModel(replies), net="reflexion(lessons=2)").run("Why?")
    assert two.env.slots["lessons"] == "First.\nSecond.\n\nThird."


async def test_tools_are_reset_before_each_further_attempt() -> None:
    shelf: list[str] = []
    resets: list[int] = []

    def clear() -> None:
        resets.append(len(shelf))
        shelf.clear()

    @tool(reset=clear)
    def put(book: str) -> str:
        """Put a book on the shelf."""
        shelf.append(book)
        return f"{len(shelf)} there"

    def reply(messages: Sequence[Message]) -> str:
        if REFLECT in messages[-1]["content"]:
            return "Try again."
        return "Put." if "</observation>" in show(messages) else '{"name": "put", "args": {"book": "Emma"}}'

    brain = make_brain(model=ScriptedModel(reply), tools=[put])
    await brain.run("Put Emma there.", run_id="r")
    (await brain.replay("r")).check()
    assert (resets, shelf) == ([1, 1], ["Emma"])


def test_a_tool_without_a_reset_is_refused_unless_traces_do_not_matter() -> None:
    @tool
    def put(book: str) -> str:
        """Put a book on the shelf."""
        return book

    with pytest.raises(SetupError, match="what put has changed in the first one"):
        make_brain(tools=[put])
    for net in ("reflexion(resets=False)", "reflexion(direct)"):  # the last one uses no tool
        assert make_brain(net=net, tools=[put]).net.name == "reflexion"


def test_without_an_evaluator_it_is_refused() -> None:
    with pytest.raises(SetupError, match="says whether an answer is good"):
        Brain(net="reflexion", model=ScriptedModel(learn))


@pytest.mark.parametrize("options", ["trials=1", "lessons=0", "transcript_tokens=9"])
def test_bounds_that_make_no_sense_are_refused(options: str) -> None:
    with pytest.raises(SetupError, match="wanted at least"):
        make_brain(net=f"reflexion({options})")


def test_a_memory_that_is_none_of_the_four_names_them() -> None:
    with pytest.raises(UnknownName, match="last_attempt"):
        make_brain(net="reflexion(memory='all')")


@pytest.mark.parametrize("most", range(2, 8))
async def test_a_limit_in_the_middle_gives_the_last_answer(most: int) -> None:
    result = await make_brain(limits=Limits(model_calls=most)).run("Why?")
    whole = most >= 3 + 2 + 1  # one is kept back for the answer
    assert result.usage.model_calls <= most
    assert result.status is (Status.ANSWERED if whole else Status.LIMITED)
    assert result.answer.startswith("With ") or result.answer == "I was stopped."  # the attempt's own, cut short


async def test_a_further_question_begins_without_the_lessons_of_the_last_one() -> None:
    model = ScriptedModel(learn)
    brain = make_brain(pass_at(1), model=model)
    first = await brain.run("Why?")
    second = await brain.run("And why else?", after=first.env)
    assert [first.answer, second.answer] == ["With 1 lessons."] * 2
    assert [item.text for item in second.env.log if item.kind is ItemKind.REFLECTION] == ["Lesson 1", "Lesson 1"]


@pytest.mark.parametrize("memory", ["none", "last_attempt", "reflexion", "both"])
@pytest.mark.parametrize("wire", ["text", "native"])
async def test_a_run_killed_anywhere_comes_to_the_same_end_and_replays(wire: str, memory: str) -> None:
    store = MemoryStore()

    def make() -> Brain:
        return make_brain(pass_at(1), f"reflexion(memory='{memory}')", store=store, wire=wire)

    await check_resumes(make, await make().run("Why?", run_id="r"))


def make_env(*outcomes: str) -> MemoryEnv:
    """An env that has looked, and seen these."""
    env = MemoryEnv.begin("r", "react", "", "reasoning", "Why?")
    for place, outcome in enumerate(outcomes):
        env.add(ItemKind.THOUGHT, "I look.")
        env.finish_action(env.start_action(Action(name="look", args={"at": place})), Observation(outcome))
    return env


def test_a_transcript_that_fits_is_whole() -> None:
    assert make_transcript(make_env("a"), 100) == "Thought: I look.\nAction: look(at=0)\nObservation: a"


def test_of_a_transcript_the_largest_observations_go_first() -> None:
    env = make_env("middle " * 100, "small " * 5, "large " * 300, "larger " * 300)
    seen = re.findall(r"Observation: (.*)", make_transcript(env, 500))
    assert [text.split()[0] for text in seen] == ["middle", "small", "(left", "(left"]
    assert seen[2] == "(left out: 1800 characters)"


def test_an_observation_that_is_shorter_than_the_words_for_it_stays() -> None:
    short, long = Entry("Observation", "ok", True), Entry("Observation", "word " * 100, True)
    assert short.leave_out() is short
    assert long.leave_out().text == "(left out: 500 characters)"


@pytest.mark.parametrize("tokens", [50, 200, 1000])
def test_a_transcript_keeps_its_bound_and_its_end(tokens: int) -> None:
    env = make_env(*(f"{number} " + "word " * 60 for number in range(80)))
    env.add(ItemKind.ANSWER, "It is so.")
    made = make_transcript(env, tokens)
    assert ANY.count(made) <= tokens
    assert made.endswith("Answer: It is so.")
    assert "earlier entries left out)" in made


def test_a_single_thing_that_is_too_long_loses_its_middle() -> None:
    env = MemoryEnv.begin("r", "react", "", "reasoning", "Why?")
    env.add(ItemKind.ANSWER, "begin " + "word " * 5000 + "end")
    made = make_transcript(env, 60)
    assert ANY.count(made) <= 60
    assert "characters left out" in made
    assert made.endswith("end")


def test_a_transcript_is_of_the_last_question() -> None:
    env = make_env("a")
    env.update(Asked("r2", "reasoning", "And why else?"))
    env.add(ItemKind.ANSWER, "So.")
    assert make_transcript(env, 100) == "Answer: So."
