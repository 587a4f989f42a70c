"""Arms that were changed after trials of theirs were run: those trials do not count any more, and new ones are paid."""

from collections.abc import Iterator, Mapping

from agent_brain.lab.arm_brains import ArmBrains
from agent_brain.lab.folder import EXPERIMENT, Folder
from agent_brain.lab.rows import read_rows
from agent_brain.lab.toml_table import Table


def find_changed(folder: Folder, arms: Mapping[str, ArmBrains]) -> list[str]:
    """The arms with rows of another configuration than they have now, in their order. Raises: SetupError."""
    if not (folder.path / EXPERIMENT).is_file():
        return []
    before = dict(_read_arms(folder))
    changed = [name for name, brains in arms.items() if before.get(name, brains.digest) != brains.digest]
    done = {row.arm for row in read_rows(folder.rows)} if changed else set()
    return [name for name in changed if name in done]


def _read_arms(folder: Folder) -> Iterator[tuple[str, str]]:
    """The names and digests that are kept."""
    where = str(folder.path / EXPERIMENT)
    for place, each in enumerate(Table(folder.read(), where).take("arms", list, [])):
        arm = Table(each, f"{where}, arms[{place}]")
        yield arm.take("name", str, ""), arm.take("digest", str, "")


def describe_changed(folder: Folder, changed: list[str]) -> str:
    """What that means, in words."""
    return (
        f"changed since trials of them were run: {', '.join(changed)}; their trials are new, and paid anew; "
        f"the runs of the old ones stay in the journal {folder.journal}"
    )
