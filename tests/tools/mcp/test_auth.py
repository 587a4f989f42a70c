"""A server is told who asks: by tokens of others, of programs, and of people who log in once."""

import asyncio
import stat
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import RunError, SetupError, StoreError
from agent_brain.core.items import Observation
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.mcp.auth import Auth, BearerToken, ClientCredentials, OAuth
from agent_brain.tools.mcp.browser import visit_in_browser
from agent_brain.tools.mcp.server import McpServer
from agent_brain.tools.mcp.tokens import FileTokens, MemoryTokens
from tools.mcp.guarded import guarding
from tools.mcp.serving import find_free_port, observe, opened

CALL = '{"name": "whoami", "args": {}}'
SHOWN = Observation("Bearer [secret]")


class Person:
    """Agrees to everything, and counts how often they were asked."""

    def __init__(self, **changes: str) -> None:
        self.visits = 0
        self.changes = changes

    async def __call__(self, url: str, redirect_url: str) -> str:
        self.visits += 1
        async with httpx2.AsyncClient() as client:
            back = httpx2.URL((await client.get(url)).headers["location"])
        return str(back.copy_merge_params(self.changes))


def reach(url: str, auth: Auth | None = None, **options: Any) -> McpServer:
    return McpServer(url=f"{url}/mcp", auth=auth, name="guarded", **options)


async def test_a_token_of_somebody_else_is_shown_with_each_request() -> None:
    async with guarding() as guarded:
        guarded.valid = {"t-of-others"}
        async with opened(reach(guarded.url, BearerToken("t-of-others"))) as box:
            assert await observe(box, "whoami") == SHOWN


async def test_a_token_that_changes_is_asked_for_anew() -> None:
    async with guarding() as guarded:
        guarded.valid = {"t-first-one"}
        async with opened(reach(guarded.url, BearerToken(lambda: min(guarded.valid)))) as box:
            guarded.valid = {"t-second-one"}

            assert await observe(box, "whoami") == SHOWN


async def test_without_a_word_it_says_what_is_missing() -> None:
    async with guarding() as guarded:
        with pytest.raises(RunError, match=r"HTTP 401: it wants to know who asks; give it headers, or auth such as"):
            async with opened(reach(guarded.url)):
                pass


async def test_a_program_gets_tokens_for_its_secret() -> None:
    async with guarding() as guarded:
        auth = ClientCredentials("me", "my-own-secret", issuer=guarded.url)
        async with opened(reach(guarded.url, auth)) as box:
            assert await observe(box, "whoami") == SHOWN

    assert guarded.grants == ["client_credentials"]
    assert {"my-own-secret", "t-token-1"} <= set(auth.secrets)


async def test_credentials_are_sent_to_no_other_issuer() -> None:
    async with guarding() as guarded:
        with pytest.raises(RunError, match="issuer"):
            async with opened(reach(guarded.url, ClientCredentials("me", "my-secret", issuer="http://127.0.0.1:1"))):
                pass

    assert guarded.grants == []


async def test_a_person_logs_in_once_for_all_processes(tmp_path: Path) -> None:
    person, file = Person(), tmp_path / "state" / "tokens.json"
    async with guarding() as guarded:
        for _ in range(2):
            async with opened(reach(guarded.url, OAuth(person, tokens=FileTokens(file)))) as box:
                assert await observe(box, "whoami") == SHOWN

    assert (person.visits, guarded.grants) == (1, ["authorization_code"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_what_has_expired_meanwhile_is_renewed_without_a_person() -> None:
    person, tokens = Person(), MemoryTokens()
    async with guarding() as guarded:
        async with opened(reach(guarded.url, OAuth(person, tokens=tokens))):
            kept = await tokens.read(f"{guarded.url}/mcp")
        await tokens.write(f"{guarded.url}/mcp", {**kept, "expires_at": 1.0})
        async with opened(reach(guarded.url, OAuth(person, tokens=tokens))) as box:
            assert await observe(box, "whoami") == SHOWN

    assert person.visits == 1
    assert guarded.grants == ["authorization_code", "refresh_token"]


async def test_a_person_has_more_time_than_a_server(tmp_path: Path) -> None:
    slow = Person()

    async def visit(url: str, redirect_url: str) -> str:
        await asyncio.sleep(0.6)  # a person
        return await slow(url, redirect_url)

    async with guarding() as guarded, opened(reach(guarded.url, OAuth(visit), connect_seconds=0.5)) as box:
        assert await observe(box, "whoami") == SHOWN


async def test_a_person_who_refuses_is_told_so() -> None:
    async with guarding() as guarded:
        with pytest.raises(RunError, match="the login was refused: access_denied"):
            async with opened(reach(guarded.url, OAuth(Person(error="access_denied")))):
                pass


async def test_no_token_gets_into_a_journal() -> None:
    async with guarding() as guarded:
        server = reach(guarded.url, OAuth(Person()))
        async with Brain(model=ScriptedModel([CALL, "Ok.", "Done."]), tools=[server]) as brain:
            result = await brain.run("Who am I?", run_id="r")
            story = str((await brain.story("r")).data())

    assert [item.outcome for item in result.env.log if item.outcome] == [SHOWN]
    assert "t-token" not in story
    assert "Bearer [secret]" in story


async def test_the_browser_comes_back_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", "true")  # a browser that shows nothing
    back = f"http://127.0.0.1:{find_free_port()}/callback"
    visiting = asyncio.create_task(visit_in_browser("http://127.0.0.1:1/login", back))
    transport = httpx2.AsyncHTTPTransport(retries=5)  # until it listens
    async with httpx2.AsyncClient(transport=transport) as client:
        other = await client.get(back.replace("callback", "favicon.ico"))
        right = await client.get(f"{back}?code=1")

    assert await visiting == f"{back}?code=1"
    assert (other.status_code, right.text) == (404, "You are logged in; you can close this page.")


@pytest.mark.parametrize("url", ["https://example.com/callback", "http://127.0.0.1/callback", "ftp://127.0.0.1:2121"])
async def test_a_browser_cannot_come_back_elsewhere(url: str) -> None:
    with pytest.raises(SetupError, match="wanted http://127"):
        await visit_in_browser("http://127.0.0.1:1/login", url)


async def test_a_file_of_something_else_is_no_file_of_tokens(tmp_path: Path) -> None:
    (tmp_path / "tokens.json").write_text("[]")

    with pytest.raises(StoreError, match="no file of tokens"):
        await FileTokens(tmp_path / "tokens.json").read("x")


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(SetupError, match="and not both"):
        ClientCredentials("me")
    with pytest.raises(SetupError, match="and a url with it"):
        McpServer(command="x", auth=BearerToken("t-of-others"))
    with pytest.raises(SetupError, match="bearer token"):
        _ = BearerToken("two words").secrets
