"""Stores by URL: what a text names, and what is said where it names nothing."""

import sys
from pathlib import Path

import pytest

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.store import Store
from agent_brain.stores.memory import MemoryStore
from agent_brain.stores.sqlite import SqliteStore
from agent_brain.wiring.stores import make_store


@pytest.mark.parametrize("url", [None, "memory"])
def test_without_a_file_runs_are_kept_in_memory(url: str | None) -> None:
    assert isinstance(make_store(url), MemoryStore)
    assert make_store(url) is not make_store(url)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("runs.db", "runs.db"), ("a/b/runs", "a/b/runs"), ("sqlite:///runs.db", "runs.db"),
        ("SQLite:///a/runs.db", "a/runs.db"), (Path("a/runs.db"), "a/runs.db"), ("a:b.db", "a:b.db"),
        ("sqlite:///with space%20.db", "with space%20.db"),
    ],
)  # fmt: skip
def test_a_path_is_a_sqlite_files(url: str | Path, path: str) -> None:
    store = make_store(url)
    assert isinstance(store, SqliteStore)
    assert store.path == Path.cwd() / path


@pytest.mark.parametrize("url", ["/tmp/runs.db", "sqlite:////tmp/runs.db"])
def test_a_path_may_begin_at_the_root(url: str) -> None:
    store = make_store(url)
    assert isinstance(store, SqliteStore)
    assert store.path == Path("/tmp/runs.db")


def test_a_path_may_begin_at_home() -> None:
    store = make_store("~/runs.db")
    assert isinstance(store, SqliteStore)
    assert store.path == Path.home() / "runs.db"


def test_a_store_is_taken_as_it_is() -> None:
    store = MemoryStore()
    assert make_store(store) is store


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_postgres_url_is_a_postgres_store(scheme: str) -> None:
    store = make_store(f"{scheme}://ann@localhost/runs")
    assert type(store).__name__ == "PostgresStore"
    assert isinstance(store, Store)


def test_an_unknown_scheme_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match=r"'mysql'.*a file's path, memory, postgresql://.*, sqlite:///FILE"):
        make_store("mysql://localhost/runs")


@pytest.mark.parametrize("url", ["", "  ", "sqlite", "postgresql", "sqlite://", "sqlite:///", "sqlite://host/runs.db"])
def test_a_url_that_names_no_file_is_refused(url: str) -> None:
    with pytest.raises(SetupError, match=r"wanted .*sqlite:///FILE"):
        make_store(url)


@pytest.mark.parametrize("url", [":memory:", "sqlite:///:memory:", "file:runs.db?mode=memory"])
def test_a_file_that_is_none_points_at_the_memory_store(url: str) -> None:
    with pytest.raises(SetupError, match=r"MemoryStore\(\)"):
        make_store(url)


def test_an_object_that_is_no_store_is_refused() -> None:
    with pytest.raises(SetupError, match="wanted Store"):
        make_store(5)  # type: ignore[arg-type]  # what an untyped caller may do


class Nowhere:
    """Import machinery that finds nothing."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        return None


@pytest.fixture
def no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not imported already cannot be imported."""
    monkeypatch.setattr(sys, "meta_path", [Nowhere])
    for name in [name for name in sys.modules if name.partition(".")[0] == "asyncpg"]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.usefixtures("no_driver")
def test_a_missing_driver_names_the_extra() -> None:
    with pytest.raises(SetupError, match=r"asyncpg: pip install 'agent-brain\[postgres\]'"):
        make_store("postgresql://localhost/runs")
