"""A real server whose template opens a thought: llama.cpp sends it apart, and takes it back with its calls."""

import asyncio
import json
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import FaultKind
from agent_brain.core.records import Status
from agent_brain.engine.limits import Limits
from agent_brain.engine.result import Result
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.profiles import PROFILES
from agent_brain.models.sent_back import SentBack
from agent_brain.nets.speaking import SpeakingState
from counterparts.llama_server import SLOTS, run_server
from counterparts.tiny_model import THINKING_TEMPLATE, write_model
from test_llamacpp import add, length_of

SEEDS = 24


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("llama-thinking")
    write_model(folder / "tiny.gguf", template=THINKING_TEMPLATE)
    with run_server(folder / "tiny.gguf", folder / "server.log") as address:
        yield address


def show_prompt(address: str, messages: Sequence[Mapping[str, Any]]) -> str:
    """What the server's template makes of messages."""
    body = json.dumps({"messages": list(messages)}).encode()
    request = urllib.request.Request(f"{address}/apply-template", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as reply:
        return str(json.load(reply)["prompt"])


async def test_thoughts_are_kept_and_the_server_takes_them_back(address: str) -> None:
    places = asyncio.Semaphore(SLOTS)

    async def run(seed: int) -> tuple[Result, int, str]:
        """A run, the steps of a reply to all that it would be shown next, and the prompt made of that."""
        options = {"seed": seed, "max_tokens": 64}
        model = OpenAIChat("tiny", base_url=f"{address}/v1", api_key="none", options=options, profile="llama.cpp")
        brain = Brain(model=model, tools=[add, length_of], wire="native", limits=Limits(model_calls=4))
        async with places, brain:
            result = await brain.run(f"How long is the word for {seed} + 3?")
            state = brain.net["reasoning"]
            assert isinstance(state, SpeakingState)
            messages = state.get_messages(result.env)
            async with aclosing(model.stream(messages)) as steps:
                count = len([step async for step in steps])
            shown = SentBack(PROFILES["llama.cpp"], "llama.cpp/tiny").show(messages)
            return result, count, await asyncio.to_thread(show_prompt, address, shown)

    found = await asyncio.gather(*map(run, range(SEEDS)))
    assert all(count for _, count, _ in found)
    failed = [result.error for result, _, _ in found if result.status is Status.FAILED]
    assert all(isinstance(error, ModelError) and error.kind is ModelErrorKind.EMPTY for error in failed)
    led = [
        (thought.reasoning.strip(), prompt)
        for result, _, prompt in found
        for thought, action in zip(result.env.log, result.env.log[1:], strict=False)
        if action.outcome and action.outcome.fault is not FaultKind.UNKNOWN_TOOL and thought.reasoning.strip()
    ]
    assert len(led) > SEEDS / 4
    assert [thought for thought, prompt in led if f"<think>\n{thought}" not in prompt] == []
