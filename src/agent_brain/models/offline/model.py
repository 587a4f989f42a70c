"""`OfflineModel`: the embedded default, a deterministic stand-in that plans questions over the tools it is told of."""

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from agent_brain.core.answer_type import ReplyForm
from agent_brain.core.chat import Again, Delta
from agent_brain.core.items import Message
from agent_brain.core.usage import Usage, estimate_tokens
from agent_brain.models.offline.execution import follow
from agent_brain.models.offline.plan import Literal, Node
from agent_brain.models.offline.planner import make_plan
from agent_brain.models.offline.transcript import Transcript, read_transcript
from agent_brain.models.offline.values import CANNOT, write_value
from agent_brain.models.offline.writer import write_answer, write_thought

EARLIER_TURNS_MAX = 8
"""Earlier questions of a conversation that a question may refer to."""

_PIECES = re.compile(r"\S+\s*|\s+")


class OfflineModel:
    """Built-in rules, no language model: a pure function of the messages, good for any number of runs at once.

    It reads tools, questions and observations from the text wire, plans a question as steps over those tools, asks
    for one action at a time, and answers from the observations. It knows arithmetic, dates, letters and units through
    the built-in tools, calls any other tool that a question names with values for it, and says so where it cannot.
    """

    @property
    def name(self) -> str:
        """`offline`."""
        return "offline"

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
        """Stream a thought with the next action, or, where the last message ends in an instruction, an answer."""
        async with aclosing(_say(messages, write_reply(messages))) as deltas:
            async for delta in deltas:
                yield delta

    async def stream_form(
        self, messages: Sequence[Message], form: ReplyForm, tools: Sequence[Mapping[str, Any]] = ()
    ) -> AsyncGenerator[Delta | Again, None]:
        """As `stream`; an answer is a value of this form where that is a plain one, or says what it can be."""
        async with aclosing(_say(messages, write_reply(messages, form))) as deltas:
            async for delta in deltas:
                yield delta


async def _say(messages: Sequence[Message], text: str) -> AsyncGenerator[Delta, None]:
    """Stream a reply word by word, and what it has taken."""
    for piece in _PIECES.findall(text):
        yield Delta(text=piece)
    asked = estimate_tokens(sum(len(message.get("content") or "") for message in messages))
    said = estimate_tokens(len(text))
    yield Delta(finish="stop", usage=Usage(input_tokens=asked, output_tokens=said, estimated_tokens=asked + said))


def write_reply(messages: Sequence[Message], form: ReplyForm | None = None) -> str:
    """The whole reply to these messages, as a value of the form where one is wanted."""
    transcript = read_transcript(messages)
    turn = transcript.turns[-1]
    plan = make_plan(turn.question, transcript.cards, _collect_earlier(transcript))
    progress = follow(plan, transcript.cards, turn.attempts)
    if transcript.is_instructed and form is not None:
        value = write_value(form.schema, progress.results)
        return value or f"{write_answer(plan, progress, transcript.cards)}\n{CANNOT}"
    if transcript.is_instructed:
        return write_answer(plan, progress, transcript.cards)
    return write_thought(plan, progress, is_first=not turn.said)


def _collect_earlier(transcript: Transcript) -> list[Node]:
    """The values of the conversation's earlier questions, from the observations that were made for them."""
    earlier: list[Node] = []
    for turn in transcript.turns[-1 - EARLIER_TURNS_MAX : -1]:
        progress = follow(make_plan(turn.question, transcript.cards, earlier), transcript.cards, turn.attempts)
        values = [result.value for result in progress.results if result.value is not None]
        earlier.extend(Literal(value) for value in values[-1:])
    return earlier
