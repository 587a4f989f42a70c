"""Guards change, refuse or hold back what goes into tools, comes out of them, and is answered."""

import asyncio
import functools
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.env_json import decode_env, encode_env
from agent_brain.core.errors import SetupError
from agent_brain.core.guards import AskFirst, GuardContext, Refuse
from agent_brain.core.items import Action, Observation, OutcomeStatus
from agent_brain.core.pauses import PauseKind
from agent_brain.core.records import Status
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.function_tool import tool
from engine.guarded import LOOK, PAY, Till, ask, forbid, get_actions, get_outcome, halve


async def test_a_guard_that_says_nothing_lets_everything_pass() -> None:
    till = Till()
    brain = till.build(PAY, "ok", "done", before_tool=lambda a, c: None, after_tool=lambda a, o, c: None)
    result = await brain.run("pay")
    assert (till.paid, result.answer) == ([50], "done")


async def test_changed_arguments_are_what_runs_and_what_the_journal_holds_and_the_model_is_told() -> None:
    till = Till()
    result = await till.build(PAY, "ok", "done", before_tool=halve).run("pay")
    [item] = get_actions(result)
    assert till.paid == [25]
    assert item.action is not None
    assert item.asked is not None
    assert (item.action.args, item.asked.args) == ({"eur": 25}, {"eur": 50})
    assert get_outcome(result).text.startswith("(a guard had it run with eur=25 instead)\npaid 25")


async def test_what_a_guard_was_given_it_cannot_change_behind_ones_back() -> None:
    def spoil(action: Action, context: GuardContext) -> None:
        action.args["eur"] = 1
        for item in context.log:
            if item.action is not None:
                item.action.args.clear()

    till = Till()
    result = await till.build(PAY, PAY, "ok", "done", before_tool=spoil).run("pay")
    assert till.paid == [50, 50]
    assert [item.action.args for item in get_actions(result) if item.action] == [{"eur": 50}, {"eur": 50}]


async def test_a_refused_action_never_runs_and_the_model_is_told_why() -> None:
    till = Till()
    result = await till.build(PAY, "ok", "done", before_tool=forbid).run("pay")
    assert till.paid == []
    assert get_outcome(result) == Observation("it was not run: nothing above 20 euros", OutcomeStatus.FAILED)
    assert "nothing above 20 euros" in till.model.calls[1][-1]["content"]


async def test_each_guard_sees_what_the_one_before_it_has_made() -> None:
    till = Till()
    await till.build(PAY, "ok", "done", before_tool=[halve, halve, forbid]).run("pay")
    assert till.paid == [12]


async def test_a_guard_that_raises_lets_nothing_pass() -> None:
    def buggy(action: Action, context: GuardContext) -> None:
        raise KeyError("path")

    till = Till()
    result = await till.build(PAY, "ok", "done", before_tool=buggy).run("pay")
    assert till.paid == []
    assert get_outcome(result).status is OutcomeStatus.FAILED
    assert get_outcome(result).text.endswith("the guard buggy has failed: KeyError: 'path'")


async def test_a_guard_that_is_cancelled_from_within_lets_nothing_pass() -> None:
    async def give_up(action: Action, context: GuardContext) -> None:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    till = Till()
    result = await till.build(f"[{PAY}, {LOOK}]", "ok", "done", before_tool=give_up).run("pay")
    assert (till.paid, till.looked, result.answer) == ([], [], "done")
    assert get_outcome(result).text == "it was not run: the guard give_up was cancelled from within"


async def test_a_guard_may_be_an_object_a_partial_or_a_lambda_that_is_awaited() -> None:
    class Polite:
        async def __call__(self, action: Action, context: GuardContext) -> Refuse:
            return Refuse("please")

    async def refuse(reason: str, action: Action, context: GuardContext) -> Refuse:
        return Refuse(reason)

    for guard in (Polite(), functools.partial(refuse, "please"), lambda a, c: refuse("please", a, c)):
        till = Till()
        result = await till.build(PAY, "ok", "done", before_tool=guard).run("pay")
        assert get_outcome(result).text == "it was not run: please"


async def test_what_guards_have_made_of_a_run_is_in_its_snapshot() -> None:
    till = Till()
    result = await till.build(f"[{PAY}, {LOOK}]", "ok", "done", before_tool=halve).run("pay")
    assert decode_env(encode_env(result.env)) == result.env


@pytest.mark.parametrize(
    "said", [True, "no", Action(name="look", args={}), Action(name="pay", args={"eur": object()}), Observation("x")]
)
async def test_a_guard_that_says_what_no_guard_can_say_lets_nothing_pass(said: Any) -> None:
    till = Till()
    result = await till.build(PAY, "ok", "done", before_tool=lambda a, c: said).run("pay")
    assert (till.paid, till.looked) == ([], [])
    assert get_outcome(result).status is OutcomeStatus.FAILED


async def test_a_guard_may_have_a_person_asked_in_another_process() -> None:
    till = Till()
    waiting = await till.build(PAY, before_tool=ask).run("pay", run_id="r")
    [pause] = waiting.env.open_pauses
    assert (pause.kind, pause.text) == (PauseKind.APPROVAL, "That is dear. May it run pay(eur=50)?")
    result = await till.build("ok", "done", before_tool=ask).go_on("r", {pause.pause_id: True})
    assert (till.paid, result.status) == ([50], Status.ANSWERED)


