"""What a run inside is told beside its question."""

from collections.abc import Sequence

import pytest

from agent_brain import Brain, MemoryStore, ScriptedModel
from agent_brain.core.items import ItemKind, Message
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Asked
from agent_brain.nets.handing_on import EARLIER_CHARACTERS_MAX, hand_on
from nets.planners import show


def make_env(*exchanges: tuple[str, str]) -> MemoryEnv:
    """A conversation with these questions and answers, and a further question."""
    env = MemoryEnv.begin("r", "net", "", "answer", exchanges[0][0] if exchanges else "And now?")
    for place, (_, answer) in enumerate(exchanges):
        env.add(ItemKind.THOUGHT, "Hm.")
        env.add(ItemKind.ANSWER, answer)
        following = exchanges[place + 1][0] if place + 1 < len(exchanges) else "And now?"
        env.update(Asked(f"r{place}", "answer", following))
    return env


def test_a_question_alone_is_handed_on_as_it_is() -> None:
    assert hand_on(make_env(), "And now?") == "And now?"


def test_what_a_person_has_said_comes_with_every_question() -> None:
    env = make_env()
    env.add(ItemKind.QUESTION, "Which?")
    env.add(ItemKind.REPLY, "The red one")
    assert hand_on(env, "Do a part.") == "Do a part.\n\nIt was asked: Which?\n\nA person has said: The red one"


def test_the_runs_own_question_comes_with_the_conversation_before_it() -> None:
    env = make_env(("The capital of France?", "Paris."), ("And of Italy?", "Rome."))
    assert hand_on(env, "And now?").splitlines()[2::2] == [
        "Earlier in this conversation the person asked: The capital of France?",
        "and the answer was: Paris.",
        "Earlier in this conversation the person asked: And of Italy?",
        "and the answer was: Rome.",
    ]
    for other in ("Do a part.", "And now? Do a part."):
        assert hand_on(env, other) == other


def test_what_was_said_to_an_earlier_question_does_not() -> None:
    env = make_env()
    env.add(ItemKind.REPLY, "The red one")
    env.update(Asked("r2", "answer", "And now?"))
    assert "red" not in hand_on(env, "Do a part.")


def test_of_a_long_conversation_only_the_end_comes() -> None:
    env = make_env(*((f"Question {number}?", "word " * 200) for number in range(50)))
    told = hand_on(env, "And now?")
    assert len(told) < EARLIER_CHARACTERS_MAX + 1000
    assert "Question 49?" in told
    assert "Question 1?" not in told


@pytest.mark.parametrize(
    "net", ["retry(react_brief)", "reflexion(react_brief)", "self_consistency(react_brief, samples=2)"]
)
async def test_who_tries_a_further_question_knows_the_one_before_it(net: str) -> None:
    def reply(messages: Sequence[Message]) -> str:
        return "Rome." if "Italy" in show(messages) and "capital" in show(messages) else "Paris."

    brain = Brain(net=net, model=ScriptedModel(reply), evaluator=lambda question, answer: True, store=MemoryStore())
    first = await brain.run("What is the capital of France?")
    second = await brain.run("And of Italy?", after=first.env, run_id="r2")
    assert (first.answer, second.answer) == ("Paris.", "Rome.")
    (await brain.replay("r2")).check()


@pytest.mark.parametrize(
    "executor",
    ["react_brief", "retry(react_brief)", "reflexion(react_brief)", "adapt", "ask(react_brief, max_questions=1)"],
)
async def test_what_an_executor_may_see_comes_through_nets_that_have_another_one_try(executor: str) -> None:
    def reply(messages: Sequence[Message]) -> str:
        last, shown = messages[-1]["content"], show(messages)
        for words, said in (
            ("Before you go on", "READY"),
            ("Write the plan", "1. Find the key\n2. Open the door"),
            ("Look at what came", "1. Open the door" if "open" not in shown else "ANSWER: It is open."),
        ):
            if words in last:
                return said
        if shown.count("Find the key") and "4711" not in shown:
            return "The key is 4711"
        return "The door is open" if "4711" in shown else "FAILED: no key"

    brain = Brain(f"plan_execute({executor})", model=ScriptedModel(reply), evaluator=lambda question, answer: True)
    result = await brain.run("Get in.", run_id="r")
    assert result.answer == "It is open."
    assert not any("FAILED" in item.text for item in result.env.log)
    (await brain.replay("r")).check()
