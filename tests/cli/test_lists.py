"""`agent-brain net`, `tools` and `models`."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from cli.processes import Invoke, Serve
from sse_server import Connection, Handler, Request, play, response, send_raw

FAULTY = (
    "from agent_brain.nets.react import react\n"
    "def build():\n"
    "    return react.extend('faulty', {}, {'action': {'nowhere', 'answer'}})\n"
    "faulty = build()\n"
)


def test_the_version_is_the_packages(invoke: Invoke) -> None:
    assert invoke("--version").out.split() == ["agent-brain", version("agent-brain")]


@pytest.mark.parametrize("arguments", ["", "net", "tools", "models", "--help", "ask --help", "chat -h"])
def test_a_command_without_what_it_needs_shows_its_help(invoke: Invoke, arguments: str) -> None:
    outcome = invoke(*arguments.split())

    assert outcome.code == 0
    assert "Usage: agent-brain" in outcome.out
    assert outcome.err == ""


def test_a_net_is_shown_as_its_table_of_moves(invoke: Invoke) -> None:
    outcome = invoke("net", "show", "react")

    assert [" ".join(line.split()) for line in outcome.out.splitlines()] == [
        "react starts in reasoning, a limit sends it to answer",
        "",
        "state class goes to model calls visits",
        "reasoning ReasoningState reasoning, action, answer 1 at most 20",
        "action ActionState reasoning 0 no bound",
        "answer AnswerState end 1 no bound",
        "",
        "react: 20 x reasoning + 1 x answer = 21 model calls at most",
    ]


def test_a_net_is_drawn_in_mermaid(invoke: Invoke) -> None:
    assert invoke("net", "show", "react", "--mermaid").out.splitlines() == [
        "stateDiagram-v2",
        "    [*] --> reasoning",
        "    reasoning --> reasoning",
        "    reasoning --> action",
        "    reasoning --> answer",
        "    action --> reasoning",
        "    answer --> [*]",
    ]


def test_a_state_whose_name_means_something_in_mermaid_gets_another(invoke: Invoke, clean_place: Path) -> None:
    (clean_place / "odd.py").write_text(
        "from agent_brain.nets.react import react\n"
        "from agent_brain.nets.reasoning import ReasoningState\n"
        "odd = react.extend('odd', {'note': ReasoningState(), 'zwei Wörter': ReasoningState(then='note')},\n"
        "    {'action': {'zwei Wörter'}})\n"
    )
    drawn = invoke("net", "show", "odd.py", "--mermaid").out

    assert '    state "note" as state_3\n    state "zwei Wörter" as state_4\n' in drawn
    assert "    action --> state_4\n" in drawn


def test_checking_without_a_name_checks_all(invoke: Invoke) -> None:
    outcome = invoke("net", "check")

    assert outcome.code == 0
    assert "react: ok\n" in outcome.out
    assert outcome.out.count(": ok") == len(invoke("net", "list").out.splitlines())


def test_a_faulty_net_is_told_every_fault(invoke: Invoke, clean_place: Path) -> None:
    (clean_place / "faulty_nets.py").write_text(FAULTY)

    for name in ("faulty_nets.py:faulty", "faulty_nets:faulty"):
        outcome = invoke("net", "check", name)
        assert outcome.code == 1
        assert f"{name}: action -> 'nowhere', which is no state; known: action, answer, reasoning\n" in outcome.out


def test_an_empty_name_is_not_all_of_them(invoke: Invoke) -> None:
    outcome = invoke("net", "check", "")

    assert (outcome.code, outcome.out) == (2, "")
    assert "net is ''; wanted a name" in outcome.err


def test_what_is_no_net_is_told_with_the_nets_beside_it(invoke: Invoke) -> None:
    outcome = invoke("net", "check", "agent_brain.nets.react:MOVES")

    assert outcome.code == 2
    assert "found something of type dict, wanted a Net; nets there: react, react_brief" in outcome.err


def test_tools_are_listed_for_people_and_as_schemas(invoke: Invoke) -> None:
    listed, schemas = invoke("tools", "list", "--tools", "shift_date"), invoke("tools", "list", "--json")

    assert listed.out.startswith("shift_date(date: string, amount: integer, unit?: days|weeks|months|years)\n    Move ")
    names = [tool["name"] for tool in json.loads(schemas.out)]
    assert {"calculate", "today"} <= set(names)


def test_with_nothing_configured_the_check_says_how_to_configure(invoke: Invoke) -> None:
    outcome = invoke("models", "check")

    assert outcome.code == 0
    assert "the offline model would answer" in outcome.out
    assert "OPENAI_API_KEY" in outcome.out


def test_the_check_shows_what_a_server_supports(invoke: Invoke, serve: Serve) -> None:
    server = serve(play(lambda _: "Hello there."))
    outcome = invoke("models", "check", "--base-url", server.base_url)

    assert outcome.code == 0
    assert "the server has one: mock" in outcome.err
    rows = dict(line.split(None, 1) for line in outcome.out.splitlines()[1:])
    assert rows["reply"] == "Hello there."
    assert rows["usage"] == "7 in, 5 out"
    assert rows["tools"] == "it takes them, and its model called none when told to"
    assert rows["wire"].startswith("auto would choose text, as the safer one")
    assert invoke("models", "list", "--base-url", server.base_url).out == "mock\n"


def test_the_check_of_a_server_with_several_models_wants_a_name(invoke: Invoke, serve: Serve) -> None:
    async def handle(_: Request, connection: Connection) -> bool:
        await connection.send(response(200, {"object": "list", "data": [{"id": "a"}, {"id": "b"}]}))
        return False

    outcome = invoke("models", "check", "--base-url", serve(handle).base_url)

    assert outcome.code == 2
    assert "has: a, b; name one with --model" in outcome.err


def test_a_server_that_is_not_there_is_an_error_with_a_hint(invoke: Invoke) -> None:
    outcome = invoke("models", "check", "--base-url", "http://127.0.0.1:9/v1", "--model", "m")

    assert outcome.code == 1
    assert outcome.out == ""
    assert "error: 127.0.0.1:9: the server could not be reached" in outcome.err
    assert "hint: is the server running" in outcome.err


def list_with(status: int, body: str | dict[str, object], **headers: str) -> Handler:
    """A server that answers chats, and whatever else with this."""
    chats = play(lambda _: "Hello there.")

    async def handle(request: Request, connection: Connection) -> bool:
        if request.method == "POST":
            return await chats(request, connection)
        await connection.send(response(status, body, **headers))
        return True

    return handle


ODD_LISTS: list[tuple[int, str, str, str]] = [
    (200, "<html>Welcome</html>", "text/html", "found text/html: '<html>Welcome</html>'"),
    (200, "", "application/json", "found an empty body"),
    (200, '{"data": [{"id": ', "application/json", "found application/json: "),
    (200, '{"hello": 1}', "application/json", "found application/json: "),
    (200, '{"error": {"message": "out of order"}}', "application/json", "out of order"),
    (429, '{"error": {"message": "slow down"}}', "application/json", "the server said 429: slow down"),
    (503, "busy", "text/plain", "the server said 503: busy"),
    (404, "<html>no such page</html>", "text/html", "does not list its models"),
    (501, "", "", "does not list its models"),
]


@pytest.mark.parametrize(("status", "body", "kind", "words"), ODD_LISTS)
def test_a_server_without_a_list_of_models_is_a_failure_that_says_what_it_did(
    invoke: Invoke, serve: Serve, status: int, body: str, kind: str, words: str
) -> None:
    outcome = invoke("models", "list", "--base-url", serve(list_with(status, body, content_type=kind)).base_url)

    [error] = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert (outcome.code, outcome.out) == (1, "")
    assert words in error
    assert "any" not in error
    assert "models list" not in outcome.err


@pytest.mark.parametrize(("status", "body", "kind", "words"), ODD_LISTS)
def test_the_check_of_a_model_needs_no_list(
    invoke: Invoke, serve: Serve, status: int, body: str, kind: str, words: str
) -> None:
    server = serve(list_with(status, body, content_type=kind))
    outcome = invoke("models", "check", "--base-url", server.base_url, "--model", "m")

    assert outcome.code == 0
    rows = dict(line.split(None, 1) for line in outcome.out.splitlines()[1:])
    assert rows["reply"] == "Hello there."
    assert rows["models"].startswith("not listed")
    assert words in rows["models"] or status in (404, 501)


def test_a_list_of_models_in_another_shape_is_read(invoke: Invoke, serve: Serve) -> None:
    server = serve(list_with(200, '["a", {"id": "b"}, {"name": "c"}]', content_type="text/plain"))

    assert invoke("models", "list", "--base-url", server.base_url, "--model", "offline").out == "a\nb\n"


def test_an_empty_list_of_models_is_told_beside_the_output(invoke: Invoke, serve: Serve) -> None:
    outcome = invoke("models", "list", "--base-url", serve(list_with(200, {"data": []})).base_url)

    assert (outcome.code, outcome.out, outcome.err) == (0, "", "the server's list of models is empty\n")


def test_a_model_that_the_server_does_not_have_is_told_with_those_that_it_has(invoke: Invoke, serve: Serve) -> None:
    async def handle(request: Request, connection: Connection) -> bool:
        missing = response(404, {"error": {"message": "no such model"}})
        listed = response(200, {"object": "list", "data": [{"id": "a"}, {"id": "b"}]})
        await connection.send(listed if request.method == "GET" else missing)
        return True

    outcome = invoke("models", "check", "--base-url", serve(handle).base_url, "--model", "m")

    assert outcome.code == 1
    assert "no such model; the server has: a, b\nhint: check --model and --base-url (most end in /v1)" in outcome.err


@pytest.mark.parametrize(
    "command", [["models", "list"], ["models", "check", "--model", "m"], ["ask", "hi", "--model", "m"]]
)
def test_a_server_that_wants_a_key_is_told_that_none_is_configured(
    invoke: Invoke, serve: Serve, command: list[str]
) -> None:
    server = serve(send_raw(response(401, {"error": {"message": "Unauthorized"}})))
    outcome = invoke(*command, "--base-url", server.base_url)

    assert outcome.code == 1
    assert "the server said 401 (no key is configured; a stand-in was sent): Unauthorized" in outcome.err
    assert "hint: put a key that the server takes into OPENAI_API_KEY" in outcome.err


def test_a_server_that_breaks_off_is_a_failure(invoke: Invoke, serve: Serve) -> None:
    server = serve(send_raw(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"))
    listed = invoke("models", "list", "--base-url", server.base_url)
    nothing = invoke("models", "check", "--model", "m", "--base-url", serve(send_raw(b"")).base_url)

    assert (listed.code, nothing.code) == (1, 1)
    assert "the connection broke" in listed.err
    assert "the server could not be reached" in nothing.err
