"""A real server that refuses what is too long: llama.cpp's, with a small context and a tokenizer of single letters."""

from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.events import Ended, Event, Retracted
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Fitted, Refused, Status
from agent_brain.engine.replay import replay_stored
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.scripted import ScriptedModel
from counterparts.llama_server import SLOT_TOKENS, run_server
from counterparts.tiny_model import write_model

QUESTIONS = [f"Question {number}: " + "what is said of the old harbour, and by whom? " * 20 for number in range(7)]
"""Each is about a fifth of the context: the server's tokens are letters."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("llama")
    write_model(folder / "tiny.gguf")
    with run_server(folder / "tiny.gguf", folder / "server.log") as address:
        yield address


def make_brain(address: str, memory: str = "messages", context_tokens: int | None = None) -> Brain:
    options = {"seed": 3, "max_tokens": 24}
    model = OpenAIChat("tiny-random", base_url=f"{address}/v1", api_key="none", options=options)
    return Brain("react_brief", memory, model=model, context_tokens=context_tokens)


async def converse(brain: Brain) -> tuple[list[Event], list[Ended]]:
    """All questions in one conversation, as far as it goes."""
    events: list[Event] = []
    ends: list[Ended] = []
    env: MemoryEnv | None = None
    async with brain:
        for question in QUESTIONS:
            async with aclosing(brain.stream(question, after=env)) as stream:
                found = [event async for event in stream]
            ends.append(next(event for event in found if isinstance(event, Ended)))
            events += found
            env = ends[-1].env
            if ends[-1].status is Status.FAILED:
                break
    return events, ends


def pick(events: list[Event], kind: type) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


async def test_a_refusal_teaches_the_window_and_the_conversation_goes_on(address: str) -> None:
    brain = make_brain(address)

    events, ends = await converse(brain)

    assert [end.status for end in ends] == [Status.ANSWERED] * len(QUESTIONS), ends[-1].error
    refused = [event for event in events if isinstance(event, Refused)]
    assert [record.window for record in refused] == [SLOT_TOKENS]
    assert refused[0].told[1] is not None
    assert refused[0].told[1] > SLOT_TOKENS
    assert pick(events, Fitted)
    retracted = [event.reason for event in events if isinstance(event, Retracted) and "context" in event.reason]
    assert len(retracted) == 1
    assert "not shown any more" in retracted[0]
    silent = Brain("react_brief", model=ScriptedModel([], name="tiny-random"))
    for end in ends:
        (await replay_stored(brain.store, end.run_id, silent)).check()


async def test_a_window_that_is_told_keeps_the_server_from_refusing(address: str) -> None:
    events, ends = await converse(make_brain(address, context_tokens=SLOT_TOKENS // 2))

    assert {end.status for end in ends} == {Status.ANSWERED}
    assert not pick(events, Refused)
    fitted = [event for event in events if isinstance(event, Fitted)]
    assert fitted
    assert all(fit.after <= fit.budget for fit in fitted)


async def test_a_memory_that_drops_nothing_ends_with_an_error_that_tells_both_sizes(address: str) -> None:
    events, ends = await converse(make_brain(address, memory="whole"))

    error = ends[-1].error
    assert isinstance(error, ModelError)
    assert error.kind is ModelErrorKind.CONTEXT_LENGTH
    assert f"{SLOT_TOKENS:,} tokens" in str(error)
    assert "context_tokens" in str(error)
    assert len(pick(events, Refused)) == 1