async def test_a_person_is_asked_about_what_the_guards_have_made_of_it() -> None:
    till = Till()
    waiting = await till.build(PAY, before_tool=[ask, halve]).run("pay", run_id="r")
    [pause] = waiting.env.open_pauses
    assert pause.text == "That is dear. May it run pay(eur=25)?"
    result = await till.build("ok", "done", before_tool=[ask, halve]).go_on("r", {pause.pause_id: True})
    assert till.paid == [25]
    assert "(a guard had it run with eur=25 instead)" in get_outcome(result).text


async def test_of_several_actions_each_has_its_own_ruling_in_the_order_in_which_they_were_asked_for() -> None:
    till = Till()
    dear, cheap = PAY, PAY.replace("50", "7")
    result = await till.build(f"[{dear}, {LOOK}, {cheap}]", "ok", "done", before_tool=forbid).run("pay")
    names = [(item.action.name, item.outcome.status) for item in get_actions(result) if item.action and item.outcome]
    assert names == [("pay", "failed"), ("look", "finished"), ("pay", "finished")]
    assert till.paid == [7]


async def test_a_slow_guard_holds_up_nothing_that_is_under_way() -> None:
    till, let_go = Till(), asyncio.Event()

    async def wait(action: Action, context: GuardContext) -> None:
        if action.name == "pay":
            await let_go.wait()

    def release(action: Action, observation: Observation, context: GuardContext) -> None:
        let_go.set()

    brain = till.build(f"[{LOOK}, {PAY}]", "ok", "done", before_tool=wait, after_tool=release)
    result = await asyncio.wait_for(brain.run("pay", run_id="r"), 5)
    assert (till.looked, till.paid) == (["box"], [50])
    assert result.status is Status.ANSWERED


async def test_a_run_that_is_cancelled_in_a_guard_is_stopped_and_asks_it_again() -> None:
    till, asked = Till(), asyncio.Event()

    async def wait(action: Action, context: GuardContext) -> None:
        asked.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(till.build(PAY, before_tool=wait).run("pay", run_id="r"))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await till.store.get("r")).status is Status.STOPPED
    await till.build("ok", "done", before_tool=halve).go_on("r")
    assert till.paid == [25]


async def test_an_action_in_doubt_is_run_again_as_the_guard_has_made_it() -> None:
    till, runs = Till(), asyncio.Event()
    seen: list[str] = []

    @tool(read_only=True)
    async def peek(at: str) -> str:
        seen.append(at)
        runs.set()
        if len(seen) == 1:
            await asyncio.Event().wait()
        return "seen"

    def move(action: Action, context: GuardContext) -> Action:
        return Action(name="peek", args={"at": "hall"})

    def build(*replies: str) -> Brain:
        return Brain(model=ScriptedModel(list(replies)), tools=[peek], store=till.store, before_tool=move)

    task = asyncio.create_task(build('{"name": "peek", "args": {"at": "vault"}}').run("look", run_id="r"))
    await runs.wait()
    task.cancel()
    await asyncio.wait([task])
    result = await build("ok", "done").go_on("r")
    assert seen == ["hall", "hall"]
    assert get_outcome(result).text == "(a guard had it run with at='hall' instead)\nseen"


async def test_what_a_guard_takes_out_of_a_result_is_nowhere() -> None:
    def mask(action: Action, observation: Observation, context: GuardContext) -> str:
        return observation.text.replace("4711", "****")

    till = Till()
    result = await till.build(PAY, "ok", "done", after_tool=mask).run("pay", run_id="r")
    kept = [commit async for commit in till.store.read("r")]
    assert get_outcome(result) == Observation("paid 50 with card ****")
    assert "4711" not in repr(kept)
    assert "4711" not in repr(till.model.calls)


async def test_a_result_may_be_withheld_and_the_action_has_run_all_the_same() -> None:
    till = Till()
    result = await till.build(PAY, "ok", "done", after_tool=lambda a, o, c: Refuse("it names a card")).run("pay")
    assert get_outcome(result) == Observation("(what came of it is withheld: it names a card)")


@pytest.mark.parametrize("said", [7, AskFirst("well?"), Action(name="pay", args={})])
async def test_a_guard_of_results_that_fails_withholds_them(said: Any) -> None:
    till = Till()
    result = await till.build(PAY, "ok", "done", after_tool=lambda a, o, c: said).run("pay")
    assert "4711" not in get_outcome(result).text
    assert "wanted None, text, an Observation or Refuse" in get_outcome(result).text


async def test_guards_know_the_run_they_guard() -> None:
    seen: list[GuardContext] = []
    till = Till()
    await till.build(PAY, "ok", "done", before_tool=lambda a, c: seen.append(c)).run("pay up", run_id="r")
    [context] = seen
    assert (context.run_id, context.state, context.step, context.goal) == ("r", "action", 2, "pay up")
    assert context.usage.model_calls == 1


async def test_a_brain_inside_a_brain_has_guards_of_its_own() -> None:
    till, boss = Till(), ScriptedModel(['{"name": "clerk", "args": {"question": "Pay."}}', "ok", "done"])
    clerk = till.build(PAY, "ok", "paid", before_tool=halve).as_tool("clerk", "Pays.")
    seen: list[str] = []
    brain = Brain(model=boss, tools=[clerk], before_tool=lambda action, c: seen.append(action.name))
    await brain.run("Have it paid.")
    assert (till.paid, seen) == ([25], ["clerk"])


@pytest.mark.parametrize("name", ["before_tool", "after_tool", "before_answer"])
@pytest.mark.parametrize("guard", [7, "forbid", lambda: None, lambda a, b, c, d: None, [forbid, 7]])
def test_what_cannot_be_called_as_a_guard_is_refused_when_a_brain_is_built(name: str, guard: Any) -> None:
    with pytest.raises(SetupError, match=name):
        Brain(model=ScriptedModel([]), **{name: guard})
