"""A plugin of pytest: a stored run as a regression test.

    async def test_the_invoice(replay_run):
        await replay_run("runs/invoice.jsonl", make_brain())

Nothing but pytest's own and the package itself is loaded before a test asks for the fixture.
"""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # what `_play` loads when a run is played; it hides no circle
    from agent_brain.core.store import Store
    from agent_brain.engine.driver import Driver
    from agent_brain.engine.replay import Replay

EXPORT_SUFFIX = ".jsonl"


class ReplayRun:
    """Plays stored runs back and fails where a brain does not do any more what it did.

    `where` is an exported run (`agent-brain runs export`): a path, which may begin in the folder of the test; or a
    run's name, which may be shortened, in `store` (a URL, a path or a Store; None: the brain's own).
    Raises: ReplayDiffers, an AssertionError that says what has changed; SetupError for no such file or run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def __call__(
        self, where: "str | os.PathLike[str]", brain: "Driver", *, store: "str | Store | None" = None
    ) -> "Replay":
        """The replay, which is the same."""
        __tracebackhide__ = True
        found = await _play(where, brain, store, self._folder)
        found.check()
        return found

    def sync(self, where: "str | os.PathLike[str]", brain: "Driver", *, store: "str | Store | None" = None) -> "Replay":
        """As a call, for a test that is no coroutine."""
        __tracebackhide__ = True
        found = asyncio.run(_play(where, brain, store, self._folder))
        found.check()
        return found


@pytest.fixture
def replay_run(request: pytest.FixtureRequest) -> ReplayRun:
    """Play a stored run back: `await replay_run(PATH_OR_RUN_ID, brain)`, or `replay_run.sync(...)`."""
    return ReplayRun(request.path.parent)


async def _play(
    where: "str | os.PathLike[str]", brain: "Driver", store: "str | Store | None", folder: Path
) -> "Replay":
    from agent_brain.engine.replay import replay_stored
    from agent_brain.wiring.stores import make_store

    file = _find_file(where, folder) if store is None else None
    if file is not None:
        return await _play_export(file, brain)
    kept = brain.store if store is None else make_store(store)
    try:
        found = await kept.find(os.fspath(where))
        return await replay_stored(kept, found[0] if len(found) == 1 else os.fspath(where), brain)
    finally:
        if kept is not brain.store and kept is not store:
            await kept.aclose()


def _find_file(where: "str | os.PathLike[str]", folder: Path) -> Path | None:
    """The export that is meant; None where a run's name is. Raises: SetupError."""
    from agent_brain.core.errors import SetupError

    places = list(dict.fromkeys([folder / where, Path.cwd() / where]))
    found = next((place for place in places if place.is_file()), None)
    if found is None and (not isinstance(where, str) or where.endswith(EXPORT_SUFFIX)):
        raise SetupError(f"no exported run at {' or '.join(map(str, places))}")
    return found


async def _play_export(file: Path, brain: "Driver") -> "Replay":
    from agent_brain.core.env_json import decode_env
    from agent_brain.engine.export import read_export
    from agent_brain.engine.replay import replay

    found = read_export(_read_lines(file))
    before = None if found.snapshot is None else decode_env(found.snapshot[1])
    return await replay(found.commits, brain, before)


def _read_lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").split("\n")
