"""What a model on the text wire can learn from the messages that it is sent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from counterparts.rules import INSTRUCTION, strip_instruction

GO_ON = "Go on."
"""The directive of a request whose log ends in the model's own words."""
BLOCK = re.compile(
    r'^<observation tool="[^"]*" status="(?P<status>\w+)">\n(?P<result>.*?)\n</observation>$|^<correction>$',
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Transcript:
    """One request, understood."""

    question: str
    observations: Sequence[str]
    """Results of the actions that finished, in order."""
    is_corrected: bool
    """The last reply's action could not be carried out."""
    is_asked_to_answer: bool


def read_transcript(messages: Sequence[Mapping[str, str]]) -> Transcript:
    """Understand a request from its messages alone."""
    told = [message["content"] for message in messages if message["role"] == "user"]
    goal = strip_instruction(told[0])
    blocks = [block for text in told for block in BLOCK.finditer(text)]
    directive = INSTRUCTION.search(told[-1])
    return Transcript(
        question=goal[: first.start()].strip() if (first := BLOCK.search(goal)) else goal,
        observations=[block["result"] for block in blocks if block["status"] == "finished"],
        is_corrected=bool(blocks) and blocks[-1]["status"] != "finished",
        is_asked_to_answer=directive is not None and GO_ON not in directive.group(),
    )
