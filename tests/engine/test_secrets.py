"""No secret reaches a journal, however it is spelled; and a journal hangs together whatever the secrets are."""

import json
import urllib.parse
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from agent_brain.brain import Brain
from agent_brain.core.env_json import encode_env
from agent_brain.core.errors import NetChanged, SetupError
from agent_brain.core.events import Chunk, ChunkKind
from agent_brain.core.hidden import HIDDEN
from agent_brain.core.items import Action, ItemKind, Observation, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.record_json import encode_records
from agent_brain.core.records import ActionsChosen, ActionStarted, BoardPut, ItemAdded, Record, Replied, SlotPut, Status
from agent_brain.core.store import Store
from agent_brain.engine.journal import SNAPSHOT_RECORDS_MIN, read_env
from agent_brain.engine.journals import Journals
from agent_brain.engine.replay import replay
from agent_brain.engine.secrets import Secrets
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.memory import MemoryStore
from agent_brain.stores.sqlite import SqliteStore
from agent_brain.tools.function_tool import tool
from core.test_memory_env import CHANGES, change
from core.test_memory_env import begin as begin_env
from engine.waiting import Payments, make_payer
from stores.journals import read_all

KEY = "sk-live/Ab+12\"'ü\\9"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"


def spell(value: str) -> dict[str, str]:
    once, ascii_once = json.dumps(value, ensure_ascii=False), json.dumps(value)
    return {
        "plain": value,
        "JSON": once,
        "ASCII JSON": ascii_once,
        "JSON in JSON": json.dumps(once),
        "ASCII JSON in JSON in JSON": json.dumps(json.dumps(ascii_once)),
        "escaped slashes": once.replace("/", "\\/"),
        "capital digits": ascii_once.replace("\\u00fc", "\\u00FC"),
        "a URL": "https://example.org/?key=" + urllib.parse.quote(value, safe="") + "&x=1",
        "a form": urllib.parse.urlencode({"key": value}),
        "Python": repr(value),
        "binary": f"\0\x01{value}\x02\udfff",
    }


@pytest.mark.parametrize("spelling", spell(KEY))
def test_a_secret_is_found_however_it_is_spelled(spelling: str) -> None:
    text = f"before {spell(KEY)[spelling]} after"
    safe = Secrets([KEY]).redact_value(text)
    assert safe.startswith("before ")
    assert safe.endswith(" after")
    assert HIDDEN in safe
    assert "live" not in safe


@given(st.text(min_size=4, max_size=30).filter(lambda text: len(text.strip()) >= 4), st.text(max_size=8), st.data())
def test_any_secret_is_found_in_any_text_and_json(secret: str, text: str, data: st.DataObject) -> None:
    depth = data.draw(st.integers(0, 3))
    spelled = f"{text}{secret}{text}"
    for _ in range(depth):
        spelled = json.dumps(spelled, ensure_ascii=data.draw(st.booleans()))
    safe = Secrets([secret]).redact_value(spelled)
    for _ in range(depth):
        assert secret.strip() not in safe.replace(HIDDEN, "")
        safe = json.loads(safe) if _is_json(safe) else ""
    assert secret.strip() not in safe.replace(HIDDEN, "")


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), str)
    except ValueError:
        return False


def test_of_secrets_that_overlap_nothing_is_left() -> None:
    secrets = Secrets(["abcdef", "defghi", "xyxy"])
    assert secrets.redact_value("1abcdefghi2 xyxyxy3") == f"1{HIDDEN}2 {HIDDEN}3"
    assert secrets.redact_value("abcdefdefghi") == HIDDEN * 2
    assert Secrets(["abcdefgh", "cdef"]).redact_value("abcdefgh") == HIDDEN


@pytest.mark.parametrize(
    "form", [PEM, PEM.replace("\n", "\r\n"), PEM.replace("\n", "\n    "), repr(PEM), json.dumps(PEM)]
)
def test_a_key_of_several_lines_is_found_whole_and_in_parts(form: str) -> None:
    secrets = Secrets([PEM])
    for text in (form, "line 2 of it is MIIEvQIBADANBgkq, so", f"key: |\n  {form}"):
        safe = secrets.redact_value(text)
        assert HIDDEN in safe
        assert "MIIEvQ" not in safe
        assert "hkiG9w" not in safe


