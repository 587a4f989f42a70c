"""A trial of a world in a child process, taken up again after the model's server broke: the world is brought back."""

from collections.abc import Sequence
from pathlib import Path

from agent_brain import ScriptedModel
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.tasks.sources import read_tasks
from agent_brain.lab.trial import Outcome
from agent_brain.lab.trials.conducting import Conductor
from agent_brain.models.scripted import Line
from agent_brain.stores.memory import MemoryStore
from lab.tasks.tau_double import write_checkout

CANCEL = '{"name": "cancel_order", "args": {"order_id": "#1"}}'


async def test_a_world_is_brought_to_where_the_trial_had_led_it(tmp_path: Path) -> None:
    asked = []

    def say(messages: Sequence[Message]) -> Line:
        asked.append(messages)
        is_down = len(asked) == 2
        return (
            ModelError(ModelErrorKind.CONNECTION, "the server is down")
            if is_down
            else (CANCEL, "", "Done.")[len(asked) - 1]
        )

    tasks = read_tasks(write_checkout(tmp_path), "tau_bench", domain="shop", count=1)
    experiment = Experiment("shop", tasks, [Arm("only", {"net": "react_brief", "model": ScriptedModel(say)})])
    arms = make_arms(experiment)
    schedule = Schedule(experiment, arms)

    rows = [await Conductor(arms, MemoryStore(), schedule.splits, 2, (0.0,)).conduct(slot) for slot in schedule]

    assert [(row.outcome, row.attempts, row.tool_calls, row.score) for row in rows] == [(Outcome.PASSED, 2, 1, 1.0)]
