"""Tasks whose user is played by a model: what is said becomes the agent's turns, once, and is paid apart."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_brain import ScriptedModel
from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.core.items import Message
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.experiment_file import read_experiment
from agent_brain.lab.folder import Folder
from agent_brain.lab.planning import make_plan
from agent_brain.lab.rows import read_rows
from agent_brain.lab.running import run_experiment
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.sources import read_tasks
from agent_brain.lab.trial import Outcome, Trial
from agent_brain.lab.trials.traces import find_owed
from agent_brain.lab.user import Player, User, make_player
from agent_brain.models.prices import Price
from agent_brain.models.scripted import Line
from lab.sums import run, untime
from sse_server import Server, play

WISHES = ("I want the red one.", "And when does it come?", "###STOP###")


class Customer:
    """Says one thing after the other, and remembers what it was shown."""

    def __init__(self, *lines: Line) -> None:
        self.lines, self.shown = list(lines or WISHES), list[Sequence[Message]]()
        self.model = ScriptedModel(self.say)

    def say(self, messages: Sequence[Message]) -> Line:
        """The line that comes after those that it is shown."""
        self.shown.append(list(messages))
        said = sum(message["role"] == "assistant" for message in messages)
        return self.lines[said] if isinstance(self.lines[said], str) else self.lines.pop(said)

    def make_task(self, **about: Any) -> Task:
        user = User("You are Ann. You want the red one.", Player(self.model), **about)
        return Task("ann", (), answer="tomorrow", evaluator="contains", user=user)


def answer(messages: Sequence[Message]) -> str:
    """What an agent says that looks at the last words alone."""
    return "Tomorrow." if "when" in messages[-1]["content"] else "Here it is."


def make_experiment(task: Task, script: Any = answer, **parts: Any) -> Experiment:
    return Experiment("talk", [task], [Arm("only", {"net": "direct", "model": ScriptedModel(script), **parts})])


async def test_what_a_user_says_is_the_next_turn_until_it_says_that_it_is_over(tmp_path: Path) -> None:
    customer = Customer()
    _, (row,) = await run(make_experiment(customer.make_task(briefing="Be kind.")), tmp_path)

    store = Folder(tmp_path).open_store()
    goals = {info.run_id: info.goal for info in await store.list_runs()}
    await store.aclose()
    assert (row.outcome, row.turns, row.answer, row.model_calls) == (Outcome.PASSED, 2, "Tomorrow.", 2)
    assert goals[row.trial_id] == "Be kind.\n\nI want the red one."
    assert goals[f"{row.trial_id}-2"] == "And when does it come?"


async def test_a_user_is_told_who_it_is_and_hears_what_the_agent_answers(tmp_path: Path) -> None:
    customer = Customer()
    await run(make_experiment(customer.make_task()), tmp_path)

    first, second, third = customer.shown
    assert first[0]["role"] == "system"
    assert "You are Ann." in first[0]["content"]
    assert "How can I help you today?" in first[1]["content"]
    assert "Here it is." in str(second[-1]["content"]) + str(second[-2]["content"])
    assert [message["content"] for message in third if message["role"] == "assistant"] == list(WISHES[:2])


async def test_what_a_user_takes_is_counted_apart_from_the_arm(tmp_path: Path) -> None:
    progress, (row,) = await run(make_experiment(Customer().make_task()), tmp_path)

    assert (row.model_calls, row.user_calls) == (2, 3)
    assert progress.unpriced_tokens == row.unpriced_tokens + row.user_tokens
    assert row.user_tokens > 0
    assert row.user_tokens == row.user_unpriced_tokens


async def test_what_a_user_takes_is_priced_and_spent_from_the_experiments_budget(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="'scripted' plays users, and nobody knows what that costs"):
        await run(replace(make_experiment(Customer().make_task()), budget_usd=1.0), tmp_path)
    priced = {"scripted": Price(input=1.0, output=1.0)}
    experiment = make_experiment(Customer().make_task(), prices=priced)
    progress, (row,) = await run(replace(experiment, budget_usd=1.0, prices=priced), tmp_path)

    assert row.user_cost_usd > 0
    assert (progress.cost_usd, progress.unpriced_tokens) == (row.cost_usd + row.user_cost_usd, 0)


async def test_a_plan_tells_what_users_take_beside_the_arms(tmp_path: Path) -> None:
    experiment = make_experiment(Customer().make_task(turns_max=4))
    schedule = Schedule(experiment, make_arms(experiment))
    before = make_plan(schedule, [])
    _, rows = await run(experiment, tmp_path)
    (arm,) = make_plan(schedule, rows).arms

    assert (before.calls_max, before.user_calls_max) == (4, 5)
    assert (arm.calls, arm.user_calls) == (2, 3)


async def test_an_experiment_that_is_run_again_asks_no_user_again(tmp_path: Path) -> None:
    customer = Customer()
    experiment = make_experiment(customer.make_task())
    _, rows = await run(experiment, tmp_path)
    (tmp_path / "trials.jsonl").unlink()
    _, again = await run(experiment, tmp_path)

    assert untime(again) == untime(rows)
    assert len(customer.shown) == 3


async def test_a_user_whose_server_breaks_is_asked_again_and_says_nothing_twice(tmp_path: Path) -> None:
    down = ModelError(ModelErrorKind.BAD_REQUEST, "it is down")
    customer = Customer(WISHES[0], down, *WISHES[1:])
    _, lost = await run(make_experiment(customer.make_task()), tmp_path, attempts_max=1)
    _, (row,) = await run(make_experiment(customer.make_task()), tmp_path, attempts_max=1)

    assert [each.outcome for each in lost] == [Outcome.INFRASTRUCTURE]
    assert lost[0].error.startswith("UserFailed: ")
    assert (row.outcome, row.turns, row.model_calls, row.user_calls) == (Outcome.PASSED, 2, 2, 3)


async def test_a_conversation_without_an_end_has_failed(tmp_path: Path) -> None:
    customer = Customer(*["And when?"] * 5)
    _, (row,) = await run(make_experiment(customer.make_task(turns_max=2)), tmp_path)

    assert (row.outcome, row.score, row.turns) == (Outcome.FAILED, 0.0, 2)
    assert row.error == "NoEnd: the conversation was not over after 2 turns"


async def test_a_user_who_says_nothing_but_that_it_is_over_says_nothing_of_the_arm(tmp_path: Path) -> None:
    _, (row,) = await run(make_experiment(Customer("###STOP###").make_task()), tmp_path, attempts_max=1)

    assert (row.outcome, row.turns, row.model_calls) == (Outcome.INFRASTRUCTURE, 0, 0)
    assert row.error == "UserFailed: it ended the conversation before it had said anything: ###STOP###"


class Hasty(Customer):
    """One that ends it before a word, so often."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times

    def say(self, messages: Sequence[Message]) -> Line:
        self.left -= 1
        return super().say(messages) if self.left < 0 else "###STOP###"


