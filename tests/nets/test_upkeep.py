"""What a memory has a model do before it shows anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_brain import Brain, Item, Limits, MemoryStore, ModelError, ModelErrorKind, ScriptedModel, Status
from agent_brain.core.lens import Lens, Upkeep
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.composed import Composed
from agent_brain.memories.messages import Messages
from agent_brain.memories.slot import SlotOverlay

BROKEN = ModelError(ModelErrorKind.AUTHENTICATION, "no key")


@dataclass(frozen=True)
class Digest:
    """Has a digest of the log made whenever it got longer by some items."""

    every: int = 2
    is_needed: bool = False
    name: str = "digest"

    def render(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        return Messages().render(env, lens)

    def find_upkeep(self, env: MemoryEnv, lens: Lens) -> Upkeep | None:
        seen = int(env.board.get("seen", 0))
        if len(env.log) - seen < self.every:
            return None

        def keep(env: MemoryEnv, text: str) -> None:
            env.put_slot("digest", text)
            env.put_board("seen", len(env.log))

        words = "\n".join(item.text for item in env.log)
        return Upkeep("digest", [{"role": "user", "content": f"Digest: {words}"}], keep, self.is_needed)


def make_brain(model: ScriptedModel, *, is_needed: bool = False, limits: Limits | None = None) -> Brain:
    memory = Composed(Digest(is_needed=is_needed), (SlotOverlay("digest"),))
    return Brain(memory=memory, model=ScriptedModel(["A thought.", "An answer."]), memory_model=model, limits=limits)


async def test_it_is_made_metered_written_down_and_shown() -> None:
    brain = make_brain(summary := ScriptedModel(["in short"]))
    result = await brain.run("Why?", run_id="r")

    assert result.answer == "An answer."
    assert result.env.slots == {"digest": "in short"}
    assert result.usage.model_calls == 3
    assert summary.calls == [[{"role": "user", "content": "Digest: Why?\nA thought."}]]
    story = await brain.story("r")
    assert [call.text for call in story.steps[1].calls] == ["in short", "An answer."]
    answering = brain.models["default"]
    assert isinstance(answering, ScriptedModel)
    assert '<memory name="digest">\nin short\n</memory>' in answering.calls[-1][-1]["content"]


async def test_a_replay_is_the_same() -> None:
    brain = make_brain(ScriptedModel(["in short"]))
    await brain.run("Why?", run_id="r")
    (await brain.replay("r")).check()


async def test_where_it_fails_the_memory_shows_what_it_showed() -> None:
    result = await make_brain(ScriptedModel([BROKEN])).run("Why?")
    assert (result.answer, dict(result.env.slots)) == ("An answer.", {})


async def test_where_it_is_needed_its_failure_ends_the_run() -> None:
    result = await make_brain(ScriptedModel([BROKEN]), is_needed=True).run("Why?")
    assert (result.status, result.env.error) == (Status.FAILED, "no key")


async def test_it_is_left_where_it_would_cost_the_answer() -> None:
    result = await make_brain(ScriptedModel(["in short"]), limits=Limits(model_calls=2)).run("Why?")
    assert (result.answer, result.usage.model_calls) == ("An answer.", 2)


async def test_it_survives_in_the_journal() -> None:
    memory = Composed(Digest(), (SlotOverlay("digest"),))
    store = MemoryStore()
    brain = Brain(memory=memory, model=ScriptedModel(["A thought.", "in short", "An answer."]), store=store)
    result = await brain.run("Why?", run_id="r")
    assert await brain.load("r") == result.env