def test_a_long_row_of_backslashes_is_searched_in_no_time() -> None:
    secrets = Secrets(["\\" * 20 + "key", '"' * 20 + "\\", "a\\\\\\\\b"])
    text = "key" + "\\" * 4_000 + '"' * 4_000 + "a"
    assert "key" in secrets.redact_value(text)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(SetupError, match="a secret of 3 characters"):
        Secrets(["abc"])
    assert Secrets(["", " "]).redact_value("  ") == "  "


@given(st.lists(CHANGES, max_size=30))
def test_the_names_that_a_journal_hangs_together_by_are_never_touched(changes: list[tuple[Any, ...]]) -> None:
    env = begin_env()
    for name, *args in changes:
        change(env, name, *args)
    records = env.take_fresh()
    secrets = Secrets(["Started", "reasoning", "react", "tokens", "finished", "state", "action", "r1:1", "question"])

    safe = secrets.redact(records)

    assert MemoryEnv.fold(safe).head == env.head
    assert [type(record) for record in safe] == [type(record) for record in records]
    assert MemoryEnv.fold(safe) == secrets.redact_env(env)


def test_secrets_are_hidden_in_keys_and_numbers_of_json_too() -> None:
    [safe] = Secrets(["12345678"]).redact([BoardPut("at", {"12345678": [12345678, 0.5, True, None], "n": 7})])
    assert safe == BoardPut("at", {HIDDEN: [HIDDEN, 0.5, True, None], "n": 7})


def test_a_known_tool_keeps_its_name_and_an_invented_one_does_not() -> None:
    secrets = Secrets(["pay-1", "payment"], Payments(name="payment"))
    [safe] = secrets.redact([ActionsChosen((Action(name="payment"), Action(name="pay-1")))])
    assert safe == ActionsChosen((Action(name="payment"), Action(name=HIDDEN)))


def test_records_without_a_secret_are_the_same_objects() -> None:
    records: list[Record] = [SlotPut("note", "text"), Replied("q1", {"a": [1]}), ItemAdded(ItemKind.THOUGHT, "text")]
    safe = Secrets(["hunter22"]).redact(records)
    assert all(one is other for one, other in zip(safe, records, strict=True))


LOGIN = 'I log in.\n```json\n{"name": "login", "args": {"user": "ann", "password": "hunter2"}}\n```'


class Logins:
    """A tool with a secret argument, as pydantic describes it."""

    def __init__(self, **spec: Any) -> None:
        self.calls: list[Mapping[str, Any]] = []

        @tool(name="login", **spec)
        async def login(user: str, password: SecretStr, pin: SecretStr | None = None) -> str:
            """Log in."""
            self.calls.append({"user": user, "password": password.get_secret_value()})
            return f"logged in with {password.get_secret_value()}"

        self.tool = login


async def read_raw(store: Store) -> str:
    """All that a store holds of its runs."""
    infos = await store.list_runs()
    records = [record for info in infos for commit in await read_all(store, info.run_id) for record in commit.records]
    return encode_records(records) + "".join(f"{info.goal}{info.labels}" for info in infos)


async def test_a_secret_argument_is_given_to_its_tool_and_to_no_journal() -> None:
    store, logins = MemoryStore(), Logins()
    script = ScriptedModel([LOGIN, "It said: logged in with hunter2.", "Done: hunter2"])
    brain = Brain(model=script, tools=[logins.tool], store=store)

    result = await brain.run("Log in.")

    assert logins.calls == [{"user": "ann", "password": "hunter2"}]
    assert result.answer == "Done: hunter2"
    raw = await read_raw(store)
    assert "hunter2" not in raw
    assert (await brain.load(result.run_id)).answer == f"Done: {HIDDEN}"
    assert '"user":"ann"' in raw


@pytest.mark.parametrize(
    "reply",
    [
        '{"name": "login", "args": {"user": "ann", "password": "hunter2"',
        '{"name": "login", "args": {"user": "ann", "passwort": "hunter2"}}',
        "{'name': 'login', 'args': {'user': 'ann', 'password': 'hunter2'}}",
        '{"name": "signin", "args": {"password": "hunter2"}}',
        '{"name": "login", "args": "{\\"user\\": \\"ann\\", \\"password\\": \\"hunter2\\"}"}',
        '{"name": "login", "args": {"user": "ann", "password": ["hunter2"]}}',
        '<think>password: hunter2</think>{"name": "login", "args": {"user": "ann"}}',
    ],
)
async def test_a_secret_argument_of_a_faulty_action_is_hidden_too(reply: str) -> None:
    store = MemoryStore()
    brain = Brain(model=ScriptedModel([reply, "I give up.", "No."]), tools=[Logins().tool], store=store)
    await brain.run("Log in.")
    assert "hunter2" not in await read_raw(store)


