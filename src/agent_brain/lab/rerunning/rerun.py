"""Re-running the stored trials of an arm from a step onwards: an experiment whose tasks are these trials."""

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from agent_brain.core.counting import count
from agent_brain.core.errors import SetupError
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.digests import describe
from agent_brain.lab.experiment import Experiment, Stopping
from agent_brain.lab.folder import Folder
from agent_brain.lab.progress import Progress
from agent_brain.lab.rerunning.place import RERUN, check_place
from agent_brain.lab.rerunning.stored import Stored, bring, list_stored, opened, read_visits
from agent_brain.lab.rerunning.variants import Parts, check_arms, vary_arm
from agent_brain.lab.rerunning.visits import Start, Visit
from agent_brain.lab.running import run_experiment
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.task import Origin, Task
from agent_brain.lab.trial import Trial


@dataclass(frozen=True, slots=True)
class Rerun:
    """What is to be done: an experiment, and where its trials go on from."""

    experiment: Experiment
    source: Folder
    start: Start
    rows: Mapping[str, Trial]
    """Those of the stored trials, by the names of the tasks that they are here."""
    left_out: Mapping[str, str]
    """Stored trials that cannot be gone on with from there, each with the reason."""


async def prepare_rerun(  # noqa: PLR0913  # one keyword for each choice
    experiment: Experiment,
    source: str | os.PathLike[str],
    *,
    arm: str,
    start: str | int,
    changes: Mapping[str, Parts],
    together: bool = False,
    tasks: Collection[str] = (),
    repeats: int = 1,
    same_luck: bool = False,
) -> Rerun:
    """Find the stored trials of an arm, and make an experiment of going on with them; nothing is asked yet.

    `experiment` is the one that was run, `source` its folder. `start`: a step by its number, the first visit of a state
    (`reflect`) or the last one (`last:action`). `changes`: for each new arm the parts that it has in place of those
    of `arm`; beside them stands the arm `unchanged`, and with `together` one that has all changes. `tasks`: only
    their trials. `same_luck`: simulated models draw as they did, so that `unchanged` ends as it has ended.
    Raises: SetupError for what cannot be gone on with, before anything is asked; StoreError.
    """
    if same_luck and repeats > 1:
        raise SetupError(f"with the luck that it had a trial ends {repeats} times alike; wanted repeats=1")
    folder = Folder(source)
    brains = make_arms(experiment)
    found = list_stored(folder, Schedule(experiment, brains), arm, tasks)
    begins = Start.read(str(start), sorted(brains[arm].net.states))
    visits, left_out = await _find_visits(folder, found, begins)
    chosen = [stored for stored in found if stored.name in visits]
    made = replace(
        experiment,
        name=clean(f"{experiment.name} {arm} from {begins}"),
        tasks=[_make_task(stored, visits[stored.name], experiment, same_luck=same_luck) for stored in chosen],
        arms=vary_arm(experiment.find_arm(arm), changes, together=together),
        contrasts=(),
        repeats=repeats,
        stopping=Stopping(),
        confirm=0.0,
        refused={},
        path="",
        source={RERUN: {
            "folder": str(folder.path), "experiment": experiment.name, "arm": arm, "from": str(begins),
            "start": str(start), "changes": describe(changes), "together": together, "tasks": sorted(tasks),
            "same_luck": same_luck, "trials": len(chosen),
            "left_out": left_out,
        }},
    )  # fmt: skip
    check_arms(made, make_arms(made), [visit.state for visit in visits.values()])
    return Rerun(made, folder, begins, {stored.name: stored.row for stored in chosen}, left_out)


async def run_rerun(plan: Rerun, folder: str | os.PathLike[str], **how: Any) -> Progress:
    """Do what was prepared, or go on with it; `how`: as `run_experiment` takes it.

    The stored runs are written into the journal of this folder too: they are what its runs are forks of.
    Raises: SetupError; StoreError.
    """
    place = Folder(folder)
    check_place(place, plan.source, plan.experiment)
    place.path.mkdir(parents=True, exist_ok=True)
    async with opened(plan.source) as source:
        target = place.open_store()
        try:
            for task in plan.experiment.tasks:
                assert task.origin is not None  # all of them were made so
                await bring(source, target, task.origin.run_id)
        finally:
            await target.aclose()
    return await run_experiment(plan.experiment, place.path, **how)


async def rerun(  # noqa: PLR0913  # as above
    experiment: Experiment,
    source: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    arm: str,
    start: str | int,
    changes: Mapping[str, Parts],
    together: bool = False,
    tasks: Collection[str] = (),
    repeats: int = 1,
    same_luck: bool = False,
    **how: Any,
) -> Progress:
    """Go on with stored trials from a step, with parts changed, and keep what comes of it in a folder of its own.

    As `prepare_rerun` and `run_rerun`, one after the other.
    """
    plan = await prepare_rerun(
        experiment, source, arm=arm, start=start, changes=changes, together=together, tasks=tasks, repeats=repeats,
        same_luck=same_luck,
    )  # fmt: skip
    return await run_rerun(plan, folder, **how)


async def _find_visits(
    folder: Folder, found: Collection[Stored], start: Start
) -> tuple[Mapping[str, Visit], Mapping[str, str]]:
    """Where each trial goes on from, and which ones cannot. Raises: SetupError where none can."""
    visits: dict[str, Visit] = {}
    left_out: dict[str, str] = {}
    async with opened(folder) as store:
        for stored in found:
            steps = await read_visits(store, stored)
            if isinstance(steps, str):
                left_out[stored.name] = steps
            elif (visit := start.find(steps)) is None:
                left_out[stored.name] = f"it has {count(len(steps), 'step')}: {', '.join(step.state for step in steps)}"
            else:
                visits[stored.name] = visit
    if not visits:
        name, why = next(iter(left_out.items()))
        raise SetupError(f"none of {len(left_out)} stored trials has {start}; the first, {name}: {why}")
    return visits, left_out


def _make_task(stored: Stored, visit: Visit, experiment: Experiment, *, same_luck: bool) -> Task:
    """The stored trial as a task: several of one task are of one family, as they are no independent witnesses."""
    task, row = stored.task, stored.row
    taken_over = None if task.origin is None else task.origin.luck
    luck = (taken_over or (task.task_id, row.arm, row.repeat)) if same_luck else None
    return replace(
        task,
        task_id=stored.name,
        family=task.family or (task.task_id if experiment.repeats > 1 else ""),
        split=row.split,
        origin=Origin(stored.run_id, visit.head, visit.state, visit.step, luck),
    )


def clean(name: str) -> str:
    """A name that can be a folder's too."""
    return re.sub(r"[^\w .+-]", "-", name)
