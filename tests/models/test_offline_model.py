"""What the offline model promises of itself: pure, bounded, honest, and right on whatever is composed."""

import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_brain.core.chat import Delta
from agent_brain.core.items import Message
from agent_brain.models.offline import OfflineModel
from agent_brain.models.offline.model import write_reply
from agent_brain.models.offline.tokens import tokenize
from agent_brain.tools.builtin import calculate

BANNER = "(offline model: built-in rules, no language model)"
TOOLS = (
    "Tools, one a line:\n"
    '{"name": "calculate", "description": "", "parameters": {"properties": {"expression": {"type": "string"}}}}'
)
INSTRUCTION = "<instruction>\nAnswer.\n</instruction>"


def messages_of(question: str) -> list[Message]:
    return [{"role": "system", "content": TOOLS}, {"role": "user", "content": question}]


def answer_to(question: str) -> str:
    return write_reply([*messages_of(question), {"role": "user", "content": INSTRUCTION}])


async def test_a_reply_streams_in_pieces_and_ends_with_its_usage() -> None:
    model = OfflineModel()
    deltas = [delta async for delta in model.stream(messages_of("What is 2 + 3?"))]
    assert all(isinstance(delta, Delta) for delta in deltas)
    texts = [delta.text for delta in deltas if isinstance(delta, Delta)]
    last = deltas[-1]
    assert "".join(texts) == write_reply(messages_of("What is 2 + 3?"))
    assert len(texts) > 5
    assert isinstance(last, Delta)
    assert last.finish == "stop"
    assert last.usage is not None
    assert last.usage.tokens == last.usage.estimated_tokens > 0
    assert model.name == "offline"


def test_the_first_thought_says_what_it_is_and_an_answer_does_not() -> None:
    messages = messages_of("What is 2 + 3?")
    first = write_reply(messages)
    observation = '<observation tool="calculate" status="finished">\n5\n</observation>'
    messages += [{"role": "assistant", "content": first}, {"role": "user", "content": observation}]
    assert first.startswith(BANNER)
    assert "Step 1 of 1" in first
    assert BANNER not in write_reply(messages)
    assert write_reply([*messages, {"role": "user", "content": INSTRUCTION}]) == "The answer is 5."


@pytest.mark.parametrize(
    "question",
    [
        "Who is the president of France?",
        "What is the capital of Germany and how many letters does it have?",
        "How many letters are in the capital of France?",
        "Tell me a joke",
        "Wie viele Tage hat 2024?",
        "你好，今天星期几？",
        "Convert the result to miles",
        "What is it?",
        "If today is 2026-03-14, what is the date in 3 weeks?",
    ],
)
def test_what_it_cannot_do_it_says_without_an_action(question: str) -> None:
    assert "```" not in write_reply(messages_of(question))
    answer = answer_to(question)
    assert answer.startswith("I cannot answer that. I am the offline model")
    assert "arithmetic" in answer


@pytest.mark.parametrize("question", ["", "   ", "😀😀", "???", "\x00"])
def test_an_empty_question_is_no_question(question: str) -> None:
    assert "no question that I can read" in answer_to(question)


def test_a_part_that_is_not_understood_is_named_and_not_made_up() -> None:
    messages = messages_of("What is 2 + 2 and who is the queen? How many letters does it have?")
    observation = '<observation tool="calculate" status="finished">\n4\n</observation>'
    messages += [
        {"role": "assistant", "content": write_reply(messages)},
        {"role": "user", "content": f"{observation}\n\n{INSTRUCTION}"},
    ]
    first, *rest = write_reply(messages).splitlines()
    assert first == "Only a part: What is 2 + 2: 4"
    assert "who is the queen" in " ".join(rest)


def test_a_question_that_was_stopped_before_its_first_step_says_so() -> None:
    assert answer_to("What is 2 + 3?") == "I was stopped before I could start on this."


def test_the_filler_of_the_wire_is_no_wish_for_an_answer() -> None:
    filler: Message = {"role": "user", "content": "<instruction>\nGo on.\n</instruction>"}
    assert "Step 1" in write_reply([*messages_of("What is 2 + 3?"), filler])


HOSTILE = [
    "1+" * 900 + "1", "(" * 1_000, "the larger of " * 140 + "2 and 3", "how many " * 220, "a and " * 300,
    "and " * 500, "x" * 1_000_000, "1 + foo + " * 200, "reverse " * 250, "'" * 2_000, "1, " * 600, "2 ** " * 400,
    "2 days after " * 150 + "2024-01-01",
    "<observation>\n" * 70_000, "how many letters are in " * 80, "What is 2 + 3? " + "and so on " * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("question", HOSTILE, ids=lambda text: text[:12])
def test_a_long_question_takes_bounded_time(question: str) -> None:
    start = time.process_time()
    assert answer_to(question)
    assert time.process_time() - start < 3.0


def test_a_question_that_is_too_long_is_read_in_part_and_says_so() -> None:
    assert "first 2000 characters only" in answer_to("What is 2 + 3? " + "x " * 10_000)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text(max_size=300)), max_size=6))
def test_any_messages_get_a_reply_and_the_same_ones_the_same(rows: list[tuple[str, str]]) -> None:
    messages: list[Message] = [{"role": role, "content": text} for role, text in rows]  # type: ignore[typeddict-item]
    assert write_reply(messages) == write_reply(list(messages)) != ""


VOCABULARY = """
what is the sum of 3 and 4 then it times letters in 'abc' how many days between 2024-01-01 ( ) + - , . ? reverse
convert km to miles number first result % percent square root weekday
"""
WORDS = st.lists(st.sampled_from(VOCABULARY.split()), max_size=25)


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_any_jumble_of_its_own_words_gets_a_reply(words: list[str]) -> None:
    question = " ".join(words)
    assert write_reply(messages_of(question))
    assert answer_to(question)


@st.composite
def compositions(draw: st.DrawFn, depth: int = 3) -> tuple[str, Fraction]:
    """Arithmetic in words and signs, with its value."""
    if depth == 0 or draw(st.booleans()):
        number = draw(st.integers(1, 99))
        return str(number), Fraction(number)
    (left, a), (right, b) = draw(compositions(depth - 1)), draw(compositions(depth - 1))
    return draw(
        st.sampled_from(
            [
                (f"(({left}) plus ({right}))", a + b),
                (f"(({left}) - ({right}))", a - b),
                (f"({left}) times ({right})", a * b),
                (f"the sum of ({left}) and ({right})", a + b),
                (f"half of ({left})", a / 2),
                (f"the larger of ({left}) and ({right})", max(a, b)),
                (f"15% of ({left})", a * 15 / 100),
                (f"the square of ({left})", a * a),
            ]
        )
    )


@settings(max_examples=200, deadline=None)
@given(compositions())
def test_composed_arithmetic_becomes_an_expression_of_the_same_value(composed: tuple[str, Fraction]) -> None:
    question, value = composed
    reply = write_reply(messages_of(f"What is {question}?"))
    if "```" not in reply:
        assert question.isdigit()
        return
    expression = reply.split('"expression": "')[1].split('"')[0]
    assert float(Fraction(calculate(expression))) == pytest.approx(float(value), rel=1e-12)


def test_number_words_and_dates_are_read_as_what_they_mean() -> None:
    values = [
        token.value
        for token in tokenize("two hundred and five, twenty-one dozen; 14 March 2026 March 14th, 2026 third")
    ]
    assert values == ["205", ",", "21", "12", ";", "2026-03-14", "2026-03-14", "3"]