def test_a_short_secret_argument_is_hidden_as_a_word() -> None:
    action = Action(name="login", args={"user": "ann", "password": "hunter2", "pin": "12"})
    records: list[Record] = [ItemAdded(ItemKind.THOUGHT, '{"pin": "12"} of 1200'), ActionsChosen((action,))]
    secrets = Secrets(tools=Brain(model="offline", tools=[Logins().tool]).tools).learn(records)
    text = encode_records(secrets.redact(records))
    assert '\\"pin\\": \\"[secret]\\"} of 1200' in text
    assert '"args":{"user":"ann","password":"[secret]","pin":"[secret]"}' in text


@pytest.mark.parametrize("is_elsewhere", [False, True])
async def test_a_further_question_keeps_the_secrets_of_the_first_one(is_elsewhere: bool) -> None:
    stores = [MemoryStore(), MemoryStore()]
    script = ScriptedModel([LOGIN, "I did it.", "Done.", "It was hunter2.", "hunter2"])
    tools = [Logins().tool]
    first = await Brain(model=script, tools=tools, store=stores[0]).run("Log in.")

    store = stores[is_elsewhere]
    result = await Brain(model=script, tools=tools, store=store).run("Was it hunter2?", after=first.env)

    assert result.answer == "hunter2"
    kept = await store.read_snapshot(result.run_id)
    assert (kept is not None) == is_elsewhere
    assert kept is None or b"hunter2" not in kept[1]
    assert b"hunter2" not in encode_env((await read_env(store, result.run_id))[0])


async def begin_and_die(store: Store, logins: Logins, kind: type) -> None:
    """A run whose driver is gone right after its journal holds a record of this kind."""
    brain = Brain(model=ScriptedModel([LOGIN]), tools=[logins.tool], store=store)
    async with aclosing(brain.stream("Log in.", run_id="run")) as events:
        async for event in events:
            if isinstance(event, kind):
                return


@pytest.mark.parametrize(
    ("kind", "status"), [(ActionsChosen, OutcomeStatus.FAILED), (ActionStarted, OutcomeStatus.UNKNOWN)]
)
@pytest.mark.parametrize("is_safe", [False, True])
async def test_an_action_whose_secret_is_gone_is_not_run_with_a_placeholder(
    kind: type, status: OutcomeStatus, is_safe: bool
) -> None:
    store, logins = MemoryStore(), Logins(read_only=is_safe)
    await begin_and_die(store, logins, kind)
    calls = list(logins.calls)

    brain = Brain(model=ScriptedModel(["I see.", "No."]), tools=[logins.tool], store=store)
    result = await brain.go_on("run")

    [outcome] = [item.outcome for item in result.env.log if item.outcome]
    assert (outcome.status, logins.calls) == (status, calls)
    assert "its arguments held a secret, which no journal keeps" in outcome.text


async def test_a_run_with_a_secret_argument_is_played_back() -> None:
    store, logins = MemoryStore(), Logins()
    brain = Brain(model=ScriptedModel([LOGIN, "I did it.", "Done."]), tools=[logins.tool], store=store)
    await brain.run("Log in.", run_id="run")

    player = Brain(model=ScriptedModel([]), tools=[logins.tool], store=MemoryStore())
    found = await replay(await read_all(store, "run"), player)

    assert found.is_same, found.text()
    assert len(logins.calls) == 1


async def test_nobody_is_asked_for_leave_that_could_not_be_used() -> None:
    secret = {"type": "object", "properties": {"pin": {"type": "string", "format": "password"}}}
    payments, pay = Payments(parameters=secret), '{"name": "pay", "args": {"pin": "4711"}}'
    store = MemoryStore()
    result = await make_payer(store, payments, pay, "I see.", "No.").run("Pay.")
    assert (result.status, payments.calls) == (Status.ANSWERED, [])
    assert "a run that waits keeps no secret argument" in encode_env(result.env).decode()
    assert "4711" not in await read_raw(store)


