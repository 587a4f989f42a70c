"""Guards change, refuse or hold back what goes into tools, comes out of them, and is answered."""

import asyncio
import functools
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.env_json import decode_env, encode_env
from agent_brain.core.errors import AnswerRefused, SetupError
from agent_brain.core.events import Chunk, ChunkKind
from agent_brain.core.guards import AskFirst, GuardContext, Refuse
from agent_brain.core.items import Action, Item, ItemKind, Observation, OutcomeStatus
from agent_brain.core.net import Net
from agent_brain.core.pauses import PauseKind
from agent_brain.core.records import Status
from agent_brain.engine.replay import ReplayDiffers
from agent_brain.engine.result import Result
from agent_brain.models.scripted import ScriptedModel
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.react import react
from agent_brain.nets.sub_run import SubRunState
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.function_tool import tool

PAY = '{"name": "pay", "args": {"eur": 50}}'
LOOK = '{"name": "look", "args": {"at": "box"}}'


class Till:
    """Tools that count what they did, and a brain with them."""

    def __init__(self) -> None:
        self.paid: list[int] = []
        self.looked: list[str] = []
        self.store = MemoryStore()
        self.model = ScriptedModel([])

    def build(self, *replies: str, **options: Any) -> Brain:
        @tool
        def pay(eur: int) -> str:
            self.paid.append(eur)
            return f"paid {eur} with card 4711"

        @tool(read_only=True)
        def look(at: str) -> str:
            self.looked.append(at)
            return f"seen {at}"

        self.model = ScriptedModel(list(replies))
        return Brain(model=self.model, tools=[pay, look], store=self.store, **options)


def get_actions(result: Result) -> list[Item]:
    return [item for item in result.env.log if item.kind is ItemKind.ACTION]


def get_outcome(result: Result) -> Observation:
    outcome = get_actions(result)[0].outcome
    assert outcome is not None
    return outcome


