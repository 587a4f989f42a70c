"""A server that fails again and again is given up, whoever is asked there: an arm, a judge, or who plays a user."""

from collections.abc import Callable, Sequence

import pytest

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.core.records import Failed
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Outcome, Trial
from agent_brain.lab.trials.asking import Asked, Asking
from agent_brain.lab.trials.conducting import Conductor
from agent_brain.lab.trials.failures import JUDGE, USER
from agent_brain.lab.user import Player, User
from agent_brain.models.scripted import Line, ScriptedModel
from agent_brain.stores.memory import MemoryStore
from sse_server import Server, response, send_raw

TIMES = 4
UNASKED = "not asked: its server has failed 5 attempts in a row, at last: "


class Far(ScriptedModel):
    """A model on a server of its own."""

    def __init__(self, server: str, script: Callable[[Sequence[Message]], Line]) -> None:
        super().__init__(script)
        self.server = server


def make_experiment(evaluator: str = "exact", user: User | None = None) -> tuple[Experiment, ScriptedModel]:
    """Tasks with such an evaluator or user, and one that needs neither; and the arm's model."""
    turns = () if user else ("What is 2 + 2?",)
    hard = [Task(f"t{i}", turns, answer="4", user=user, evaluator=evaluator) for i in range(TIMES)]
    model = Far("http://arm", lambda _: "4")
    arms = [Arm("only", {"net": "direct", "model": model})]
    return Experiment("dead", [*hard, Task("plain", ("What is 2 + 2?",), answer="4", evaluator="exact")], arms), model


async def conduct(experiment: Experiment) -> dict[str, Trial]:
    """All trials in the order of their tasks, without waiting between attempts."""
    arms = make_arms(experiment)
    schedule = Schedule(experiment, arms)
    conductor = Conductor(arms, MemoryStore(), schedule.splits, wait_seconds=(0.0,))
    slots = {slot.task.task_id: slot for slot in schedule}
    return {task.task_id: await conductor.conduct(slots[task.task_id]) for task in experiment.tasks}


async def test_a_judge_that_is_down_is_given_up_and_no_arm_is_asked_for_it_in_vain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    async with Server(send_raw(response(503, "down", **{"retry-after": "0"}))) as server:
        experiment, model = make_experiment(f'model("judge@{server.base_url}")')
        rows = await conduct(experiment)

    assert [row.attempts for row in rows.values()] == [3, 2, 0, 0, 1]
    assert len(model.calls) == 3
    assert rows["t0"].error.startswith("EvaluatorFailed: server: model 'judge' at ")
    assert rows["t3"].error.startswith(f"EvaluatorFailed: server: {UNASKED}model 'judge' at ")
    assert (rows["t3"].outcome, rows["plain"].outcome) == (Outcome.INFRASTRUCTURE, Outcome.PASSED)


@pytest.mark.parametrize("kind", [ModelErrorKind.CONNECTION, ModelErrorKind.PROTOCOL])
async def test_a_users_server_that_is_down_is_given_up_and_tasks_without_one_go_on(kind: ModelErrorKind) -> None:
    player = Far("http://user", lambda _: ModelError(kind, "down"))
    experiment, model = make_experiment(user=User("You are Ann.", Player(player)))

    rows = await conduct(experiment)

    assert [row.attempts for row in rows.values()] == [3, 2, 0, 0, 1]
    assert (len(player.calls), len(model.calls)) == (5, 1)
    assert [rows[name].error for name in ("t0", "t3")] == [
        f"UserFailed: {kind}: down", f"UserFailed: {kind}: {UNASKED}down"
    ]  # fmt: skip
    assert rows["plain"].outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        (None, [{"a"}, {"u"}, {"j"}]),
        (Failed("ModelError", "down", "connection"), [{"a"}]),
        (Failed(USER, "down", "connection"), [{"u"}]),
        (Failed(JUDGE, "down", "connection"), [{"j"}]),
        (Failed("RunError", "a loop"), [{"a"}]),
    ],
    ids=["well", "model", "user", "judge", "own"],
)
def test_an_end_tells_of_the_servers_of_whoever_it_was(failed: Failed | None, told: list[set[str]]) -> None:
    asked = Asked(*(frozenset(name) for name in "auj"))

    assert asked.list_told(failed) == told
    assert asked.all == {"a", "u", "j"}


def test_a_judge_inside_an_arm_is_asked_with_the_arms_models() -> None:
    experiment, model = make_experiment()
    parts = {"net": "retry(direct, tries=2)", "model": model, "evaluator": 'model("inner@http://inner/v1")'}
    arms = make_arms(Experiment("dead", experiment.tasks, [Arm("only", parts)], evaluator='model("j@http://out/v1")'))
    slot = next(slot for slot in Schedule(experiment, make_arms(experiment)) if slot.task.task_id == "plain")

    asked = Asking().find(slot, arms["only"])

    assert asked == Asked(frozenset({"http://arm", "http://inner/v1"}))
