"""What was paid for trials that a decision has left out: those behind the task that decided, as far as they came."""

from dataclasses import replace

from agent_brain.core.usage import Usage
from agent_brain.lab.folder import PROGRESS, Folder
from agent_brain.lab.progress import Dropped, Ending, Progress
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.trials.traces import find_owed


async def tell_dropped(progress: Progress, folder: Folder, schedule: Schedule) -> Progress:
    """The end of a decided experiment, with what its journal holds beside the rows; any other end as it is.

    Wanted once nobody is at work on such trials any more. Raises: StoreError.
    """
    decided = progress.tasks_decided
    if decided is None or progress.ending is not Ending.DECIDED:
        return progress
    kept = decided * len(schedule.arms) * schedule.experiment.repeats
    store = folder.open_store()
    try:
        found = await find_owed(store, schedule, kept, lambda slot: slot.place < decided)
    finally:
        await store.aclose()
    told = replace(progress, dropped=_add_up(list(found.values())))
    folder.write(PROGRESS, told.data())
    return told


def _add_up(taken: list[Usage]) -> Dropped:
    whole = sum(taken, Usage())
    return Dropped(len(taken), whole.model_calls, whole.tokens, whole.cost_usd, whole.unpriced_tokens)
