"""tau2-bench's tasks: its JSON read, its customers told what its package tells them, its environments in a child."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from agent_brain import ScriptedModel
from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.items import Action, Observation, OutcomeStatus
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.rows import read_rows
from agent_brain.lab.running import run_experiment
from agent_brain.lab.tasks.sources import read_tasks
from agent_brain.lab.trial import Outcome
from counterparts.worlds import close_world
from lab.tasks.tau2_double import ANN, BOB, write_checkout
from sse_server import Server, play

SCENARIO = """You are a customer.

<scenario>
Persona:
\tIn a hurry.
Instructions:
\tDomain: shop
\tReason for call:
\t\tCancel #1.
\tUnknown info:
\t\tThe price.
\tTask instructions:
\t\tBe brief.
</scenario>"""
CANCEL = '{"name": "cancel", "args": {"order_id": "#1"}}'


def judged(*claims: str) -> dict[str, Any]:
    """A task whose reward counts what is said of the conversation."""
    criteria = ANN["evaluation_criteria"] | {"reward_basis": ["DB", "NL_ASSERTION"], "nl_assertions": list(claims)}
    return ANN | {"evaluation_criteria": criteria}


def test_a_customer_is_told_what_the_package_tells_and_an_agent_its_policy(tmp_path: Path) -> None:
    ann, bob = read_tasks(write_checkout(tmp_path), "tau2_bench", domain="shop", user=ScriptedModel([]))
    assert ann.user is not None
    assert bob.user is not None
    assert (ann.task_id, ann.turns, ann.user.prompt, ann.user.briefing) == (
        "shop-ann", (), SCENARIO, "# Policy\nBe kind.",
    )  # fmt: skip
    assert ann.answer == {"actions": [{"name": "cancel", "args": {"order_id": "#1"}}], "told": ["done"]}
    assert "Instructions:\n\tSay hello." in bob.user.prompt


def test_without_a_model_to_play_it_a_customer_has_written_everything_down(tmp_path: Path) -> None:
    ann, _ = read_tasks(write_checkout(tmp_path), "tau2_bench", domain="shop")
    assert ann.user is None
    assert ann.prompt.startswith("# Policy\nBe kind.\n\nA customer has written down")
    assert "Cancel #1." in ann.prompt


def test_a_split_names_its_tasks(tmp_path: Path) -> None:
    (bob,) = read_tasks(write_checkout(tmp_path), "tau2_bench", domain="shop", split="train")
    assert bob.task_id == "shop-bob"
    with pytest.raises(UnknownName, match="did you mean 'train'"):
        read_tasks(tmp_path, "tau2_bench", domain="shop", split="trian")


async def test_a_world_begins_where_its_task_says_and_its_digest_tells_where_it_stands(tmp_path: Path) -> None:
    ann, _ = read_tasks(write_checkout(tmp_path), "tau2_bench", domain="shop")
    assert ann.make_world is not None
    world = ann.make_world()
    assert await world.read() == {"agent": '{"#1": "pending", "#9": "found"}', "user": None}
    said = [
        [each async for each in world.tools.call(Action(name="cancel", args={"order_id": name}), "a")]
        for name in ("#1", "#2")
    ]
    assert said[0] == [Observation('{"order": "#1", "by": "assistant"}')]
    assert said[1] == [Observation("ValueError: Order not found", OutcomeStatus.FAILED)]
    assert (await world.read())["agent"] == '{"#1": "cancelled", "#9": "found"}'
    await close_world(world)


@pytest.mark.parametrize(
    ("agent", "outcome"),
    [([CANCEL, "It is done."], Outcome.PASSED), (["It is done."], Outcome.WRONG), ([CANCEL, "Bye."], Outcome.WRONG)],
    ids=["all", "only told", "only done"],
)
async def test_a_conversation_passes_that_leaves_the_world_as_it_should_be_and_tells_what_it_should(
    tmp_path: Path, agent: list[str], outcome: Outcome
) -> None:
    customer = ScriptedModel(["Cancel it, please.", "###TRANSFER###"])
    tasks = read_tasks(write_checkout(tmp_path), "tau2_bench", domain="shop", user=customer, count=1)
    arm = Arm("only", {"net": "react_brief", "model": ScriptedModel(agent)})
    await run_experiment(Experiment("shop", tasks, [arm]), tmp_path / "run")
    assert [row.outcome for row in read_rows(tmp_path / "run" / "trials.jsonl")] == [outcome]


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (3, r"tasks\[0\] is 3; wanted an object"),
        ({"id": 3}, "task 0: id is 3; wanted a text"),
        ({"id": "ann"}, "task 0: there is no user_scenario; found: id"),
        (ANN | {"user_scenario": {"instructions": 3}}, "task 0: instructions is 3; wanted an object"),
        (ANN | {"evaluation_criteria": []}, r"task 0: evaluation_criteria is \[\]; wanted an object"),
        (ANN | {"evaluation_criteria": {"actions": [{}]}}, "task 0: actions: there is no name; found: nothing"),
        (ANN | {"evaluation_criteria": {"actions": [{"requestor": "user"}]}}, "'user' acts, who has no tools here"),
        (judged("It is polite."), "its reward counts NL_ASSERTION; wanted judge = 'MODEL'"),
        (ANN | {"evaluation_criteria": {"reward_basis": ["ENV_ASSERTION"]}}, "counts ENV_ASSERTION, .*: functions of"),
        (ANN | {"evaluation_criteria": {"reward_basis": ["LUCK"]}}, "counts LUCK, .*: it is not known"),
        (ANN | {"initial_state": {"message_history": [1]}}, "it begins in the middle of a conversation"),
    ],
    ids=itertools.count(),
)
def test_a_task_that_cannot_be_read_is_named_with_its_place_and_the_reason(
    tmp_path: Path, task: Any, told: str
) -> None:
    with pytest.raises(SetupError, match=told):
        read_tasks(write_checkout(tmp_path, task, BOB), "tau2_bench", domain="shop")


def test_a_folder_that_is_no_checkout_and_code_that_cannot_be_run_are_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"holds no domains/retail/tasks.json; wanted a checkout of tau2-bench"):
        read_tasks(tmp_path, "tau2_bench")
    place = write_checkout(tmp_path) / "src" / "tau2" / "domains" / "shop" / "environment.py"
    place.write_text("import nothing_")
    with pytest.raises(SetupError, match="No module named 'nothing_'"):
        read_tasks(tmp_path, "tau2_bench", domain="shop")


@pytest.mark.parametrize(("is_true", "outcome"), [("true", Outcome.PASSED), ("false", Outcome.WRONG)])
async def test_what_is_said_of_a_conversation_in_words_is_judged_by_a_model(
    tmp_path: Path, is_true: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    asked: list[str] = []

    def judge(request: Any) -> str:
        asked.append(str(request["messages"]))
        return f'{{"feedback": "", "value": 0.5, "passed": {is_true}}}'

    customer, agent = ScriptedModel(["Cancel it, please.", "###STOP###"]), ScriptedModel([CANCEL, "It is gone."])
    async with Server(play(judge)) as server:
        tasks = read_tasks(
            write_checkout(tmp_path, judged("It is polite."), BOB), "tau2_bench", domain="shop", user=customer,
            judge=f"judge@{server.base_url}", count=1,
        )  # fmt: skip
        arm = Arm("only", {"net": "react_brief", "model": agent})
        await run_experiment(Experiment("shop", tasks, [arm]), tmp_path / "run")

    (row,) = read_rows(tmp_path / "run" / "trials.jsonl")
    assert (row.outcome, row.judge_calls, row.user_calls, row.model_calls) == (outcome, 1, 2, 2)
    for told in ("It is polite.", "customer: ", "agent calls cancel", "agent: It is gone."):
        assert told in asked[0]


def test_a_task_that_says_nothing_in_words_needs_no_judge(tmp_path: Path) -> None:
    (task,) = read_tasks(write_checkout(tmp_path, judged(), BOB), "tau2_bench", domain="shop", count=1)
    assert (task.evaluator, task.answer.keys()) == ("tau_bench", {"actions"})
