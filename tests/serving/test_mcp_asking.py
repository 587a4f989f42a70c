"""What a served run waits for is asked of the client's person, in either era; HTTP may want to know who asks."""

import asyncio
import os
import socket
import subprocess
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.session import ClientRequestContext
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.request_state import InvalidRequestState
from mcp_types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult

from agent_brain.brain import Brain
from agent_brain.core.errors import RunError
from agent_brain.core.pauses import Pause, PauseKind
from agent_brain.core.records import Status
from agent_brain.models.scripted import ScriptedModel
from agent_brain.serving.mcp import make_server
from agent_brain.serving.mcp_forms import make_form, read_replies
from agent_brain.serving.run_names import PlainCodec
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.asking import ask_person
from agent_brain.tools.function_tool import tool
from agent_brain.tools.mcp.auth import BearerToken
from agent_brain.tools.mcp.server import McpServer
from tools.mcp.guarded import listening
from tools.mcp.serving import find_free_port, observe, opened, until, wait_for_port

COMMAND = str(Path(sys.executable).with_name("agent-brain"))
SEND = '{"name": "send", "args": {}}'
WAIT = '{"name": "wait", "args": {}}'
CALL = '{"name": "ask", "args": {"question": "Send it."}}'
ASK = '{"name": "ask_person", "args": {"question": "Which colour?"}}'
ERAS: list[Literal["auto", "legacy"]] = ["auto", "legacy"]


@tool(needs_approval=True)
def send() -> str:
    """Send it."""
    return "sent"


@tool
async def wait() -> str:
    """Wait for very long."""
    await asyncio.sleep(3600)
    return "done"


SERVED = f"""
import asyncio
from agent_brain import Brain, ScriptedModel, tool
from agent_brain.serving.mcp import make_server

@tool(needs_approval=True)
def send() -> str:
    return "sent"

brain = Brain(model=ScriptedModel([{SEND!r}, "It is sent.", "Sent."]), tools=[send])
asyncio.run(make_server(brain).run_stdio_async())
"""


class Person:
    """Says the same to each form, and remembers what was asked."""

    def __init__(self, action: Literal["accept", "decline", "cancel"], **content: Any) -> None:
        self.result = ElicitResult(action=action, content=content or None)
        self.asked: list[str] = []

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        self.asked.append(params.message)
        return self.result


@asynccontextmanager
async def serving(person: Person, mode: Any, *script: str) -> AsyncGenerator[tuple[Client, Brain], None]:
    async with (
        Brain(model=ScriptedModel(script), tools=[send, ask_person], store=MemoryStore()) as brain,
        Client(make_server(brain), mode=mode, elicitation_callback=person) as client,
    ):
        yield client, brain


@pytest.mark.parametrize("mode", ERAS)
async def test_a_person_allows_an_action(mode: str) -> None:
    person = Person("accept", approve=True)
    async with serving(person, mode, SEND, "It is sent.", "Sent.") as (client, brain):
        done = await client.call_tool("ask", {"question": "Send it."})
        [run] = await brain.store.list_runs()
        env = await brain.load(run.run_id)

    assert person.asked == ["May it run send()?"]
    assert done.structured_content is not None
    assert done.structured_content["answer"] == "Sent."
    assert [item.outcome.text for item in env.log if item.outcome] == ["sent"]


