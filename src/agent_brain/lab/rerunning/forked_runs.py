"""The run of a trial that goes on from a stored one: forked from its first records, then driven as any run."""

from contextlib import suppress

from agent_brain.core.errors import RunExists
from agent_brain.core.store import Store
from agent_brain.engine.journal import read_env
from agent_brain.lab.task import Task
from agent_brain.lab.trials.past import count_inside
from agent_brain.lab.trials.row_making import Before, Course
from agent_brain.lab.trials.trial_runs import TrialRuns, make_course


class ForkedRuns(TrialRuns):
    """One run, of the last turn; those of the turns before are in what it takes over."""

    async def go(self) -> Course:
        """The end of the run, begun where the stored one stood, with whatever net this arm has."""
        origin, run_id = self.slot.task.origin, self.slot.trial_id
        assert origin is not None  # only tasks that have one are done so
        last = len(self.slot.task.turns) - 1
        self.offer(last)
        labels = {**self.labels, "turn": last}
        with suppress(RunExists):
            await self.brain.fork(origin.run_id, origin.head, fork_id=run_id, labels=labels, takes_net=True)
        env, failed = await self.take_on(run_id)
        await self.bring_world(run_id)
        inside = await count_inside(self.brain, run_id, [env], origin.head)
        return make_course([env], failed, inside, self.model_seconds)


async def read_before(store: Store, task: Task) -> Before:
    """What the trials of a task take over; nothing of one that begins with its question. Raises: StoreError."""
    if task.origin is None:
        return Before()
    return Before.read((await read_env(store, task.origin.run_id, task.origin.head))[0])
