"""Questions with their answers: the offline model and the real built-in tools, over the text wire's format."""

import json
import re
from typing import Any

import pytest

from agent_brain.core.items import Message
from agent_brain.models.offline.model import write_reply
from agent_brain.tools.builtin import BUILTIN_TOOLS

STEPS_MAX = 30
BY_NAME = {tool.spec.name: tool for tool in BUILTIN_TOOLS}
SYSTEM = "Be helpful.\n\nTools, one a line:\n" + "\n".join(
    json.dumps({"name": s.name, "description": s.description, "parameters": s.parameters})
    for s in (tool.spec for tool in BUILTIN_TOOLS)
)
INSTRUCTION = "<instruction>\nAnswer the question.\n</instruction>"


def observe(action: dict[str, Any]) -> str:
    try:
        value, status = BY_NAME[action["name"]](**action["args"]), "finished"
    except ValueError as error:
        value, status = str(error), "failed"
    text = value if isinstance(value, str) else json.dumps(value)
    return f'<observation tool="{action["name"]}" status="{status}">\n{text}\n</observation>'


def converse(messages: list[Message], question: str) -> str:
    """Add a question and everything that follows from it to the messages; the answer."""
    messages.append({"role": "user", "content": question})
    for _ in range(STEPS_MAX):
        thought = write_reply(messages)
        messages.append({"role": "assistant", "content": thought})
        fence = re.search(r"```json\n(.*)\n```", thought)
        if fence is None:
            answer = write_reply([*messages, {"role": "user", "content": INSTRUCTION}])
            messages[-1]["content"] += f"\n\n{answer}"
            return answer
        messages.append({"role": "user", "content": observe(json.loads(fence[1]))})
    raise AssertionError("the model never came to an end")


def ask(question: str) -> str:
    return converse([{"role": "system", "content": SYSTEM}], question)


