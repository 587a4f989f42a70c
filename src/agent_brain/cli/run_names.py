"""Runs by what a person calls them: an id, its beginning, or `last`."""

from agent_brain.cli.plain_text import clean
from agent_brain.cli.terminal import print_notice
from agent_brain.core.errors import SetupError
from agent_brain.core.store import RunInfo, Store

LAST = "last"
"""The run that something has happened to last."""
GOAL_CHARACTERS_MAX = 60


async def find_run(store: Store, name: str) -> RunInfo:
    """The run of this name. Raises: SetupError for none, and for several, which are listed on stderr."""
    if name == LAST:
        return await _find_last(store)
    found = await store.find(name) if name else []
    if not found:
        raise SetupError(f"no run's id begins with {name!r:.60}; `agent-brain runs list` names them")
    if name in found or len(found) == 1:
        return await store.get(name if name in found else found[0])
    for run_id in found:
        print_notice(f"  {cut(run_id)}  {cut((await store.get(run_id)).goal)}")
    raise SetupError(f"{name!r} begins the ids of {len(found)} runs or more; wanted enough of one to tell it apart")


def cut(text: str, characters: int = GOAL_CHARACTERS_MAX) -> str:
    """A text as a line that is no longer than this."""
    line = " ".join(clean(text).split())
    return line if len(line) <= characters else line[: characters - 3] + "..."


async def _find_last(store: Store) -> RunInfo:
    found = await store.list_runs(limit=1)
    if not found:
        raise SetupError("there is no run yet; `agent-brain ask` makes one")
    return found[0]
