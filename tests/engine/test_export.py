"""A run is written as lines that hold all of it, and comes into another store whole or not at all."""

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.errors import RunExists, StoreBroken
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Record, Status
from agent_brain.core.store import NewRun, Position, Store
from agent_brain.engine.export import LINE_CHARACTERS_MAX, import_run, read_export, write_export
from agent_brain.engine.journal import read_env
from agent_brain.engine.retention import compact, delete
from agent_brain.stores.memory import MemoryStore
from agent_brain.stores.sqlite import SqliteStore
from core.test_memory_env import CHANGES, change
from core.test_memory_env import begin as begin_env
from engine.waiting import Payments, begin_wait, make_payer, reply
from stores.journals import IDLE, begin, flat, read_all


async def export(store: Store, run_id: str = "pay") -> list[str]:
    async with aclosing(write_export(store, run_id)) as lines:
        return [line async for line in lines]


async def export_waiting() -> list[str]:
    store = MemoryStore()
    await begin_wait(store)
    return await export(store)


def sign(lines: list[str]) -> list[str]:
    """The same lines with an end that fits them, as somebody would forge it."""
    body = lines[:-1]
    digest = sha256("".join(body).encode()).hexdigest()
    return [*body, json.dumps({"end": {"lines": len(body), "sha256": digest}})]


def edit(line: str, change: Callable[[dict[str, Any]], object]) -> str:
    data = json.loads(line)
    change(data)
    return json.dumps(data, separators=(",", ":")) + "\n"


async def test_the_first_line_says_what_it_is_and_each_line_ends() -> None:
    lines = await export_waiting()
    header = json.loads(lines[0])
    assert (header["format"], header["version"], header["run"]["goal"]) == ("agent-brain run", 1, "Pay Ann.")
    assert all(line.endswith("\n") and line.count("\n") == 1 and line.isascii() for line in lines)
    assert list(json.loads(lines[-1])) == ["end"]


@given(st.lists(CHANGES, max_size=25), st.lists(st.integers(1, 4), max_size=12))
def test_whatever_a_run_holds_comes_back(changes: list[tuple[Any, ...]], sizes: list[int]) -> None:
    env = begin_env()
    for name, *args in changes:
        change(env, name, *args)
    env.fork_to("r1")
    asyncio.run(check_round_trip(env, env.take_fresh(), sizes))


async def check_round_trip(env: MemoryEnv, records: list[Record], sizes: list[int]) -> None:
    source, target = MemoryStore(), MemoryStore()
    run = NewRun(env.run_id, env.net, env.fingerprint, env.goal, None, {"a": [None, "\ud800"]})
    lease = await source.create(run, records[:1], Position("reasoning", Status.RUNNING), "ann")
    head = 1
    for size in [*sizes, len(records)]:
        if head < len(records):
            await source.append(lease, head, records[head : head + size])
            head += len(records[head : head + size])
    await source.append(lease, head, (), Position("reasoning", Status.STOPPED))

    lines = await export(source, env.run_id)
    await import_run(target, lines)

    assert (await read_env(target, env.run_id))[0] == env
    assert flat(await read_all(target, env.run_id)) == flat(await read_all(source, env.run_id))
    assert await target.get(env.run_id) == await source.get(env.run_id)
    assert await export(target, env.run_id) == lines


async def test_a_run_moves_from_memory_to_a_file_and_back(tmp_path: Path) -> None:
    lines = await export_waiting()
    file = SqliteStore(tmp_path / "journal.db")
    try:
        await import_run(file, lines)
        assert await export(file) == lines
        result, payments = await reply(file)
    finally:
        await file.aclose()
    assert (result.answer, payments.calls) == ("Ann was paid.", [{"to": "Ann"}])


async def test_an_imported_run_that_waits_is_replied_to_and_goes_on() -> None:
    store = MemoryStore()
    await import_run(store, await export_waiting())

    assert (await store.get("pay")).status is Status.WAITING
    result, payments = await reply(store)

    assert (result.answer, payments.calls) == ("Ann was paid.", [{"to": "Ann"}])


async def test_a_reply_that_nobody_has_taken_up_comes_along() -> None:
    source, target = MemoryStore(), MemoryStore()
    await begin_wait(source)
    await source.post("pay", {"q1": {"approve": False}})

    await import_run(target, await export(source))

    assert await target.read_mail("pay") == {"q1": {"approve": False}}
    assert (await target.get("pay")).status is Status.READY


async def test_a_run_that_was_driven_comes_in_as_stopped() -> None:
    source, target = MemoryStore(), MemoryStore()
    run = NewRun("r1", "react", "f0", "What is 2 + 3?")
    await source.create(run, begin_env().take_fresh(), Position("reasoning", Status.RUNNING), "ann")

    await import_run(target, await export(source, "r1"))

    info = await target.get("r1")
    assert (info.status, info.owner, info.lease_until) == (Status.STOPPED, "", None)


async def test_a_fork_is_whole_without_its_parent() -> None:
    source, target = MemoryStore(), MemoryStore()
    await begin_wait(source)
    await make_payer(source, Payments()).fork("pay", fork_id="fork")
    env, _ = await read_env(source, "fork")

    lines = await export(source, "fork")
    await import_run(target, lines)

    assert json.loads(lines[0])["run"]["parent"]["run_id"] == "pay"
    assert (await target.get("fork")).parent is None
    assert (await read_env(target, "fork"))[0] == env


