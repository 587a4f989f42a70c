"""What every store promises about removing and bringing back: nothing that somebody needs is gone."""

from dataclasses import replace

import pytest

from agent_brain.core.errors import Fenced, RunBusy, RunExists, RunKept, RunUnknown, StoreBroken
from agent_brain.core.records import Status
from agent_brain.core.store import NewRun, Parent, RunInfo, Store
from stores.journals import AT_WORK, DONE, IDLE, WAITING, MakeStore, begin, flat, new_run, notes, read_all, read_texts


async def begin_family(store: Store) -> None:
    """A run, its fork, and the fork's fork, none of them driven."""
    await begin(store, "root", "a", "b", position=DONE)
    await begin(store, "fork", "c", "d", parent=Parent("root", 2), position=DONE)
    await begin(store, "leaf", "e", parent=Parent("fork", 3), position=DONE)


class RetentionContract:
    """The fixture `make_store` gives a handle on an empty store, and further ones on the same data."""

    async def test_a_deleted_run_is_gone_with_all_that_it_had(self, make_store: MakeStore) -> None:
        store = await make_store()
        for position in (WAITING, DONE):
            await begin(store, position=position)
            assert await store.read_mail("run") == {}
            assert await store.read_snapshot("run") is None
            await store.post("run", {"p1": 1})
            await store.put_snapshot("run", 2, b"env")
            await store.delete(["run", "run"])
            with pytest.raises(RunUnknown):
                await store.get("run")
        assert await store.find("") == []

    async def test_nothing_is_deleted_where_one_is_unknown(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, position=DONE)
        with pytest.raises(RunUnknown, match="'gone'"):
            await store.delete(["run", "gone"])
        await store.delete([])
        assert await read_texts(store) == ["a", "b"]

    async def test_what_a_fork_reads_is_not_deleted(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin_family(store)
        for run_ids in (["root"], ["fork"], ["root", "leaf"], ["root", "fork"]):
            with pytest.raises(RunKept):
                await store.delete(run_ids)
        assert await read_texts(store, "leaf") == ["a", "b", "c", "e"]
        await store.delete(["fork", "leaf"])
        assert await store.find("") == ["root"]
        await store.delete(["root"])
        assert await store.find("") == []

    async def test_a_family_is_deleted_as_one(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin_family(store)
        await store.delete(["root", "leaf", "fork"])
        assert await store.list_runs() == []

    async def test_what_is_driven_is_neither_deleted_nor_compacted(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, "idle", position=IDLE)
        lease = await begin(store)
        await store.put_snapshot("run", 2, b"env")
        with pytest.raises(RunBusy, match="'run'"):
            await store.delete(["idle", "run"])
        with pytest.raises(RunBusy, match="'run'"):
            await store.compact("run")
        await store.append(lease, 2, notes("c"))
        assert await store.find("") == ["idle", "run"]
        assert await read_texts(store) == ["a", "b", "c"]

    async def test_a_compacted_run_is_read_from_its_snapshot_on(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, position=WAITING)
        await store.put_snapshot("run", 2, b"env")
        before = await store.get("run")
        assert await store.compact("run") == 2
        info = await (await make_store()).get("run")
        assert (info.base, info.head, info.status, info.epoch) == (2, 2, Status.WAITING, before.epoch)
        assert await store.read_snapshot("run") == (2, b"env")
        assert await read_texts(store, after=2) == []
        assert await store.compact("run") == 0

    async def test_records_that_were_compacted_away_are_missed(self, make_store: MakeStore) -> None:
        store = await make_store()
        await self._compact_and_go_on(store)
        assert await read_texts(store, after=3) == ["d", "e"]
        assert await read_texts(store, after=4) == ["e"]
        assert await read_texts(store, after=1, until=1) == []
        for after, until in [(0, None), (2, None), (0, 1), (2, 5), (2, 3)]:
            with pytest.raises(RunKept, match="'run'"):
                await read_all(store, "run", after, until)

    async def test_a_compacted_run_is_compacted_again(self, make_store: MakeStore) -> None:
        store = await make_store()
        await self._compact_and_go_on(store)
        await store.put_snapshot("run", 5, b"five")
        assert await store.compact("run") == 2
        assert (await store.get("run")).base == 5
        assert await store.read_snapshot("run", 4) is None

    async def test_a_compacted_run_is_forked_from_its_snapshot_on(self, make_store: MakeStore) -> None:
        store = await make_store()
        await self._compact_and_go_on(store)
        for head in (0, 2):
            with pytest.raises(RunKept):
                await begin(store, "early", parent=Parent("run", head))
        for head in (3, 4):
            await begin(store, f"fork{head}", "X", parent=Parent("run", head))
            assert await read_texts(store, f"fork{head}", after=3) == [*"d"[: head - 3], "X"]
            assert await store.read_snapshot(f"fork{head}") == (3, b"three")
            assert (await store.get(f"fork{head}")).base == 3
            with pytest.raises(RunKept, match=f"'fork{head}'"):
                await read_all(store, f"fork{head}")

    async def test_nothing_is_compacted_without_a_snapshot_at_the_head(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, position=DONE)
        with pytest.raises(RunKept):
            await store.compact("run")
        await store.put_snapshot("run", 1, b"env")
        with pytest.raises(RunKept):
            await store.compact("run")
        assert await read_texts(store) == ["a", "b"]

    async def test_nothing_that_a_fork_reads_is_compacted(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin_family(store)
        for run_id, head in [("root", 2), ("fork", 4)]:
            await store.put_snapshot(run_id, head, b"env")
            with pytest.raises(RunKept):
                await store.compact(run_id)
        assert await read_texts(store, "leaf") == ["a", "b", "c", "e"]

    async def test_a_fork_that_is_compacted_needs_no_parent(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin_family(store)
        await store.put_snapshot("leaf", 4, b"leaf")
        assert await store.compact("leaf") == 1
        info = await store.get("leaf")
        assert (info.base, info.head, info.parent) == (4, 4, None)
        await store.delete(["root", "fork"])
        assert await store.read_snapshot("leaf") == (4, b"leaf")
        lease, _ = await store.claim("leaf", "bob", [Status.ANSWERED])
        await store.append(lease, 4, notes("f"))
        assert await read_texts(store, "leaf", after=4) == ["f"]

    async def test_a_fork_without_records_is_compacted_to_its_parents_snapshot(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, "root", position=DONE)
        await store.put_snapshot("root", 2, b"env")
        await store.create(new_run("fork", Parent("root", 2)), [], IDLE, "ann")
        assert await store.compact("fork") == 0
        await store.delete(["root"])
        assert await store.read_snapshot("fork") == (2, b"env")
        assert (await store.get("fork")).base == 2

    async def test_an_exported_run_is_restored_as_it_was(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin_family(store)
        await store.put_snapshot("leaf", 3, b"env")
        info, commits = await store.get("leaf"), await read_all(store, "leaf")
        await store.delete(["root", "fork", "leaf"])
        await store.restore(info, commits, (3, b"env"))
        assert await store.get("leaf") == replace(info, parent=None)
        restored = await read_all(await make_store(), "leaf")
        assert flat(restored) == flat([replace(commit, run_id="leaf") for commit in commits])
        assert [commit.at for commit in restored] == [commit.at for commit in commits]
        assert await store.read_snapshot("leaf") == (3, b"env")
        await store.delete(["leaf"])

    async def test_a_compacted_run_is_restored_with_its_snapshot(self, make_store: MakeStore) -> None:
        store = await make_store()
        await self._compact_and_go_on(store)
        lease, _ = await store.claim("run", "bob", [Status.READY])
        await store.append(lease, 5, [], DONE)
        info, commits = await store.get("run"), await read_all(store, after=3)
        await store.delete(["run"])
        await store.restore(info, commits, (3, b"three"))
        assert await store.get("run") == info
        assert await read_texts(store, after=3) == ["d", "e"]
        with pytest.raises(RunKept):
            await read_all(store)

    async def test_a_restored_run_is_driven_by_nobody(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await store.create(NewRun("run", "n", "f", "g", None, {"a": 1}), notes("a"), AT_WORK, "ann")
        info, commits = await store.get("run"), await read_all(store)
        await store.append(lease, 1, [], DONE)
        await store.delete(["run"])
        await store.restore(info, commits, None)
        wanted: RunInfo = replace(info, status=Status.STOPPED, owner="", lease_until=None)
        assert await store.get("run") == wanted
        with pytest.raises(Fenced):
            await store.append(lease, 1, notes("b"))
        again, _ = await store.claim("run", "ann", [Status.STOPPED])
        assert again.epoch == info.epoch + 1

    async def test_a_restored_run_goes_on_as_it_would_have(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, position=WAITING)
        info, commits = replace(await store.get("run"), attempts=2, wake_at=1.0), await read_all(store)
        await store.delete(["run"])
        await store.restore(info, commits, None)
        assert [due.run_id for due in await store.list_due()] == ["run"]
        lease, claimed = await store.claim("run", "bob", [Status.WAITING])
        await store.append(lease, 2, notes("c"), WAITING)
        now = await store.get("run")
        assert (claimed.attempts, now.attempts, now.wake_at, now.status) == (2, 0, None, Status.WAITING)

    async def test_half_an_export_is_refused(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store)
        await store.append(lease, 2, notes("c"), DONE)
        info, (first, second) = await store.get("run"), await read_all(store)
        await store.delete(["run"])
        for commits in ([], [first], [second], [second, first], [first, first, second]):
            with pytest.raises(StoreBroken, match="'run'"):
                await store.restore(info, commits, None)
        assert await store.find("") == []

    async def test_nothing_is_restored_over_a_run(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, position=DONE)
        info = await store.get("run")
        with pytest.raises(RunExists, match="'run'"):
            await store.restore(replace(info, goal="other"), [], None)
        assert await store.get("run") == info
        assert await read_texts(store) == ["a", "b"]

    async def _compact_and_go_on(self, store: Store) -> None:
        """`abc` compacted away, `d` and `e` behind it."""
        await begin(store, "run", "a", "b", "c", position=IDLE)
        await store.put_snapshot("run", 3, b"three")
        await store.compact("run")
        lease, _ = await store.claim("run", "ann", [Status.READY])
        await store.append(lease, 3, notes("d", "e"), IDLE)
