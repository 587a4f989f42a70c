"""What every archive promises: entries in order, changes once for each event, apart from others, frozen on demand."""

from typing import Protocol

import pytest

from agent_brain.core.archive import Archive, Change, Entry
from agent_brain.core.errors import SetupError


class MakeArchive(Protocol):
    """Gives the archive of a name in the same place each time."""

    def __call__(self, name: str = "a", *, frozen: bool = False) -> Archive: ...


class ArchiveContract:
    """A test class of an adapter inherits this, with a fixture `make_archive`."""

    async def test_entries_come_back_in_the_order_in_which_their_ids_came(self, make_archive: MakeArchive) -> None:
        archive = make_archive()
        await archive.change("1", [Change("b", "blue", {"n": [1]}), Change("a", "red \x00é")])
        await archive.change("2", [Change("b", "black")])
        assert await archive.read() == [Entry("b", "black"), Entry("a", "red \x00é")]

    async def test_an_event_is_written_once(self, make_archive: MakeArchive) -> None:
        archive = make_archive()
        assert await archive.change("run:1", [Change("a", "first")]) is True
        assert await archive.change("run:1", [Change("a", "second"), Change("b", "more")]) is False
        assert await archive.read() == [Entry("a", "first")]

    async def test_what_is_removed_is_gone_and_what_was_never_there_too(self, make_archive: MakeArchive) -> None:
        archive = make_archive()
        await archive.change("1", [Change("a", "red"), Change("b", "blue")])
        await archive.change("2", [Change("a", None), Change("c", None)])
        assert await archive.read() == [Entry("b", "blue")]

    async def test_of_changes_that_cannot_be_kept_none_is_made(self, make_archive: MakeArchive) -> None:
        archive = make_archive()
        with pytest.raises(TypeError):
            await archive.change("1", [Change("a", "red"), Change("b", "blue", {"no JSON": object()})])
        assert await archive.read() == []
        assert await archive.change("1", [Change("a", "red")]) is True

    async def test_changes_can_go_by_what_is_there(self, make_archive: MakeArchive) -> None:
        archive = make_archive()
        count = lambda entries: [Change("n", str(1 + sum(int(entry.text) for entry in entries)))]  # noqa: E731
        assert [await archive.merge(event, count) for event in ("1", "2", "2")] == [True, True, False]
        assert await archive.read() == [Entry("n", "2")]

    async def test_a_frozen_one_is_read_and_rejects_writes(self, make_archive: MakeArchive) -> None:
        await make_archive().change("1", [Change("a", "red")])
        archive = make_archive(frozen=True)
        with pytest.raises(SetupError, match="the archive is frozen"):
            await archive.change("2", [Change("a", "blue")])
        with pytest.raises(SetupError, match="the archive is frozen"):
            await archive.merge("2", lambda entries: [Change("a", None)])
        assert (archive.is_frozen, await archive.read()) == (True, [Entry("a", "red")])

    async def test_names_are_apart(self, make_archive: MakeArchive) -> None:
        await make_archive("a").change("1", [Change("x", "red")])
        await make_archive("b").change("1", [Change("x", "blue")])
        assert [await make_archive(name).read() for name in "ab"] == [[Entry("x", "red")], [Entry("x", "blue")]]