@pytest.mark.parametrize("mode", ERAS)
async def test_a_person_allows_it_over_pipes(mode: Literal["auto", "legacy"], tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text(SERVED)
    person = Person("accept", approve=True)
    pipes = stdio_client(StdioServerParameters(command=sys.executable, args=[str(tmp_path / "served.py")]))
    async with Client(pipes, mode=mode, elicitation_callback=person) as client:
        done = await client.call_tool("ask", {"question": "Send it."})

    assert person.asked == ["May it run send()?"]
    assert [block.text for block in done.content if block.type == "text"] == ["Sent."]


@pytest.mark.parametrize("mode", ERAS)
async def test_a_person_allows_it_over_http_and_leaving_stops_the_run(mode: Literal["auto", "legacy"]) -> None:
    person, store = Person("accept", approve=True), MemoryStore()
    model = ScriptedModel([SEND, "It is sent.", "Sent.", WAIT])
    async with (
        Brain(model=model, tools=[send, wait], store=store) as brain,
        listening(make_server(brain).streamable_http_app()) as url,
        Client(streamable_http_client(f"{url}/mcp"), mode=mode, elicitation_callback=person) as client,
    ):
        done = await client.call_tool("ask", {"question": "Send it."})
        asking = asyncio.create_task(client.call_tool("ask", {"question": "Wait."}))
        await until(partial(has_statuses, store, Status.ANSWERED, Status.RUNNING))
        asking.cancel()
        await asyncio.wait({asking})
        await until(partial(has_statuses, store, Status.ANSWERED, Status.STOPPED))

    assert [block.text for block in done.content if block.type == "text"] == ["Sent."]


@asynccontextmanager
async def asking_another(
    served: MemoryStore, inner: list[str], asking: MemoryStore, outer: list[str]
) -> AsyncGenerator[Brain, None]:
    async with (
        Brain(model=ScriptedModel(inner), tools=[send], store=served) as brain,
        listening(make_server(brain).streamable_http_app()) as url,
        Brain(model=ScriptedModel(outer), tools=[McpServer(f"{url}/mcp", name="it")], store=asking) as asker,
    ):
        yield asker


async def test_a_person_replies_when_another_server_is_there() -> None:
    served, asking = MemoryStore(), MemoryStore()
    async with asking_another(served, [SEND], asking, [CALL]) as asker:
        [pause] = (await asker.run("Have it sent.", run_id="r")).pauses
    async with asking_another(served, ["It is sent.", "Sent."], asking, ["It says so.", "It was sent."]) as asker:
        result = await asker.go_on("r", {pause.pause_id: {"approve": True}})

    assert result.answer == "It was sent."
    assert [item.outcome.text.splitlines()[0] for item in result.env.log if item.outcome] == ["Sent."]


def test_what_is_no_run_name_of_ours_is_refused() -> None:
    with pytest.raises(InvalidRequestState):
        PlainCodec().unseal("no base64")


async def has_statuses(store: MemoryStore, *wanted: Status) -> bool:
    return sorted(run.status for run in await store.list_runs()) == sorted(wanted)


@pytest.mark.parametrize("mode", ERAS)
async def test_a_person_who_declines_has_refused(mode: str) -> None:
    person = Person("decline")
    async with serving(person, mode, SEND, "It was refused.", "Not sent.") as (client, _):
        done = await client.call_tool("ask", {"question": "Send it."})

    assert done.structured_content is not None
    assert done.structured_content["answer"] == "Not sent."


@pytest.mark.parametrize("mode", ERAS)
async def test_a_person_who_leaves_it_open_can_be_replied_for_later(mode: str) -> None:
    async with serving(Person("cancel"), mode, SEND, "It is sent.", "Sent.") as (client, _):
        waiting = (await client.call_tool("ask", {"question": "Send it."})).structured_content
        assert waiting is not None
        assert (waiting["status"], [asked["id"] for asked in waiting["questions"]]) == ("waiting", ["q1"])

        done = await client.call_tool("reply", {"run_id": waiting["run_id"], "replies": {"q1": True}})

    assert done.structured_content is not None
    assert done.structured_content["status"] == "answered"


@pytest.mark.parametrize("mode", ERAS)
async def test_a_question_is_answered_in_words(mode: str) -> None:
    person = Person("accept", reply="blue")
    async with serving(person, mode, ASK, "Blue.", "It is blue.") as (client, brain):
        await client.call_tool("ask", {"question": "Paint it."})
        [run] = await brain.store.list_runs()
        env = await brain.load(run.run_id)

    assert person.asked == ["Which colour?"]
    assert (run.status, [item.outcome.text for item in env.log if item.outcome]) == (Status.ANSWERED, ["blue"])


@pytest.mark.parametrize(
    ("pause", "content", "reply"),
    [
        (Pause("q", PauseKind.QUESTION, "?", wanted={"type": "integer"}), {"reply": 3}, 3),
        (Pause("q", PauseKind.QUESTION, "?", wanted={"properties": {"a": {"type": "string"}}}), {"a": "x"}, {"a": "x"}),
        (Pause("q", PauseKind.BUDGET, "?"), {"reply": 2.5}, 2.5),
        (Pause("q", PauseKind.DOUBT, "?"), {"approve": False, "reason": "no"}, {"approve": False, "reason": "no"}),
    ],
)
def test_every_kind_of_pause_has_its_form(pause: Pause, content: Any, reply: Any) -> None:
    form = make_form(pause)

    assert isinstance(form, ElicitRequestFormParams)
    assert content.keys() <= form.requested_schema["properties"].keys()
    assert read_replies([pause], {"q": ElicitResult(action="accept", content=content)}) == {"q": reply}


def test_what_no_form_can_ask_is_not_asked() -> None:
    nested = {"type": "object", "properties": {"a": {"type": "object"}}}
    assert make_form(Pause("q", PauseKind.QUESTION, "?", wanted=nested)) is None
    assert make_form(Pause("q", PauseKind.QUESTION, "?", wanted={"type": "array"})) is None


async def test_who_shows_no_token_is_not_let_in() -> None:
    port = find_free_port()
    flags = ("mcp", "--model", "offline", "--no-journal", "--port", str(port), "--token-variable", "TOKEN_OF_IT")
    process = await create_subprocess_exec(
        COMMAND, *flags, env={**os.environ, "TOKEN_OF_IT": "t-of-the-agent"}, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        await wait_for_port(port, process)
        server = McpServer(url=f"http://127.0.0.1:{port}/mcp", auth=BearerToken("t-of-the-agent"))
        async with opened(server) as box:
            assert "5" in (await observe(box, "ask", question="What is 2 + 3?")).text
        with pytest.raises(RunError, match="HTTP 401"):
            async with opened(McpServer(url=server.url, auth=BearerToken("t-of-somebody"))):
                pass
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--host", "0.0.0.0"), "--host 0.0.0.0 can be reached from elsewhere; wanted --token-variable too"),
        (("--token-variable", "NOT_SET_AT_ALL"), "the variable NOT_SET_AT_ALL is not set, or empty"),
    ],
)
def test_what_would_let_everybody_in_is_refused(flags: tuple[str, ...], said: str) -> None:
    done = subprocess.run(
        [COMMAND, "mcp", "--model", "offline", "--port", "1", *flags], capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert said in " ".join(done.stderr.split())


def test_a_port_that_is_taken_is_told_before_anything_is_served() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [COMMAND, "mcp", "--model", "offline", "--no-journal", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert f"error: http://127.0.0.1:{port} cannot be served: Address already in use" in done.stderr
    assert "serving" not in done.stderr