async def test_a_user_who_ended_it_before_a_word_is_asked_anew_and_what_that_took_stays_known(tmp_path: Path) -> None:
    customer = Hasty(2)
    experiment = replace(make_experiment(customer.make_task()), budget_tokens=10**9)
    lost = [(await run(experiment, tmp_path, attempts_max=1))[1][0] for _ in range(2)]
    _, (row,) = await run(experiment, tmp_path, attempts_max=1)
    (tmp_path / "trials.jsonl").unlink()
    progress, (again,) = await run(experiment, tmp_path, attempts_max=1)

    calm = (await run(make_experiment(Customer().make_task()), tmp_path / "calm"))[1]
    assert [(each.user_calls, each.aside_calls) for each in lost] == [(1, 0), (1, 1)]
    assert (row.outcome, row.turns, row.user_calls, row.aside_calls) == (Outcome.PASSED, 2, 3, 2)
    assert untime(calm) == untime([row]) == untime([again])
    assert again.aside_calls == 2
    assert progress.tokens == row.spent_tokens > calm[0].spent_tokens


async def test_where_a_user_has_ended_it_before_a_word_a_budget_knows_what_that_took(tmp_path: Path) -> None:
    experiment = make_experiment(Hasty(1).make_task())
    _, (lost,) = await run(experiment, tmp_path, attempts_max=1)
    schedule, store = Schedule(experiment, make_arms(experiment)), Folder(tmp_path).open_store()

    owed = await find_owed(store, schedule, 0, lambda _: False)

    await store.aclose()
    assert [usage.tokens for usage in owed.values()] == [lost.spent_tokens]
    assert lost.spent_tokens > 0


async def test_a_net_that_asks_a_person_asks_the_user(tmp_path: Path) -> None:
    customer = Customer("I want one.", "It is the red one.", "###STOP###")
    experiment = make_experiment(customer.make_task(), clarify, net="ask(direct)")
    _, (row,) = await run(experiment, tmp_path)
    (tmp_path / "trials.jsonl").unlink()
    _, again = await run(experiment, tmp_path)

    assert (row.outcome, row.turns, row.user_calls) == (Outcome.PASSED, 1, 3)
    assert "Which one?" in str(customer.shown[1])
    assert untime(again) == untime([row])


