"""What the player of the gold chains learns from a request, as the text wire writes it."""

from agent_brain.core.items import Action, FaultKind, ItemKind, Observation, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.wires.text import TextWire
from counterparts.transcript import Transcript, read_transcript


def read(env: MemoryEnv, directive: str = "") -> Transcript:
    messages = TextWire().get_messages("Be brief.", env.log, (), directive)
    return read_transcript([{"role": message["role"], "content": message["content"]} for message in messages])


def begin() -> MemoryEnv:
    return MemoryEnv.begin("r", "react", "f", "reasoning", "What is 2 + 3?")


def test_a_first_request_is_the_question() -> None:
    assert read(begin()) == Transcript("What is 2 + 3?", [], False, False)


def test_a_directive_at_the_end_asks_for_the_answer() -> None:
    assert read(begin(), "Answer.") == Transcript("What is 2 + 3?", [], False, True)


def test_a_log_that_ends_in_a_thought_does_not_ask_for_the_answer() -> None:
    env = begin()
    env.add(ItemKind.THOUGHT, "I wonder.")
    assert not read(env).is_asked_to_answer


def test_results_and_refusals_are_told_apart() -> None:
    env = begin()
    env.fault(FaultKind.EMPTY, "Your reply was empty.")
    assert read(env) == Transcript("What is 2 + 3?", [], True, False)
    action = Action(name="add", args={"a": 2})
    env.finish_action(env.start_action(action), Observation("b is missing", OutcomeStatus.FAILED))
    assert read(env) == Transcript("What is 2 + 3?", [], True, False)
    env.finish_action(env.start_action(action), Observation("5\nin all"))
    assert read(env) == Transcript("What is 2 + 3?", ["5\nin all"], False, False)
