"""A replay asks the guards again, and shows where a changed one would have changed something."""

import asyncio
from typing import Any

import pytest

from agent_brain.core.guards import AskFirst, GuardContext, Refuse
from agent_brain.core.items import Action, Observation
from agent_brain.engine.replay import ReplayDiffers
from engine.guarded import LOOK, PAY, Till, ask, forbid, halve

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
