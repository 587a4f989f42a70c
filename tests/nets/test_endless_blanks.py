"""A reply that goes on for ever with blanks and marks is read as fast as any other one."""

import time
from collections.abc import Callable

import pytest

from agent_brain.nets.adapt import _ANY
from agent_brain.nets.ask import read_question
from agent_brain.nets.budget_forcing import find_answer
from agent_brain.nets.joining import read_join
from agent_brain.nets.plan import read_answer, read_steps
from agent_brain.nets.plan_text import COMPILER, REWOO, read_calls
from agent_brain.nets.refining import read_score

LENGTH = 50_000
SECONDS = 5.0
BLANKS = ["\n", " ", "\n ", "*", "_", "`\n", "- "]
BEGINNINGS = ["", "1. a", "1.", "#E1 = a", "plan"]
READERS: dict[str, Callable[[str], object]] = {
    "a plan of rewoo": lambda text: read_calls(f"{text}#E1 = add[1]", (), REWOO),
    "a plan of llm_compiler": lambda text: read_calls(text, (), COMPILER),
    "whether any step is enough": _ANY.search,
    "steps": read_steps,
    "an answer in place of steps": read_answer,
    "a question to a person": read_question,
    "the answer of a thought": find_answer,
    "what joins": read_join,
    "a score": read_score,
}


@pytest.mark.parametrize("reader", READERS)
def test_no_reply_of_blanks_and_marks_keeps_a_reader_at_work(reader: str) -> None:
    began = time.process_time()
    for beginning in BEGINNINGS:
        for blank in BLANKS:
            READERS[reader](f"{beginning}{blank * (LENGTH // len(blank))}x")
    assert time.process_time() - began < SECONDS