async def test_a_reply_with_a_secret_is_not_kept_and_not_used_as_a_placeholder() -> None:
    store, payments = MemoryStore(), Payments()
    brain = make_payer(store, payments, secrets=["iban-12345"])
    await brain.run("Pay Ann.", run_id="pay")

    await brain.reply("pay", {"q1": {"approve": True, "args": {"to": "iban-12345"}}})

    assert await store.read_mail("pay") == {"q1": {"approve": True, "args": {"to": HIDDEN}}}
    result = await brain.go_on("pay")
    assert payments.calls == []
    assert "it was allowed and not run" in encode_env(result.env).decode()


async def test_the_goal_the_labels_a_failure_and_a_changed_net_tell_no_secret() -> None:
    store = MemoryStore()
    options: dict[str, Any] = {"store": store, "secrets": ["hunter22"]}
    brain = Brain(model=ScriptedModel([]), **options, instructions="Say hunter22.")
    run_id = await brain.submit("Is hunter22 good?", labels={"why": "hunter22"})
    await brain.fork(run_id, labels={"hunter22": 1})

    assert "hunter22" not in await read_raw(store)
    with pytest.raises(NetChanged) as caught:
        await Brain(model=ScriptedModel([]), **options, instructions="Never say hunter22!").drive(run_id)
    assert "hunter22" not in str(caught.value)
    with pytest.raises(SetupError, match="the name of the run holds a secret"):
        await brain.submit("What?", run_id="run-hunter22")


async def test_no_byte_of_a_journal_file_is_a_secret(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "journal.db")
    logins = Logins()
    script = ScriptedModel([LOGIN, f"I know {KEY} and\n{PEM}", "hunter2!"])
    brain = Brain(model=script, tools=[logins.tool], store=store, secrets=[KEY, PEM])
    await brain.run(f"Use {KEY}.", labels={"key": KEY})
    await store.aclose()

    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert HIDDEN.encode() in raw
    for part in (b"hunter2", b"sk-live", b"MIIEvQ", b"hkiG9w"):
        assert part not in raw


async def test_a_snapshot_that_a_journal_keeps_holds_no_secret(tmp_path: Path) -> None:
    store, env = SqliteStore(tmp_path / "journal.db"), begin_env()
    journal, _ = await Journals(store, ["hunter22"]).create(env, {}, Status.RUNNING)
    for n in range(SNAPSHOT_RECORDS_MIN):
        env.put_slot("note", f"hunter22 and {n}")
    await journal.commit(env)

    kept = await store.read_snapshot(env.run_id)
    await store.aclose()

    assert kept is not None
    assert b"[secret] and" in kept[1]
    assert b"hunter22" not in kept[1]


async def test_a_reply_whose_question_types_it_secret_is_not_kept() -> None:
    store, env = MemoryStore(), begin_env()
    env.ask("Which password?", wanted={"type": "string", "format": "password"})
    journals = Journals(store)
    await journals.create(env, {}, Status.WAITING)
    await journals.reply("r1", {"q1": "hunter22"})
    assert await store.read_mail("r1") == {"q1": HIDDEN}


async def test_a_snapshot_holds_no_secret_and_is_what_the_records_make() -> None:
    env = begin_env()
    for n in range(SNAPSHOT_RECORDS_MIN):
        env.put_slot("note", f"hunter22 and {n}")
        env.keep_words(f"hunter22 {n}")
    env.put_board("hunter22", {"hunter22": ["hunter22"]})
    env.hold_action(Action(name="hunter22", args={"a": "hunter22"}), "May it run hunter22?")
    env.finish_action(env.start_action(Action(name="a")), Observation("hunter22"))
    secrets = Secrets(["hunter22"])

    kept = secrets.redact_env(env)

    assert kept == MemoryEnv.fold(secrets.redact(env.take_fresh()))
    assert b"hunter22" not in encode_env(kept)


async def test_live_text_does_not_show_what_it_holds_whole() -> None:
    @tool
    async def login(password: SecretStr) -> str:
        return f"welcome, {password.get_secret_value()}, your token is tok-12345678"

    script = ['{"name": "login", "args": {"password": "open-sesame"}}', "I am in.", "Done."]
    brain = Brain(model=ScriptedModel(script, chunk_size=1000), tools=[login], secrets=["tok-12345678"])

    chunks = [event async for event in brain.stream("Log in.") if isinstance(event, Chunk)]

    shown = [chunk.text for chunk in chunks if chunk.kind in (ChunkKind.ACTION, ChunkKind.OBSERVATION)]
    assert shown == ["login(password='[secret]')", "welcome, [secret], your token is [secret]"]
