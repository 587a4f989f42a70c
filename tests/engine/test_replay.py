"""A replay does what the journal has, whatever befell the run, and reaches nothing outside."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from agent_brain.brain import Brain
from agent_brain.core.chat import Delta, Reply
from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.core.events import Piece
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.records import ActionFinished, ActionStarted, Status
from agent_brain.core.state import StateType
from agent_brain.core.store import Commit
from agent_brain.core.tooling import Question
from agent_brain.engine.export import read_export, write_export
from agent_brain.engine.limits import Limits
from agent_brain.engine.replay import Replay, ReplayDiffers, replay, replay_stored
from agent_brain.engine.retention import compact
from agent_brain.models.scripted import Line, ScriptedModel
from agent_brain.nets.acting import ActionState
from agent_brain.nets.asking import AskState
from agent_brain.nets.react import react
from agent_brain.nets.speaking import SpeakingState
from agent_brain.tools.asking import AskPerson
from agent_brain.tools.function_tool import tool

ADD = '{"name": "add", "args": {"a": 2, "b": 3}}'
PAY = '{"name": "pay", "args": {"euros": 5}}'
ASK = '{"name": "ask_person", "args": {"question": "How many?"}}'
called: list[str] = []
"""Which tools were really called; a replay calls none."""


@tool(read_only=True)
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    called.append("add")
    return a + b


@tool(needs_approval=True)
async def pay(euros: int) -> str:
    """Pay."""
    called.append("pay")
    return f"paid {euros}"


TOOLS: list[Any] = [add, pay, AskPerson(expires_seconds=60, default="7")]


def make(*replies: Line, net: Net | str = "react", limits: Limits | None = None, asks: bool = False) -> Brain:
    return Brain(net, model=ScriptedModel(list(replies)), tools=TOOLS, limits=limits, asks_for_more=asks)


async def read_commits(brain: Brain, run_id: str) -> list[Commit]:
    return [commit async for commit in brain.store.read(run_id)]


async def play(brain: Brain, run_id: str) -> Replay:
    """The replay by a brain that cannot ask any model, of a run that another one made."""
    called.clear()
    silent = Brain(
        brain.net, model=ScriptedModel([]), tools=TOOLS, limits=brain.limits, asks_for_more=brain.asks_for_more
    )
    found = await replay(await read_commits(brain, run_id), silent)
    assert called == []
    return found


async def resume(brain: Brain, run_id: str, **replies: object) -> None:
    [_ async for _ in brain.resume(run_id, replies)]


@pytest.mark.parametrize("context_tokens", [None, 1_000_000])
async def test_a_model_that_changes_what_it_is_given_is_played_back_as_it_was_asked(context_tokens: int | None) -> None:
    asked: list[str] = []

    def reply(messages: Any) -> str:
        asked.append(json.dumps(messages))
        for message in messages:
            message["content"] += " Please."
        messages.append({"role": "user", "content": "At once."})
        return ADD if len(asked) < 30 else "5"

    brain = Brain("react(steps_max=100)", model=ScriptedModel(reply), tools=TOOLS, context_tokens=context_tokens)
    await brain.run("What is 2 + 3?", run_id="r")
    assert not any("Please" in each or "At once" in each for each in asked)
    (await brain.replay("r")).check()


async def test_a_run_is_the_same_as_its_journal_without_a_model_or_a_tool() -> None:
    brain = make(Reply(ADD, "hm"), f"[{ADD}, {ADD}]", "not {", "I have it.", "  Five. ")
    run_id = (await brain.run("What is 2 + 3?")).run_id
    found = await play(brain, run_id)

    assert (found.is_same, found.difference, found.notes) == (True, None, ())
    assert found.text() == f"the replay of run {run_id} is the same: {found.steps} steps"
    found.check()


async def test_a_run_that_failed_fails_again_and_one_that_was_tried_again_goes_on() -> None:
    brain = make(ADD, ModelError(ModelErrorKind.SERVER, "no power"), "I have it.", "Five.")
    run_id = (await brain.run("What is 2 + 3?")).run_id
    failed = await play(brain, run_id)
    await resume(brain, run_id)
    tried_again = await play(brain, run_id)

    assert (failed.is_same, failed.steps) == (True, 2)
    assert (tried_again.is_same, tried_again.steps) == (True, 4)


@pytest.mark.parametrize(
    "limits", [Limits(model_calls=3), Limits(tool_calls=1), Limits(steps=2), Limits(repeats=1), Limits(tokens=9)]
)
async def test_a_limit_is_met_where_it_was(limits: Limits) -> None:
    model = ScriptedModel(lambda messages: "Five." if "Use no tool" in messages[-1]["content"] else ADD)
    brain = Brain(model=model, tools=TOOLS, limits=limits)
    result = await brain.run("What is 2 + 3?")
    found = await play(brain, result.run_id)

    assert result.status is Status.LIMITED
    assert found.is_same, found.text()


async def test_waiting_for_people_is_played_with_their_replies() -> None:
    brain = make(f"[{PAY}, {ADD}, {ASK}, {PAY}]", "It is done.", "Paid.")
    run_id = (await brain.run("Pay 5 euros twice.")).run_id
    for replies in ({"q3": "8"}, {"q1": {"approve": True, "args": {"euros": 4}}}, {"q2": False}):
        assert (await play(brain, run_id)).is_same
        await resume(brain, run_id, **replies)
    found = await play(brain, run_id)

    assert (await brain.load(run_id)).status is Status.ANSWERED
    assert (found.is_same, found.steps) == (True, 4), found.text()


async def test_a_state_that_asks_is_played() -> None:
    net = react.extend("asking", {"ask": AskState(question="How?")}, {"ask": {"reasoning"}, "action": {"ask"}})
    brain = make(ADD, "I have it.", "Five.", net=net)
    run_id = (await brain.run("What is 2 + 3?")).run_id
    await resume(brain, run_id, q1="So.")
    found = await play(brain, run_id)

    assert (found.is_same, found.steps) == (True, 5), found.text()


async def test_more_of_a_limit_is_asked_for_where_it_was() -> None:
    brain = make(ADD, ADD, ADD, "Five.", limits=Limits(model_calls=2), asks=True)
    run_id = (await brain.run("What is 2 + 3?")).run_id
    await resume(brain, run_id, q1=2)
    await resume(brain, run_id, q2=0)
    found = await play(brain, run_id)

    assert (await brain.load(run_id)).status is Status.LIMITED
    assert found.is_same, found.text()


async def test_a_run_that_ran_out_of_time_is_played_up_to_there_and_from_there() -> None:
    @tool
    async def dawdle() -> str:
        """Take for ever."""
        await asyncio.Event().wait()
        return "never"

    model = ScriptedModel(['[{"name": "dawdle", "args": {}}, {"name": "add", "args": {"a": 1, "b": 1}}]', "Two."])
    brain = Brain(model=model, tools=[dawdle, add], limits=Limits(seconds=0.2))
    result = await brain.run("Wait.")
    found = await replay(await read_commits(brain, result.run_id), brain)

    assert result.status is Status.LIMITED
    assert (found.is_same, found.steps) == (True, 2), found.text()
    assert found.notes == ("the limit of 0.2 seconds was reached: what its step had not finished then was not played",)


async def cut_and_resume(brain: Brain, run_id: str, kind: type, left: int) -> None:
    """A run that its driver left right after the record of this kind, and that another one took on."""
    async with aclosing(brain.stream("What is 2 + 3?", run_id=run_id)) as events:
        async for event in events:
            left -= isinstance(event, kind)
            if left == 0:
                break
    while (await brain.load(run_id)).status is not Status.ANSWERED:
        await resume(brain, run_id, **{pause.pause_id: "8" for pause in (await brain.load(run_id)).open_pauses})


@pytest.mark.parametrize(("kind", "left"), [(ActionStarted, 1), (ActionStarted, 2), (ActionFinished, 1)])
async def test_a_run_that_died_with_actions_in_flight_is_played_as_it_went_on(kind: type, left: int) -> None:
    brain = make(f"[{ADD}, {ASK}, {ADD}]", "I have it.", "Five.")
    await cut_and_resume(brain, "cut", kind, left)
    found = await play(brain, "cut")

    assert len({commit.epoch for commit in await read_commits(brain, "cut")}) > 1
    assert found.is_same, found.text()


@pytest.mark.parametrize("at", range(1, 24))
async def test_a_fork_at_any_record_is_played(at: int) -> None:
    brain = make(f"[{ADD}, {ADD}]", "I have it.", "Five.", *["And so on."] * 3)
    run_id = (await brain.run("What is 2 + 3?")).run_id
    at = min(at, (await brain.load(run_id)).head)
    fork = await brain.fork(run_id, at)
    await resume(brain, fork)
    found = await play(brain, fork)

    assert found.is_same, found.text()


async def test_every_prefix_of_a_journal_is_played() -> None:
    brain = make(f"[{ADD}, {PAY}]", "not {", "I have it.", "Five.")
    run_id = (await brain.run("What is 2 + 3?")).run_id
    await resume(brain, run_id, q1=True)
    commits = await read_commits(brain, run_id)

    for head in range(1, commits[-1].last + 1):
        kept = [replace(commit, records=commit.records[: max(0, head + 1 - commit.first)]) for commit in commits]
        found = await replay([commit for commit in kept if commit.records], brain)
        assert found.is_same, found.text()


async def test_a_conversation_is_played_from_its_first_question() -> None:
    brain = make(ADD, "I have it.", "Five.", PAY, ADD, "And more.", "Six.")
    first = await brain.run("What is 2 + 3?")
    second = await brain.run("Pay.", after=first.env)
    third = await brain.run("And 1 more?", after=second.env)
    found = await play(brain, third.run_id)

    assert third.status is Status.ANSWERED
    assert (found.is_same, found.steps) == (True, 4 + 1 + 4), found.text()


async def test_a_conversation_is_played_from_its_export() -> None:
    brain = make(ADD, "I have it.", "Five.", "And more.", "Six.", "And so on.")
    first = await brain.run("What is 2 + 3?")
    second = await brain.run("And 1 more?", after=first.env)
    fork = await brain.fork(second.run_id, second.env.head - 3)
    await resume(brain, fork)
    lines = [line async for line in write_export(brain.store, fork)]
    found = await replay(read_export(lines).commits, brain)

    assert (found.is_same, found.steps) == (True, 4 + 2), found.text()


async def test_a_question_that_another_net_answered_is_not_played() -> None:
    brain = make(ADD, "I have it.", "Five.")
    first = await brain.run("What is 2 + 3?")
    brief = Brain("react_brief", model=ScriptedModel(["Six."]), tools=TOOLS, store=brain.store)
    second = await brief.run("And 1 more?", after=first.env)
    found = await play(brief, second.run_id)

    assert (found.is_same, found.steps) == (True, 2)
    assert found.notes == ("question 1 was another net's, react: it was not played",)


async def test_a_compacted_run_is_played_from_where_it_can_be_read() -> None:
    brain = make(PAY, "It is done.", "Paid.")
    run_id = (await brain.run("Pay 5 euros.")).run_id
    before = await brain.load(run_id)
    await resume(brain, run_id, q1=True)
    rest = [commit for commit in await read_commits(brain, run_id) if commit.first > before.head]
    found = await replay(rest, brain, before)

    assert (found.is_same, found.steps) == (True, 3), found.text()
    with pytest.raises(SetupError, match=f"the first {before.head} records are missing"):
        await replay(rest, brain)


async def test_a_run_of_which_nothing_is_left_is_no_test() -> None:
    brain = make("I have it.", "Five.")
    run_id = (await brain.run("What is 2 + 3?")).run_id
    await compact(brain.store, run_id)
    found = await replay_stored(brain.store, run_id, brain)

    assert (found.is_same, found.compared) == (True, 0)
    with pytest.raises(SetupError, match="has nothing that could be played"):
        found.check()


class Doubled(SpeakingState):
    """Writes two replies down before it notes either call."""

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        model, messages = self._model(), self.get_messages(env)
        replies = [[delta async for delta in model.stream(messages)] for _ in range(2)]
        texts = ["".join(delta.text for delta in reply if isinstance(delta, Delta)) for reply in replies]
        yield "".join(texts)
        for text in texts:
            env.add(self.item, text)
        for text in texts:
            self._note_call(env, model.name, messages, "", Reply(text, "", "stop"), 0)


async def test_a_state_that_asks_twice_in_one_visit_gets_both_replies() -> None:
    net = react.extend("doubled", {"doubt": Doubled(ScriptedModel(["Once.", "Twice."]))}, {"action": {"doubt"}})
    brain = make(ADD, "I have it.", "Five.", net=net)
    run_id = (await brain.run("What is 2 + 3?")).run_id
    found = await play(brain, run_id)

    assert found.is_same, found.text()


async def test_a_secret_that_was_redacted_is_no_difference_and_is_said() -> None:
    secret = "hunter2hunter2"
    model = ScriptedModel([ADD, f"The word is {secret}.", "It is said."])
    brain = Brain(model=model, tools=TOOLS, secrets=[secret])
    run_id = (await brain.run(f"Keep {secret} to yourself.")).run_id
    found = await play(brain, run_id)

    assert found.is_same, found.text()
    assert found.notes[0] == "step 1: the prompt holds [secret] where a secret was, so it cannot be compared"


async def test_a_secret_in_what_a_model_was_asked_for_a_memory_is_no_difference() -> None:
    secret = "hunter2hunter2"
    model, memory_model = ScriptedModel([f"It is {secret}."]), ScriptedModel([f"The word is {secret}."])
    memory = "messages+keyfacts('memory')"
    brain = Brain("react_brief", memory, model, memory_model=memory_model, secrets=[secret])
    await brain.run(f"What is {secret}?", run_id="r")
    found = await brain.replay("r")
    assert (found.is_same, len(memory_model.calls)) == (True, 1), found.text()


async def test_secret_arguments_are_no_difference_whatever_their_place_was() -> None:
    @tool
    async def login(user: str, password: SecretStr, number: int = 0) -> str:
        """Log in."""
        return f"{user} is in"

    def make_brain(*replies: str) -> Brain:
        return Brain(model=ScriptedModel(list(replies)), tools=[login], secrets=["12345678"])

    say = '{"name": "login", "args": {"user": "ann", "password": "hunter2hunter2"%s}}'
    brain = make_brain(say % "", say % ', "number": 12345678', "I have it.", "Done.")
    run_id = (await brain.run("Log in.")).run_id
    commits = await read_commits(brain, run_id)
    found = await replay(commits, make_brain())

    assert not any("hunter2" in str(commit) or "12345678" in str(commit.records) for commit in commits)
    assert found.is_same, found.text()
    assert found.notes


async def test_a_state_with_a_model_of_its_own_has_a_twin_of_it() -> None:
    own = ScriptedModel(["I think.", "I think."], name="own")
    net = react.extend("doubting", {"doubt": SpeakingState(own)}, {"action": {"doubt"}})
    brain = make(ADD, "I have it.", "Five.", net=net)
    run_id = (await brain.run("What is 2 + 3?")).run_id
    found = await play(brain, run_id)

    assert (found.is_same, len(own.calls)) == (True, 1), found.text()


async def test_the_stored_run_of_a_store_is_played_by_its_name() -> None:
    brain = make(ADD, "I have it.", "Five.")
    run_id = (await brain.run("What is 2 + 3?")).run_id

    assert (await replay_stored(brain.store, run_id, brain)).is_same


class Waiter(ActionState):
    """Collects all outcomes before it writes any."""

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        assert self.parts is not None
        actions = {env.start_action(action): action for action in env.next_actions}
        yield ""
        for action_id, action in actions.items():
            async for piece in self.parts.tools.call(action, action_id):
                assert not isinstance(piece, str | Question)
                env.finish_action(action_id, piece)


async def test_a_state_that_runs_its_actions_one_after_the_other_is_played() -> None:
    net = react.extend("waiting", {StateType.ACTION: Waiter()})
    brain = make(f"[{ADD}, {ADD}, {ADD}]", "I have it.", "Five.", net=net)
    run_id = (await brain.run("What is 2 + 3?")).run_id

    assert (await play(brain, run_id)).is_same


async def test_a_replay_that_differs_is_an_assertion_error_with_all_its_words() -> None:
    brain = make(ADD, "I have it.", "Five.")
    run_id = (await brain.run("What is 2 + 3?")).run_id
    other = Brain(model=ScriptedModel([]), tools=TOOLS, instructions="Answer.")
    found = await replay(await read_commits(brain, run_id), other)

    with pytest.raises(ReplayDiffers, match=r"step 1 .reasoning., record .*: prompt") as caught:
        found.check()
    assert isinstance(caught.value, AssertionError)
    assert found.data()["difference"]["what"] == "prompt"
