"""Limits on money and on single tools: checked before the call, moves like the others, and never guessed."""

from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.chat import ChatModel
from agent_brain.core.errors import SetupError
from agent_brain.core.items import Action
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import PauseKind
from agent_brain.core.records import Status
from agent_brain.engine.limits import Limits
from agent_brain.engine.result import Result
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.prices import Price
from agent_brain.models.scripted import ScriptedModel
from agent_brain.nets.react import react
from agent_brain.nets.reasoning import ReasoningState
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.function_tool import tool
from engine.test_limits import restless, step

DOLLAR_A_TOKEN = {"scripted": Price(1_000_000, 1_000_000)}


@tool(needs_approval=True)
async def pay(amount: int) -> str:
    """Pay an amount."""
    return f"paid {amount}"


def make_brain(script: Any = restless, limits: Limits | None = None, **parts: Any) -> Brain:
    prices = parts.pop("prices", DOLLAR_A_TOKEN)
    return Brain(model=ScriptedModel(script), tools=[step, pay], limits=limits, prices=prices, **parts)


def name_calls(result: Result) -> list[str]:
    return [item.action.name for item in result.env.log if item.action is not None]


async def test_every_call_has_its_price_and_the_run_their_sum() -> None:
    result = await make_brain(["I know it.", "42"]).run("What is it?")

    assert result.usage.cost_usd == result.usage.tokens > 0
    assert result.usage.unpriced_tokens == 0


async def test_without_a_price_the_cost_is_unknown() -> None:
    result = await make_brain(["I know it.", "42"], prices=None).run("What is it?")

    assert (result.usage.cost_usd, result.usage.unpriced_tokens) == (0.0, result.usage.tokens)


async def test_two_runs_are_compared_by_cost_where_one_is_known() -> None:
    store, script = MemoryStore(), ["I know it.", "42"]
    first = await make_brain(script, store=store, prices=None).run("What is it?")
    brain = make_brain(script, store=store)
    second = await brain.run("What is it?")

    assert (
        f" tokens, unknown -> ${second.usage.cost_usd:.2f}, " in (await brain.diff(first.run_id, second.run_id)).text()
    )
    assert "$" not in (await brain.diff(first.run_id, first.run_id)).text()


async def test_a_limit_on_money_ends_in_an_answer() -> None:
    whole = await make_brain(limits=Limits(model_calls=6)).run("Go!")
    result = await make_brain(limits=Limits(usd=whole.usage.cost_usd / 2)).run("Go!")

    assert (result.status, result.answer[:13]) == (Status.LIMITED, "I was stopped")
    assert result.env.limit.startswith("the limit of $")
    assert result.usage.model_calls < whole.usage.model_calls


async def test_more_money_can_be_granted_by_a_person() -> None:
    brain = make_brain(limits=Limits(usd=200), asks_for_more=True)
    first = await brain.run("Go!")
    [pause] = first.env.open_pauses
    second = await reply(brain, first, 500)

    assert (pause.kind, pause.text) == (
        PauseKind.BUDGET,
        "the limit of $200.00 was reached: how much more? (0: it finishes with what it knows)",
    )
    assert second.usage.cost_usd > first.usage.cost_usd
    assert (
        second.env.open_pauses[0].text
        == "the limit of $700.00 was reached: how much more? (0: it finishes with what it knows)"
    )


async def reply(brain: Brain, result: Result, amount: float) -> Result:
    [pause] = result.env.open_pauses
    return await brain.go_on(result.run_id, {pause.pause_id: amount})


def test_a_limit_on_money_is_refused_where_nobody_knows_the_price() -> None:
    models: list[ChatModel] = [
        ScriptedModel([], name="known"),
        OpenAIChat("qwen", base_url="http://127.0.0.1:1/v1", api_key="any"),
    ]

    with pytest.raises(
        SetupError, match=r"nobody knows what these cost: model 'qwen' at 127\.0\.0\.1:1; give"
    ) as caught:
        Brain(model=FallbackModel(models), limits=Limits(usd=1), prices={"known": Price(1, 1)})
    assert "model 'known'" not in str(caught.value)


async def test_a_call_of_unknown_price_meets_a_limit_on_money_and_nobody_is_asked_for_more() -> None:
    other = ReasoningState(model=ScriptedModel(restless, name="other"))
    net = react.extend("two_models", {"reasoning": other})
    result = await make_brain(net=net, limits=Limits(usd=1_000_000), asks_for_more=True).run("Go!")

    assert (result.status, list(result.env.pauses), name_calls(result)) == (Status.LIMITED, [], [])
    assert result.env.limit == "the limit of $1,000,000.00 cannot be kept: nobody knows what some calls cost"


async def test_a_limit_of_one_tool_leaves_the_others_alone() -> None:
    limits = Limits(calls_of={"pay": 1}, model_calls=6)
    result = await make_brain(limits=limits).run("Go!")

    assert result.env.limit == "the limit of 6 model calls was reached"
    assert name_calls(result) == ["step"] * 5


async def test_a_tool_is_not_called_beyond_its_limit() -> None:
    result = await make_brain(limits=Limits(calls_of={"step": 2})).run("Go!")

    assert (result.status, result.env.limit) == (Status.LIMITED, "the limit of 2 calls of step was reached")
    assert name_calls(result) == ["step", "step"]


async def test_calls_of_an_earlier_question_do_not_count() -> None:
    script = ['{"name": "step", "args": {"number": 1}}', "Done.", "Taken."]
    brain = make_brain(script * 2, limits=Limits(calls_of={"step": 1}))
    first = await brain.run("Take a step.")
    second = await brain.run("Take another.", after=first.env)

    assert (first.status, second.status) == (Status.ANSWERED, Status.ANSWERED)


async def test_what_a_person_refused_is_no_call() -> None:
    script = ['{"name": "pay", "args": {"amount": 1}}', '{"name": "pay", "args": {"amount": 2}}', "Paid.", "Paid 2."]
    brain = make_brain(script, limits=Limits(calls_of={"pay": 1}))
    refused = await reply(brain, await brain.run("Pay!"), False)
    result = await reply(brain, refused, True)

    assert (result.status, name_calls(result)) == (Status.ANSWERED, ["pay", "pay"])


async def test_several_calls_at_once_are_counted_before_any_is_made() -> None:
    env = MemoryEnv.begin("r", react.name, "", "action", "Go!")
    env.choose([Action(name="step", args={"number": number}) for number in (1, 2)])
    met = Limits(calls_of={"step": 1}).find_met(env, react)

    assert met == ("calls_of.step", "the limit of 1 call of step was reached")
    assert Limits(calls_of={"step": 2}).find_met(env, react) is None


@pytest.mark.parametrize("wrong", [{"usd": -1}, {"usd": "1"}, {"usd": True}, {"calls_of": 3}, {"calls_of": {"pay": 0}}])
def test_a_bound_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SetupError, match="wanted"):
        Limits(**wrong)