async def test_a_compacted_run_comes_with_its_snapshot() -> None:
    source, target = MemoryStore(), MemoryStore()
    await begin_wait(source)
    await compact(source, "pay")
    await reply(source)
    env, _ = await read_env(source, "pay")

    lines = await export(source)
    await import_run(target, lines)

    assert "snapshot" in json.loads(lines[1])
    assert (await read_env(target, "pay"))[0] == env
    assert (await target.get("pay")).base == (await source.get("pay")).base > 0


async def test_under_another_name_the_actions_keep_their_ids() -> None:
    store = MemoryStore()
    await begin_wait(store)
    lines = await export(store)

    assert await import_run(store, lines, run_id="twin") == "twin"
    result, payments = await reply(store, "twin")

    assert result.run_id == "twin"
    assert [item.action_id for item in result.env.log if item.action_id] == ["pay:2"]
    assert payments.calls == [{"to": "Ann"}]
    assert (await store.get("pay")).status is Status.WAITING


async def test_nothing_is_imported_over_a_run() -> None:
    store = MemoryStore()
    await begin_wait(store)
    with pytest.raises(RunExists, match="'pay'"):
        await import_run(store, await export(store))


async def test_lines_that_are_missing_or_in_another_order_are_named() -> None:
    lines = await export_waiting()
    head, first, second, *rest = lines
    await check_refused([], "cut short: it ends with line 0")
    await check_refused([head], "cut short: it ends with line 1")
    await check_refused(lines[:-1], f"cut short: it ends with line {len(lines) - 1}")
    await check_refused([head, second, first, *rest], "line 2 of the export: it begins with record")
    await check_refused([head, second, *rest], "line 2 of the export: it begins with record")
    await check_refused([head, first, first, second, *rest], "line 3 of the export: it begins with record")
    await check_refused(lines[1:], "line 1 of the export: it is no header")
    await check_refused([*lines, *lines], f"line {len(lines) + 1} of the export: there is more")
    await check_refused([head, first, lines[-1]], "line 3 of the export: 2 lines with")
    await check_refused([*lines[:-2], lines[-2][:-9], lines[-1]], f"line {len(lines) - 1} of the export: it is")


async def test_lines_that_were_edited_are_noticed() -> None:
    lines = await export_waiting()
    for place, line in enumerate(lines[:-1]):
        edited = [*lines[:place], line.replace("Ann", "Eve").replace('"react"', '"other"'), *lines[place + 1 :]]
        if edited != lines:
            await check_refused(edited, f"line {len(lines)} of the export: the lines before it are not those")
    for place in range(len(lines)):
        await check_refused([*lines[:place], "{no json\n", *lines[place + 1 :]], f"line {place + 1} of the export")
        await check_refused([*lines[:place], "[" * 100_000, *lines[place + 1 :]], f"line {place + 1} of the export")


async def test_a_newer_format_is_refused() -> None:
    lines = await export_waiting()
    for name in ("version", "records"):
        newer = [lines[0].replace(f'"{name}":1', f'"{name}":2'), *lines[1:]]
        await check_refused(newer, "line 1 of the export: .* reads up to 1 and 1")


async def test_a_forged_export_makes_no_run_that_cannot_be_read() -> None:
    lines = await export_waiting()
    other = [edit(lines[0], lambda header: header["run"].update(run_id="else")), *lines[1:]]
    await check_refused(sign(other), "make run 'pay' with")
    for forge in FORGERIES:
        await check_refused(sign([edit(lines[0], forge), *lines[1:]]), "line 1 of the export: it is")
    nothing = edit(lines[1], lambda data: data["commit"].update(records=[{"k": "Nonsense"}]))
    await check_refused(sign([lines[0], nothing, *lines[2:]]), "line 2 of the export: it is")
    unknown = edit(lines[1], lambda data: data["commit"]["records"][0].update(k="Replied", pause_id="q9", reply=1))
    await check_refused(sign([lines[0], unknown, *lines[2:]]), "line 2 of the export|make no run")


FORGERIES: list[Callable[[dict[str, Any]], object]] = [
    lambda header: header["run"].update(status="asleep"),
    lambda header: header["run"].update(head="many"),
    lambda header: header["run"].update(base=999),
    lambda header: header["run"].update(labels=[]),
    lambda header: header["run"].pop("goal"),
]


async def check_refused(lines: list[str], said: str) -> None:
    """The refusal says so, and nothing is there afterwards."""
    store = MemoryStore()
    with pytest.raises(StoreBroken, match=said):
        await import_run(store, lines)
    assert await store.find("") == []


async def test_a_line_without_end_is_refused_before_it_is_parsed() -> None:
    lines = await export_waiting()
    huge = "1" * (LINE_CHARACTERS_MAX + 1)
    with pytest.raises(StoreBroken, match=r"line 2 of the export: it has \d+ characters"):
        read_export([lines[0], huge, *lines[1:]])


async def test_lines_may_end_as_on_another_system() -> None:
    lines = [line.replace("\n", "\r\n") for line in await export_waiting()]
    assert read_export([*lines, "\n"]).info.run_id == "pay"


async def test_what_is_written_while_it_is_exported_is_not_half_there() -> None:
    store, head = MemoryStore(), 2
    lease = await begin(store, "run", "a", "b")
    async with aclosing(write_export(store, "run")) as writing:
        lines = [await anext(writing)]
        await store.append(lease, head, [*begin_env().take_fresh()], IDLE)
        lines += [line async for line in writing]
    assert read_export(lines).info.head == head
    await delete(store, ["run"])
