"""The folder of a re-run: one of its own, whose rows it goes on with and never puts away."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent_brain.core.counting import count
from agent_brain.core.errors import SetupError
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.folder import Folder

RERUN = "rerun"
"""Under this key the source of such an experiment says what it goes on from."""
WHOLE = ("experiment", "arm", "from")
"""What all re-runs in one folder have alike."""
TOLD_MAX = 5


def check_place(place: Folder, source: Folder, experiment: Experiment) -> None:
    """Let a folder pass that is new, or whose re-run is a part of this one: more changes, trials and tries.

    Raises: SetupError for another: rows that somebody has looked at would be gone from it.
    """
    if place.path.resolve() == source.path.resolve():
        raise SetupError(f"{place.path} is the folder of the stored trials; wanted one of its own")
    if not place.has_experiment:
        return
    kept, wanted = place.read(), experiment.source[RERUN]
    found = kept.get("source", {}).get(RERUN, {})
    if any(found.get(name) != wanted[name] for name in WHOLE):
        what = f"a re-run of {found['arm']!r} from {found['from']}" if found else "an experiment of its own"
        raise SetupError(f"{place.path} holds {what}; wanted another folder, or none")
    left = [*_find_left(found, wanted), *_find_fewer(kept.get("repeats", 1), experiment.repeats)]
    if left:
        more = f" and {len(left) - TOLD_MAX} more" if len(left) > TOLD_MAX else ""
        raise SetupError(
            f"{place.path} holds a re-run with {_tell(found)}, and this one is with {_tell(wanted)}: rows would be "
            f"lost, those of {', '.join(left[:TOLD_MAX])}{more}; wanted another folder for it (--folder), or what was "
            "asked for before beside what is asked for now"
        )


def _find_left(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    """What the rows of one re-run are of, and those of the other would not be; earlier versions have not kept it."""
    changes = wanted["changes"]
    for name, parts in found.get("changes", {}).items():
        if name not in changes:
            yield repr(name)
        elif changes[name] != parts:
            yield f"{name!r} as it was"
    if found.get("together") and (not wanted["together"] or found.get("changes") != changes):
        yield "all changes together"
    if found.get("same_luck", wanted["same_luck"]) != wanted["same_luck"]:
        yield f"all trials with {'the same luck' if found['same_luck'] else 'luck of their own'}"
    tasks = wanted["tasks"]
    if tasks:
        yield from (f"task {task!r}" for task in found.get("tasks", ()) if task not in tasks)
        if not found.get("tasks", tasks):
            yield f"other tasks than {', '.join(map(repr, tasks[:TOLD_MAX]))}"


def _find_fewer(found: int, wanted: int) -> Iterator[str]:
    if found > wanted:
        yield f"{count(found - wanted, 'repeat')} of each"


def _tell(made: Mapping[str, Any]) -> str:
    """Its changes, by name."""
    names = list(made.get("changes", ()))
    more = f" and {len(names) - TOLD_MAX} more" if len(names) > TOLD_MAX else ""
    return (", ".join(map(repr, names[:TOLD_MAX])) or "no change") + more
