"""What memories do outside of a run, before a prompt and when there is an answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent_brain import Brain, Item, MemoryStore, ScriptedModel, Status
from agent_brain.core.errands import Clean, Errand, find_brought, is_due
from agent_brain.core.items import ItemKind
from agent_brain.core.lens import Lens, Settling, Upkeep
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.memories.composed import make_shown
from agent_brain.memories.messages import Messages
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.react import react_brief
from agent_brain.nets.sub_run import SubRunState


@dataclass(frozen=True)
class Diary:
    """Reads what was written at the end of earlier runs, and shows it."""

    pages: list[str] = field(default_factory=list)
    went: list[str] = field(default_factory=list)
    error: Exception | None = None

    def render(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        brought = find_brought(env, "read")
        found = brought.found if brought and brought.found else ()
        return [*Messages().render(env, lens), *(make_shown("diary", page) for page in found)]

    def find_upkeep(self, env: MemoryEnv, lens: Lens) -> Errand | None:
        return Errand("reading", "read", env.goal, self._read) if is_due(env, "read", env.goal) else None

    def find_settling(self, env: MemoryEnv) -> Upkeep | Errand | None:
        async def write(clean: Clean) -> None:
            self.went.append("write")
            self.pages.append(clean(env.log[-1].text))

        if is_due(env, "written", env.goal):
            return Errand("writing", "written", env.goal, write)
        if is_due(env, "praised", env.goal):
            keep = lambda env, text: env.put_board("praised", {"for": env.goal, "found": text, "error": ""})  # noqa: E731
            return Upkeep("praise", [{"role": "user", "content": "Praise me."}], keep)
        return None

    async def _read(self, _: Clean) -> Any:
        await asyncio.sleep(0)
        self.went.append("read")
        if self.error is not None:
            raise self.error
        return list(self.pages)


def make_brain(diary: Diary, store: MemoryStore | None = None, **options: Any) -> Brain:
    model = ScriptedModel(lambda messages: "The answer is sesame.")
    praise = ScriptedModel(lambda messages: "Well done.")
    return Brain("react_brief", diary, model=model, memory_model=praise, store=store, **options)


async def test_what_it_brings_is_on_the_board_and_in_the_next_prompt() -> None:
    brain = make_brain(diary := Diary(["Yesterday."]), MemoryStore())
    assert isinstance(diary, Settling)
    result = await brain.run("Why?", run_id="r")

    model = brain.models["default"]
    assert isinstance(model, ScriptedModel)
    assert '<memory name="diary">\nYesterday.\n</memory>' in model.calls[0][-1]["content"]
    assert diary.pages == ["Yesterday.", "The answer is sesame."]
    assert result.env.board["read"] == {"for": "Why?", "found": ["Yesterday."], "error": ""}
    assert await brain.load("r") == result.env
    assert result.usage.model_calls == 2  # what was learnt at the end is metered


async def test_a_replay_goes_nowhere() -> None:
    brain = make_brain(diary := Diary(["Yesterday."]), MemoryStore())
    await brain.run("Why?", run_id="r")
    diary.pages[:] = ["something else"]
    went = list(diary.went)
    (await brain.replay("r")).check()
    assert (diary.went, went) == (["read", "write"], ["read", "write"])


@pytest.mark.parametrize("error", [ValueError("torn"), OSError("gone")])
async def test_one_that_fails_is_told_and_costs_no_answer_nor_a_second_try(error: Exception) -> None:
    brain = make_brain(diary := Diary(error=error), MemoryStore())
    events = [event async for event in brain.stream("Why?", run_id="r")]
    env = await brain.load("r")

    assert (env.status, diary.went) == (Status.ANSWERED, ["read", "write"])
    assert f"reading failed: {type(error).__name__}: {error}" in [getattr(event, "text", "") for event in events]
    (await brain.replay("r")).check()


async def test_what_it_writes_holds_no_secret() -> None:
    brain = make_brain(diary := Diary(), secrets=["sesame"])
    await brain.run("Why?")
    assert diary.pages == ["The answer is [secret]."]


async def test_a_run_inside_reads_and_leaves_what_is_learnt_to_the_outer_one() -> None:
    net = Net("outer", {"reasoning": SubRunState(react_brief, then="answer"), "answer": AnswerState()})
    store, diary = MemoryStore(), Diary()
    brain = Brain(net, diary, model=ScriptedModel(lambda messages: "Yes."), store=store)
    await brain.run("Why?", run_id="r")

    assert (diary.went, diary.pages) == (["read", "read", "write"], ["Yes."])
    (await brain.replay("r")).check()


async def test_a_run_that_is_taken_up_anywhere_shows_what_it_showed() -> None:
    brain = make_brain(diary := Diary(["Yesterday."]), store := MemoryStore())
    whole = (await brain.run("Why?", run_id="r")).env
    heads = [commit.last async for commit in store.read("r")]
    for head in heads[:-1]:
        diary.pages[:] = ["Yesterday."]
        fork = await brain.fork("r", head)
        result = await brain.go_on(fork)
        assert diary.pages == ["Yesterday.", "The answer is sesame."]
        assert result.env.board["read"] == whole.board["read"]
        assert [item.kind for item in result.env.log] == [ItemKind.GOAL, ItemKind.THOUGHT, ItemKind.ANSWER]