def halve(action: Action, context: GuardContext) -> Action | None:
    if action.name != "pay":
        return None
    return Action(name="pay", args={"eur": action.args["eur"] // 2})


def forbid(action: Action, context: GuardContext) -> Refuse | None:
    return Refuse("nothing above 20 euros") if action.args.get("eur", 0) > 20 else None


def ask(action: Action, context: GuardContext) -> AskFirst | None:
    return AskFirst("That is dear.") if action.args.get("eur", 0) > 20 else None


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


async def test_an_answer_is_shown_when_the_guards_have_made_of_it_what_they_want() -> None:
    till = Till()
    brain = till.build("thought", "call 0123-4567", before_answer=lambda text, c: text.replace("4567", "****"))
    events = [event async for event in brain.stream("who?")]
    shown = [event.text for event in events if isinstance(event, Chunk) and event.kind is ChunkKind.ANSWER]
    assert shown == ["call 0123-****"]
    assert events[-1].answer == "call 0123-****"  # type: ignore[union-attr]  # the last event is Ended


async def test_a_refused_answer_goes_back_to_the_model_with_the_reason() -> None:
    till = Till()
    brain = till.build(
        "thought", "damn", "well", before_answer=lambda t, c: Refuse("no swearing") if t == "damn" else None
    )
    result = await brain.run("say")
    assert result.answer == "well"
    assert "<correction>\nThis answer was not given: no swearing." in till.model.calls[-1][-1]["content"]


async def test_a_quoted_answer_that_is_refused_is_written_anew() -> None:
    till = Till()
    brain = till.build(
        "damn", "well", net="react_brief", before_answer=lambda t, c: Refuse("no") if t == "damn" else None
    )
    result = await brain.run("say")
    assert (result.answer, result.usage.model_calls) == ("well", 2)


async def test_answers_that_are_refused_again_end_the_run_and_are_not_given() -> None:
    till = Till()
    result = await till.build("thought", "damn", "damn!", before_answer=lambda t, c: Refuse("no swearing")).run("say")
    assert (result.status, result.env.answer) == (Status.FAILED, "")
    with pytest.raises(AnswerRefused, match="no swearing"):
        _ = result.answer


async def test_a_guard_of_answers_that_raises_ends_the_run_and_a_mended_one_lets_it_go_on() -> None:
    def buggy(text: str, context: GuardContext) -> None:
        raise ValueError("too clever")

    till = Till()
    failed = await till.build("thought", "fine", before_answer=buggy).run("say", run_id="r")
    assert failed.env.error == "the guard buggy has failed: ValueError: too clever"
    result = await till.build("fine", before_answer=lambda t, c: None).go_on("r")
    assert result.answer == "fine"


@pytest.mark.parametrize(
    ("reply", "answer"), [(True, "fire them"), ({"approve": True, "args": {"text": "talk to them"}}, "talk to them")]
)
async def test_a_person_lets_an_answer_pass_or_gives_another_one(reply: Any, answer: str) -> None:
    till = Till()
    brain = till.build("thought", "fire them", before_answer=lambda t, c: AskFirst("May it say this?"))
    waiting = await brain.run("what now?", run_id="r")
    [pause] = waiting.env.open_pauses
    assert pause.text == "May it say this?\nfire them"
    result = await till.build(before_answer=lambda t, c: Refuse("never")).go_on("r", {pause.pause_id: reply})
    assert result.answer == answer


async def test_an_answer_that_a_person_refuses_is_written_anew() -> None:
    till = Till()
    guard = lambda t, c: AskFirst("Well?") if t == "fire them" else None  # noqa: E731  # one line says it
    waiting = await till.build("thought", "fire them", before_answer=guard).run("what now?", run_id="r")
    [pause] = waiting.env.open_pauses
    reply = {pause.pause_id: {"approve": False, "reason": "too harsh"}}
    result = await till.build("talk", before_answer=guard).go_on("r", reply)
    assert result.answer == "talk"
    assert "a person refused it: too harsh" in till.model.calls[0][-1]["content"]


@pytest.mark.parametrize(("reply", "answer"), [(True, "fire them"), (False, "talk")])
async def test_a_brain_without_the_guard_goes_on_with_what_a_person_said(reply: bool, answer: str) -> None:
    till = Till()
    brain = till.build("thought", "fire them", before_answer=lambda t, c: AskFirst("Well?"))
    waiting = await brain.run("what now?", run_id="r")
    result = await till.build("talk").go_on("r", {waiting.env.open_pauses[0].pause_id: reply})
    assert (result.answer, [item.text for item in result.env.log if item.kind is ItemKind.ANSWER]) == (answer, [answer])


async def test_a_reply_that_holds_no_answer_is_refused() -> None:
    till = Till()
    brain = till.build("thought", "fire them", before_answer=lambda t, c: AskFirst("Well?"))
    waiting = await brain.run("what now?", run_id="r")
    [pause] = waiting.env.open_pauses
    with pytest.raises(SetupError, match="an object with text"):
        await brain.reply("r", {pause.pause_id: {"approve": True, "args": {"answer": "talk"}}})


async def test_guards_know_the_run_they_guard() -> None:
    seen: list[GuardContext] = []
    till = Till()
    await till.build(PAY, "ok", "done", before_tool=lambda a, c: seen.append(c)).run("pay up", run_id="r")
    [context] = seen
    assert (context.run_id, context.state, context.step, context.goal) == ("r", "action", 2, "pay up")
    assert context.usage.model_calls == 1


async def test_a_net_inside_a_state_has_the_guards_of_tools_and_not_those_of_answers() -> None:
    asked: list[str] = []
    net = Net("outer", {"reasoning": SubRunState(react, then="answer"), "answer": AnswerState()})
    till = Till()
    brain = till.build(
        PAY, "ok", "within", "done", net=net, before_tool=halve, before_answer=lambda text, c: asked.append(text)
    )
    result = await brain.run("pay")
    assert (till.paid, asked, result.answer) == ([25], ["done"], "done")


async def test_a_brain_inside_a_brain_has_guards_of_its_own() -> None:
    till, boss = Till(), ScriptedModel(['{"name": "clerk", "args": {"question": "Pay."}}', "ok", "done"])
    clerk = till.build(PAY, "ok", "paid", before_tool=halve).as_tool("clerk", "Pays.")
    seen: list[str] = []
    brain = Brain(model=boss, tools=[clerk], before_tool=lambda action, c: seen.append(action.name))
    await brain.run("Have it paid.")
    assert (till.paid, seen) == ([25], ["clerk"])


GUARDS: list[dict[str, Any]] = [
    {"before_tool": halve},
    {"before_tool": forbid},
    {"after_tool": lambda a, o, c: f"[{o.text}]"},
    {"before_answer": lambda t, c: f"{t}!"},
    {"before_answer": lambda t, c: Refuse("no") if t == "done" else None},
]


@pytest.mark.parametrize("guards", GUARDS)
async def test_a_replay_with_the_same_guards_is_the_same(guards: dict[str, Any]) -> None:
    till = Till()
    script = (f"[{PAY}, {LOOK}]", "ok", "done", "well")
    await till.build(*script, **guards).run("pay", run_id="r")
    replay = await till.build(**guards).replay("r")
    replay.check()


@pytest.mark.parametrize("reply", [True, {"approve": True, "args": {"eur": 30}}, {"approve": False, "reason": "no"}])
async def test_a_replay_of_an_action_that_a_guard_had_a_person_asked_about_is_the_same(reply: Any) -> None:
    till, guards = Till(), {"before_tool": [ask, halve]}
    waiting = await till.build(f"[{PAY}, {LOOK}]", **guards).run("pay", run_id="r")
    await till.build("ok", "done", **guards).go_on("r", {waiting.env.open_pauses[0].pause_id: reply})
    (await till.build(**guards).replay("r")).check()


@pytest.mark.parametrize("reply", [True, {"approve": True, "args": {"text": "well"}}, False])
async def test_a_replay_of_an_answer_that_a_person_was_asked_about_is_the_same(reply: Any) -> None:
    till = Till()
    guards: dict[str, Any] = {"before_answer": lambda text, c: AskFirst("Well?") if text == "harsh" else None}
    waiting = await till.build("thought", "harsh", **guards).run("say", run_id="r")
    await till.build("mild", **guards).go_on("r", {waiting.env.open_pauses[0].pause_id: reply})
    (await till.build(**guards).replay("r")).check()


async def test_a_replay_of_slow_guards_is_the_same() -> None:
    till, let_go = Till(), asyncio.Event()

    async def wait(action: Action, context: GuardContext) -> None:
        if action.name == "pay" and not context.is_replay:
            await let_go.wait()

    def release(action: Action, observation: Observation, context: GuardContext) -> None:
        let_go.set()

    guards: dict[str, Any] = {"before_tool": wait, "after_tool": release}
    await till.build(f"[{LOOK}, {PAY}]", "ok", "done", **guards).run("pay", run_id="r")
    (await till.build(**guards).replay("r")).check()


@pytest.mark.parametrize("guards", [GUARDS[0], GUARDS[1], GUARDS[3], GUARDS[4]])
async def test_a_guard_that_was_taken_away_shows_in_a_replay(guards: dict[str, Any]) -> None:
    till = Till()
    await till.build(f"[{PAY}, {LOOK}]", "ok", "done", "well", **guards).run("pay", run_id="r")
    replay = await till.build().replay("r")
    with pytest.raises(ReplayDiffers):
        replay.check()


@pytest.mark.parametrize("name", ["before_tool", "after_tool", "before_answer"])
@pytest.mark.parametrize("guard", [7, "forbid", lambda: None, lambda a, b, c, d: None, [forbid, 7]])
def test_what_cannot_be_called_as_a_guard_is_refused_when_a_brain_is_built(name: str, guard: Any) -> None:
    with pytest.raises(SetupError, match=name):
        Brain(model=ScriptedModel([]), **{name: guard})