QUESTIONS = {
    # arithmetic
    "What is 2 + 3?": "5",
    "what is (3+4)*5 / 7": "5",
    "What is 0.1 + 0.2?": "0.3",
    "square root of 144 plus 5": "17",
    "the larger of 17*3 and 50": "51",
    "What's the smaller of 17*3 and 50?": "50",
    "sum the digits of 2 to the power 15": "26",
    "What is the sum of the digits of 2**15?": "26",
    "What is 15% of 240?": "36",
    "What is 20% off 50?": "40",
    "Increase 200 by 15%": "230",
    "how much is seven times eight?": "56",
    "What is two hundred and five minus twenty-one?": "184",
    "What is the average of 3, 4 and 8?": "5",
    "Add 3, 4 and 5, then divide by 2.": "6",
    "multiply 6 by 7": "42",
    "Subtract 5 from 12 and double it": "14",
    "What is 10 / 3, then multiply it by 3": "10",
    "What is 17 mod 5?": "2",
    "What is the remainder when 17 is divided by 5?": "2",
    "What is 5!?": "120",
    "factorial of 6": "720",
    "gcd of 12 and 18": "6",
    "What is the least common multiple of 4, 6 and 10?": "60",
    "round 3.14159 to 2 decimal places": "3.14",
    "What is 1,234 + 1?": "1235",
    "half of 90": "45",
    "3 squared plus 4 squared": "25",
    "add 2 and 3 squared": "11",
    "(2 + 3) squared": "25",
    "What is 2**10? Reverse it.": "4201",
    "-2 squared": "-4",
    "What is -5 + 3 * -2?": "-11",
    "2 × 3 ÷ 4": "1.5",
    "What is max(100,200) + 1": "201",
    "Compute 12 * 12; then add 6; then take the square root of it; round it to 2 decimals.": "12.25",
    "What is 3 plus 4, and what is 5 times 6? Add them together.": "37",
    "Compute 3*4. Compute 5*6. Multiply the first result by the second result.": "360",
    "What is the difference between 3 and 10?": "7",
    "a dozen times three": "36",
    "What is 100 divided by 7 rounded to 2 decimal places?": "14.29",
    "Which is bigger, 2**10 or 1000?": "1024",
    "√16": "4",
    "√(9 + 16)": "5",
    "√ 9 + 16": "19",
    "√2 * √2": "2",
    "∛27": "3",
    "What is 2+3 😀?": "5",
    "200 plus 5%": "210",
    "200 - 10%": "180",
    "£100 - 10%": "90",
    "Add 20% to 50": "60",
    "Subtract 20% from 50": "40",
    "Take 10% off 80": "72",
    "5% of 200 plus 5%": "10.5",
    "five and a half plus one": "6.5",
    "What is 2+3, minus 4?": "1",
    "sum of 3,4,5": "12",
    "17 mod -3": "-1",
    "Which is bigger, 50 or 17*3?": "51",
    "the larger of 50 and 17 * 3": "51",
    "subtract 5 from 3 * 4": "7",
    "add 5 to 3*4": "17",
    "square root of 9+16": "5",
    "15% of 200+40": "36",
    "(the sum of 3 and 4) times 2": "14",
    "sum of digits of 12+34": "10",
    "How many digits are in 2**100?": "31",
    "How many digits are in 'a1b2'?": "2",
    "What is 2+2? Thanks!": "4",
    # dates
    "How many days are between 2024-01-01 and 2024-12-25?": "359",
    "What is 15% of the number of days between 2024-01-01 and 2024-12-25?": "53.85",
    "How many letters are in the weekday of 14 March 2026, times 7?": "56",
    "What weekday is 100 days after 1 May 2025 and how many letters does it have?": "8",
    "is 2028 a leap year?": "Yes",
    "Is 1900 a leap year?": "No",
    "What day of the week was July 20, 1969?": "Sunday",
    "On what weekday does 2026-12-24 fall?": "Thursday",
    "What date is 3 weeks before March 14, 2026?": "2026-02-21",
    "What is the date 2 months after 31 December 2025?": "2026-02-28",
    "How many days are in February 2028?": "29",
    "how many days does the year 2024 have?": "366",
    "What day of the year is 2026-03-14?": "73",
    "Which week is 2026-03-14 in?": "11",
    "Which letter is third in the name of the month of 2026-03-14?": "r",
    "Add 10 days to 2024-02-25, then tell me its weekday.": "Wednesday",
    "How many weeks are there between 2024-01-01 and 2024-01-29?": "4",
    "What is the weekday of 29 February 2024, reversed?": "yadsruhT",
    "What is the next day after 2024-02-28?": "2024-02-29",
    "What is the square root of the number of days between 2024-01-01 and 2024-12-25, rounded to 3 decimals?": "18.947",
    "How many hours are there between 2024-01-01 and 2024-01-03?": "48",
    "How many days between 25 Dec 2024 and 1 Jan 2024": "359",
    "1 May 2025 minus 3 days": "2025-04-28",
    # text
    "Reverse 'stressed' and count its vowels": "2",
    "How many r's are in strawberry?": "3",
    "How many letters are in the word twelve?": "6",
    "count the vowels in banana": "3",
    "What is the third letter of 'planet'?": "a",
    "What is the last letter of Wednesday?": "y",
    "Spell 'drawer' backwards": "reward",
    "Write 'hello world' in uppercase": "HELLO WORLD",
    "How many words are in 'to be or not to be'? Square it.": "36",
    "How many times does 's' occur in 'mississippi'?": "4",
    "sort the letters of 'cab'": "abc",
    "How long is 'hello world'?": "11",
    "Reverse the word 'desserts', then put it in capitals, then tell me its first letter.": "S",
    "What is the number of letters in 'encyclopedia' plus the number of vowels in 'banana'?": "15",
    'vowels in "naïve café"': "5",
    'Sort the words "pear apple fig" alphabetically': "apple fig pear",
    "reverse the word hello": "olleh",
    "How many digits are in one million?": "7",
    # units
    "-40 F in C": "-40 °C",
    "minus 40 F in C": "-40 °C",
    "2 * 10 km in miles": "12.4274238447467 mi",
    "one and a half hours in minutes": "90 min",
    "Convert 10 miles to km, then multiply it by 3 and add 2": "50.28032",
    "how many hours are 3 days?": "72 h",
    "What is 100 degrees fahrenheit in celsius?": "37.7777777777778 °C",
    "convert -40 °C to °F": "-40 °F",
    "How many minutes are in 2.5 hours?": "150 min",
    "Convert 90 km/h to m/s": "25 m/s",
    "Convert 5 kg to pounds and round it to 1 decimal": "11",
    "Convert 26.2 miles to km, then convert it back to miles": "26.2 mi",
    "how many seconds are in a week?": "604800 s",
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_gets_its_answer(question: str) -> None:
    first = ask(question).splitlines()[0]
    value = re.fullmatch(r"(?:The answer is )?(.*)\.", first, re.DOTALL)
    assert value is not None
    assert value[1] == QUESTIONS[question]


DECLINED = [
    # signs and numbers that are not known
    "∑ 5", "|-5|", "¬5", "⌊3.7⌋", "2² + 3", "½ + 1", "5' + 3'", "sin(30°)", "sin(90)", "£5 + €3",
    "3,5 + 1", "1,5 * 2", "1.000,5 + 1", "1..2 + 3", "0x10 + 1", "1/2/2024", "12-25-2024", "10:30 + 0:45",
    # half of a question
    "1 May 2025 plus 2 months and 3 days", "2 years, 3 months after 2024-01-31", "72 kg to pounds and ounces",
    "What is 3 weeks and 2 days after 2024-01-01?", "How many hours are in 3 days and 4 hours",
    "two and two", "five and a third plus one", "3,1,2 + 1",
    "What is 100 increased by 10% and then decreased by a bit?", "Sort the numbers 3, 1, 2",
    # nouns that are no text
    "How many letters are in the alphabet?", "How many letters are in the English alphabet?",
    "How many words are in the dictionary?", "Reverse the alphabet", "How many words are in Hamlet?",
    "How many digits are in pi?", "How long is February?", "How many letters are in my name?", "Reverse hello world",
    "sort 'one two'", "count letters of hello and reverse it", "how many cm in an inch and in a foot",
    "square 5 km in m", "How many letters are in the weekday of 1 May 2025, reversed?",
    # units
    "10 + 5 km in miles", "10 km in inches squared", "-500 C in K", "How many days are in a year?", "1 ton in kg",
    "1 + 100 - 10%", "log(100)",
    # which part belongs to which
    "What is the sum of 1 and 2 plus the sum of 3 and 4?", "sum of 3,4,5 plus 1",
    "the sum of 3 and 4 times 2", "average of 2 and 4 plus 1", "sum of digits of 12 + 34", "sum of the digits of 1/3",
    "reverse 1/3", "How many letters are in 12?",
]  # fmt: skip


@pytest.mark.parametrize("question", DECLINED)
def test_what_could_mean_something_else_is_declined(question: str) -> None:
    assert ask(question).startswith(("I cannot answer that", "I could not work this out"))


@pytest.mark.parametrize(
    ("questions", "answer"),
    [
        (("What is 3+4?", "and minus 5?"), "The answer is 2."),
        (("What is 3+4?", "add 10%"), "The answer is 7.7."),
        (("15% of 240?", "and 20%?"), "I cannot answer that."),
        (("What is 3+4?", "and times 2", "add the first answer and the second"), "I cannot answer that."),
    ],
)
def test_a_later_question_goes_on_from_the_earlier_answer_or_is_declined(
    questions: tuple[str, ...], answer: str
) -> None:
    messages: list[Message] = [{"role": "system", "content": SYSTEM}]
    assert [converse(messages, question) for question in questions][-1].startswith(answer)