@pytest.mark.parametrize("name", ["users.jsonl", "users.toml", "users.csv"])
def test_a_file_of_tasks_may_have_users(tmp_path: Path, name: str) -> None:
    texts = {
        "users.jsonl": '{"id": "ann", "user": "You are Ann.", "answer": "tomorrow"}',
        "users.toml": '[[tasks]]\nid = "ann"\nuser = "You are Ann."\nanswer = "tomorrow"',
        "users.csv": "id,user,answer\nann,You are Ann.,tomorrow\n",
    }
    (tmp_path / name).write_text(texts[name])
    model = ScriptedModel([])
    assert read_tasks(tmp_path / name, user=model) == [
        Task("ann", (), "tomorrow", user=User("You are Ann.", Player(model)))
    ]


def test_a_player_is_named_or_a_table_with_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOMERS_KEY", "a key that is long enough")
    table = {"model": "small", "base_url": "http://127.0.0.1:9/v1", "api_key_env": "CUSTOMERS_KEY"}
    player = make_player(table)

    assert make_player("small@http://127.0.0.1:9/v1").model.name == player.model.name == "small"
    assert player.secrets == ["a key that is long enough"]


@pytest.mark.parametrize(
    ("given", "told"),
    [(3, "user is 3; wanted a model's name"), ({}, "user names no model"), ({"model": "m", "api_key": "k"}, "api_key")],
)
def test_what_is_no_player_is_told(given: Any, told: str) -> None:
    with pytest.raises(SetupError, match=told):
        make_player(given)


class Sitting:
    """A conversation with a question in it, left at the call of either model that it is told, and taken up again."""

    def __init__(self, folder: Path, left_at: int) -> None:
        self.folder, self.left_at, self.calls = folder, left_at, 0
        self._said = Customer("I want one.", "It is the red one.", "And when?", "###STOP###")
        self.customer, self.agent = self._watch(self._said.say), self._watch(clarify)
        self._task: asyncio.Task[Any] | None = None

    def _watch(self, script: Callable[[Sequence[Message]], Line]) -> ScriptedModel:
        def say(messages: Sequence[Message]) -> Line:
            self.calls += 1
            if self.calls == self.left_at and self._task is not None:
                self._task.cancel()
            return script(messages)

        return ScriptedModel(say)

    async def sit(self) -> Trial | None:
        """Its row; None where it was left."""
        user = User("You are Ann.", Player(self.customer))
        task = Task("ann", (), answer="tomorrow", evaluator="contains", user=user)
        arm = Arm("only", {"net": "ask(direct)", "model": self.agent})
        self._task = asyncio.create_task(run_experiment(Experiment("talk", [task], [arm]), self.folder))
        with suppress(asyncio.CancelledError):
            await self._task
        rows = list(read_rows(self.folder / "trials.jsonl"))
        return rows[0] if rows else None


def clarify(messages: Sequence[Message]) -> str:
    """Asks which one is meant, until it is told."""
    shown = "\n".join(str(message["content"]) for message in messages)
    return "QUESTION: Which one?" if "the red one" not in shown else "Tomorrow."


@pytest.mark.parametrize("left_at", range(1, 10))
async def test_a_conversation_that_is_left_anywhere_goes_on_where_it_was(tmp_path: Path, left_at: int) -> None:
    calm, left = Sitting(tmp_path / "calm", 0), Sitting(tmp_path / "left", left_at)
    whole = await calm.sit()
    assert whole is not None
    assert (whole.outcome, whole.turns, whole.user_calls, calm.calls) == (Outcome.PASSED, 2, 4, 9)

    assert await left.sit() is None
    again = await left.sit()

    assert again is not None
    assert again.untimed() == whole.untimed()
    assert left.calls <= calm.calls + 1


FILE = """
evaluator = "contains"
repeats = 2
[tasks]
file = "users.jsonl"
user = { model = "customer", base_url = "URL", options = { temperature = 0 } }
[arms.only]
net = "direct"
model = "agent@URL"
"""


@pytest.mark.parametrize("processes", [0, 1])
async def test_a_user_is_on_a_server_that_the_file_names_whoever_does_the_trials(
    tmp_path: Path, processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    asked: list[tuple[str, object]] = []

    def reply(request: Any) -> str:
        asked.append((request["model"], request.get("temperature")))
        customer = Customer()
        return str((customer.say if request["model"] == "customer" else answer)(request["messages"]))

    (tmp_path / "users.jsonl").write_text('{"id": "ann", "user": "You are Ann.", "answer": "tomorrow"}')
    async with Server(play(reply)) as server:
        (tmp_path / "talk.toml").write_text(FILE.replace("URL", server.base_url))
        _, rows = await run(read_experiment(tmp_path / "talk.toml"), tmp_path / "run", processes=processes)

    assert [(row.outcome, row.turns, row.user_calls) for row in rows] == [(Outcome.PASSED, 2, 3)] * 2
    assert Counter(asked) == {("customer", 0): 6, ("agent", None): 4}
