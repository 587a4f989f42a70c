"""Running an experiment: in this process or in several, from its beginning or from where it was left."""

import os
from collections.abc import Mapping
from contextlib import AsyncExitStack

from agent_brain.core.errors import SetupError
from agent_brain.lab.arms.arm_brains import ArmBrains, make_arms
from agent_brain.lab.changes import find_changed
from agent_brain.lab.description import describe_experiment
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.extras import check_extra
from agent_brain.lab.folder import EXPERIMENT, Folder
from agent_brain.lab.judging import check_evaluators
from agent_brain.lab.progress import Progress
from agent_brain.lab.rows import Rows
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.trial import Outcome, Trial
from agent_brain.lab.trials.abandoned import free_abandoned
from agent_brain.lab.trials.children import open_children
from agent_brain.lab.trials.conducting import ATTEMPTS_MAX, Conductor
from agent_brain.lab.trials.dropped import tell_dropped
from agent_brain.lab.trials.runner import Hand, Runner, Watch


async def run_experiment(  # noqa: PLR0913  # one keyword for each way to run it
    experiment: Experiment,
    folder: str | os.PathLike[str],
    *,
    processes: int = 0,
    pilot: int | None = None,
    watch: Watch | None = None,
    attempts_max: int = ATTEMPTS_MAX,
    again: bool = False,
) -> Progress:
    """Do all trials that have not been done, and give how it ended; rows and journal are in the folder.

    `processes`: so many child processes share the work, 0: this one does it; `pilot`: only the first tasks; `watch`
    is told of progress; `attempts_max`: how often a trial is tried where something outside breaks; `again`: trials
    that a bug has ended are tried once more; what a model's server refused has happened, and stays. What was done
    before is not done, or paid, again.
    Raises: SetupError for an experiment that cannot be run, or that another process runs; StoreError where nothing
    can be kept. Whatever ends it, also a kill: running it again goes on from there.
    """
    check_extra()
    for name, number, least in (("processes", processes, 0), ("pilot", 1 if pilot is None else pilot, 1)):
        if number < least:
            raise SetupError(f"{name} is {number}; wanted a whole number of at least {least}")
    place = Folder(folder)
    check_evaluators(experiment)
    arms = make_arms(experiment)
    place.check_name(experiment.name)
    with place.held():
        schedule = Schedule(experiment, arms, pilot)
        changed = find_changed(place, arms)
        _describe(place, experiment, arms)
        await free_abandoned(place)
        servers = {name: brains.servers for name, brains in arms.items()}
        async with AsyncExitStack() as stack:
            hands: list[Hand] = []
            if processes:
                hands += await stack.enter_async_context(open_children(experiment, place, processes, attempts_max))
            else:
                store = place.open_store()
                stack.push_async_callback(store.aclose)
                for brains in arms.values():
                    stack.push_async_callback(brains.aclose)
                hands.append(Conductor(arms, store, schedule.splits, attempts_max))
            is_again = _has_failed if again else _is_none
            runner = Runner(place, schedule, hands, servers, watch, is_again=is_again, changed=changed)
            progress = await runner.run()
        return await tell_dropped(progress, place, schedule)


def _describe(place: Folder, experiment: Experiment, arms: Mapping[str, ArmBrains]) -> None:
    """Write down what the experiment is made of; when it first began stays.

    Rows of what it is not any more go first: whatever is killed then, no report takes them for its own.
    """
    before = place.read() if place.has_experiment else {}
    schedule = Schedule(experiment, arms)
    found = describe_experiment(schedule, str(before.get("began_at", "")))
    if before.get("digest") != found["digest"]:
        Rows(place.rows).keep(lambda row: schedule.find_order(row) is not None)
    place.write(EXPERIMENT, found)


def _has_failed(row: Trial) -> bool:
    return row.outcome is Outcome.FAILED


def _is_none(_: Trial) -> bool:
    return False
