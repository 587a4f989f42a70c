"""What was changed after trials were run: those of changed arms are paid anew, those judged otherwise judged again."""

from collections.abc import Iterator, Mapping

from agent_brain.core.counting import count
from agent_brain.lab.arms.arm_brains import ArmBrains
from agent_brain.lab.folder import EXPERIMENT, Folder
from agent_brain.lab.rows import read_rows
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.toml_table import Table


def find_changed(folder: Folder, arms: Mapping[str, ArmBrains]) -> list[str]:
    """The arms with rows of another configuration than they have now, in their order. Raises: SetupError."""
    if not folder.has_experiment:
        return []
    before = dict(_read_arms(folder))
    changed = [name for name, brains in arms.items() if before.get(name, brains.digest) != brains.digest]
    done = {row.arm for row in read_rows(folder.rows)} if changed else set()
    return [name for name in changed if name in done]


def count_judged_again(folder: Folder, schedule: Schedule) -> int:
    """Tasks that ask what they asked and are judged otherwise than when they were run. Raises: SetupError."""
    if not folder.has_experiment:
        return 0
    before = dict(_read_rights(folder))
    found = (schedule.describe_task(task) for task in schedule.tasks)
    return sum(before.get((each.task.task_id, each.asked), each.right) != each.right for each in found)


def _read_arms(folder: Folder) -> Iterator[tuple[str, str]]:
    """The names and digests that are kept."""
    where = str(folder.path / EXPERIMENT)
    for place, each in enumerate(Table(folder.read(), where).take("arms", list, [])):
        arm = Table(each, f"{where}, arms[{place}]")
        yield arm.take("name", str, ""), arm.take("digest", str, "")


def _read_rights(folder: Folder) -> Iterator[tuple[tuple[str, str], str]]:
    """By name and digest of each kept task, the digest of what says whether it was done."""
    where = str(folder.path / EXPERIMENT)
    for place, each in enumerate(Table(folder.read(), where).take("tasks", list, [])):
        task = Table(each, f"{where}, tasks[{place}]")
        right = task.take("right", str, "")
        if right:
            yield (task.take("task", str, ""), task.take("digest", str, "")), right


def describe_changed(folder: Folder, changed: list[str]) -> str:
    """What that means, in words."""
    return (
        f"changed since trials of them were run: {', '.join(changed)}; their trials are new, and paid anew; "
        f"the runs of the old ones stay in the journal {folder.journal}"
    )


def describe_judged_again(tasks: int) -> str:
    """What it means that so many tasks have another evaluator or answer, in words."""
    return (
        f"the evaluator or the right answer of {count(tasks, 'task')} was changed: trials that were done are judged "
        "again, and their models are not asked again"
    )
