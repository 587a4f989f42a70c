"""What every store promises about reading back: whole, cut, through parents, from a snapshot on."""

import asyncio
from contextlib import aclosing

import pytest

from agent_brain.core.errors import RunKept
from agent_brain.core.store import Parent, Store
from stores.journals import AT_WORK, MakeStore, begin, new_run, notes, read_all, read_texts


async def begin_letters(store: Store, letters: str = "abcdefghi", size: int = 3) -> None:
    """A run with one record for each letter, some in each commit."""
    lease = await begin(store, "run", *letters[:size])
    for head in range(size, len(letters), size):
        await store.append(lease, head, notes(*letters[head : head + size]))


class ReadContract:
    """The fixture `make_store` gives a handle on an empty store, and further ones on the same data."""

    @pytest.mark.parametrize(
        ("after", "until", "wanted"),
        [
            (0, None, "abc def ghi"), (0, 9, "abc def ghi"), (0, 99, "abc def ghi"), (3, 6, "def"), (4, 5, "e"),
            (1, 8, "bc def gh"), (2, 4, "c d"), (0, 1, "a"), (8, None, "i"), (9, None, ""), (99, None, ""), (5, 5, ""),
            (6, 2, ""), (0, 0, ""),
        ],
    )  # fmt: skip
    async def test_commits_are_cut_to_what_was_asked_for(
        self, make_store: MakeStore, after: int, until: int | None, wanted: str
    ) -> None:
        store = await make_store()
        await begin_letters(store)
        whole = {commit.first: commit for commit in await read_all(store)}
        commits = await read_all(store, "run", after, until)
        assert [commit.records for commit in commits] == [tuple(notes(*letters)) for letters in wanted.split()]
        assert [commit.at for commit in commits] == [whole[(commit.first - 1) // 3 * 3 + 1].at for commit in commits]
        assert not commits or commits[0].first == after + 1

    async def test_a_long_journal_is_read_whole(self, make_store: MakeStore) -> None:
        store = await make_store()
        texts = [f"{n}" for n in range(3000)]
        lease = await begin(store, "run", *texts[:1000])
        for n in range(1000, 1600):
            await store.append(lease, n, notes(texts[n]))
        await store.append(lease, 1600, notes(*texts[1600:]))
        assert await read_texts(store) == texts
        assert await read_texts(store, after=1234, until=2345) == texts[1234:2345]

    async def test_reading_can_be_left_and_begun_again(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin_letters(store)
        async with aclosing(store.read("run")) as commits:
            assert (await anext(commits)).first == 1
        assert await read_texts(store) == list("abcdefghi")

    async def test_reading_while_it_is_written_sees_a_beginning_of_it(self, make_store: MakeStore) -> None:
        store, other = await make_store(), await make_store()
        lease = await begin(store, "run", "0")

        async def write() -> None:
            for n in range(1, 100):
                await store.append(lease, n, notes(f"{n}"))

        writing = asyncio.create_task(write())
        while not writing.done():
            texts = await read_texts(other)
            assert texts == [f"{n}" for n in range(len(texts))]
            assert texts
            await asyncio.sleep(0)
        assert len(await read_texts(other)) == 100

    async def test_a_fork_begins_with_its_parents_records(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin_letters(store)
        lease = await begin(store, "fork", "X", parent=Parent("run", 4))
        await store.append(lease, 5, notes("Y"))
        commits = await read_all(store, "fork")
        assert [(commit.run_id, commit.first, commit.last) for commit in commits] == [
            ("run", 1, 3), ("run", 4, 4), ("fork", 5, 5), ("fork", 6, 6),
        ]  # fmt: skip
        assert await read_texts(store, "fork") == list("abcdXY")
        assert (await store.get("fork")).head == 6
        assert await read_texts(store, "run") == list("abcdefghi")

    async def test_a_fork_does_not_see_what_its_parent_does_later(self, make_store: MakeStore) -> None:
        store = await make_store()
        lease = await begin(store, "run", "a", "b")
        await store.create(new_run("fork", Parent("run", 2)), [], AT_WORK, "bob")
        await store.append(lease, 2, notes("c"))
        assert await read_texts(store, "fork") == ["a", "b"]
        assert (await store.get("fork")).parent == Parent("run", 2)

    async def test_forks_of_forks_read_through_fifty_parents(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin(store, "run0", "0")
        for n in range(1, 51):
            await begin(store, f"run{n}", f"{n}", parent=Parent(f"run{n - 1}", n))
        commits = await read_all(await make_store(), "run50")
        assert [commit.run_id for commit in commits] == [f"run{n}" for n in range(51)]
        assert await read_texts(store, "run50") == [f"{n}" for n in range(51)]
        assert await read_texts(store, "run50", 20, 30) == [f"{n}" for n in range(20, 30)]

    @pytest.mark.parametrize("head", range(7))
    async def test_a_fork_may_begin_before_its_parent_did(self, make_store: MakeStore, head: int) -> None:
        store = await make_store()
        await begin(store, "root", "a", "b", "c", "d")
        await begin(store, "middle", "E", "F", parent=Parent("root", 4))
        await begin(store, "fork", "X", parent=Parent("middle", head))
        assert await read_texts(store, "fork") == [*"abcdEF"[:head], "X"]
        assert [commit.run_id for commit in await read_all(store, "fork")][-1] == "fork"

    async def test_the_newest_snapshot_up_to_there_is_read(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin_letters(store)
        assert await store.read_snapshot("run") is None
        for head in (3, 7, 5):
            await store.put_snapshot("run", head, f"env {head}".encode())
        found = [await store.read_snapshot("run", until) for until in (None, 9, 7, 6, 5, 4, 3, 2, 0)]
        assert [one and one[0] for one in found] == [7, 7, 7, 5, 5, 3, 3, None, None]
        assert found[0] == (7, b"env 7")

    async def test_a_snapshot_comes_back_byte_by_byte_and_the_last_one_counts(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin_letters(store)
        for env in (b"", bytes(range(256)) * 5000):
            await store.put_snapshot("run", 9, env)
            assert await (await make_store()).read_snapshot("run") == (9, env)

    async def test_a_snapshot_of_more_than_there_is_is_refused(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin_letters(store)
        with pytest.raises(RunKept):
            await store.put_snapshot("run", 10, b"env")
        assert await store.read_snapshot("run") is None

    async def test_snapshots_of_parents_count_up_to_the_fork(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin_letters(store)
        for head in (3, 6, 9):
            await store.put_snapshot("run", head, b"%d" % head)
        await begin(store, "fork", "X", parent=Parent("run", 7))
        await begin(store, "fork of fork", "Y", parent=Parent("fork", 5))
        assert await store.read_snapshot("fork") == (6, b"6")
        assert await store.read_snapshot("fork", 5) == (3, b"3")
        assert await store.read_snapshot("fork of fork") == (3, b"3")
        await store.put_snapshot("fork", 8, b"own")
        assert await store.read_snapshot("fork") == (8, b"own")
        assert await store.read_snapshot("run") == (9, b"9")

    async def test_a_fork_without_records_has_its_parents_snapshot(self, make_store: MakeStore) -> None:
        store = await make_store()
        await begin_letters(store)
        await store.put_snapshot("run", 5, b"five")
        await store.create(new_run("fork", Parent("run", 5)), [], AT_WORK, "bob")
        assert await store.read_snapshot("fork") == (5, b"five")
