"""Consolidation: what a person has asked for in several turns, as one block."""

from agent_brain import Brain, Chunk, MemoryStore, ModelError, ModelErrorKind, ScriptedModel
from agent_brain.core.lens import FAILED_UPKEEP, Lens
from agent_brain.memories.consolidate import Consolidate
from agent_brain.memories.words import load_words
from memories.overlays import call, get_last, make_env, play, think

BROKEN = ModelError(ModelErrorKind.AUTHENTICATION, "no key")
BLOCK = "Count the ships in Oslo."


def make_brain(writer: ScriptedModel, model: ScriptedModel | None = None) -> Brain:
    model = model or play(answer="Seven.")
    return Brain("react_brief", "messages+consolidate", model=model, memory_model=writer, store=MemoryStore())


async def test_requirements_of_two_turns_are_rewritten_as_one_block() -> None:
    brain = make_brain(writer := ScriptedModel([BLOCK]), model := play(answer="Seven."))
    first = await brain.run("Count the ships.", run_id="one")
    second = await brain.run("In Oslo.", after=first.env, run_id="two")

    assert [message["content"] for message in writer.calls[0]] == [
        load_words("consolidate")["rewrite"],
        "Person: Count the ships.\n\nPerson: In Oslo.",
    ]
    assert get_last(model).endswith(f'<memory name="requirements">\n{BLOCK}\n</memory>')
    assert (first.usage.model_calls, second.usage.model_calls) == (1, 2)  # metered
    (await brain.replay("two")).check()


async def test_where_it_fails_the_run_goes_on_without_a_block() -> None:
    brain = make_brain(ScriptedModel([BROKEN]))
    first = await brain.run("Count the ships.")
    second = await brain.run("In Oslo.", after=first.env)
    assert (second.answer, dict(second.env.slots)) == ("Seven.", {})


async def test_its_failure_is_told_and_kept_and_not_tried_again_at_each_step() -> None:
    actions = [call("write_todo", items=[{"text": f"look {number}"}]) for number in range(12)]
    model = ScriptedModel(["Seven.", *actions, "Eight."])
    writer = ScriptedModel([BROKEN, BROKEN, BLOCK])
    brain = Brain("react_brief(steps_max=20)", "messages+consolidate+todo", model=model, memory_model=writer,
                  store=MemoryStore())  # fmt: skip
    first = await brain.run("Count the ships.")
    events = [event async for event in brain.stream("In Oslo.", after=first.env, run_id="two")]

    told = [event.text for event in events if isinstance(event, Chunk) and "requirements" in event.text]
    assert told == ["requirements failed: no key"] * 2 + ["requirements is up to date"]
    env = events[-1].env  # type: ignore[union-attr]  # the last one is Ended
    failed = env.board[FAILED_UPKEEP]
    assert (failed["name"], failed["error"], env.slots["requirements"]) == ("requirements", "no key", BLOCK)
    (await brain.replay("two")).check()


async def test_after_a_failure_it_is_tried_again_as_soon_as_the_person_says_more() -> None:
    brain = make_brain(writer := ScriptedModel([BROKEN, BLOCK]))
    env = (await brain.run("Count the ships.")).env
    env = (await brain.run("In Oslo.", after=env)).env
    assert FAILED_UPKEEP in env.board
    env = (await brain.run("Today.", after=env)).env
    assert (len(writer.calls), env.slots["requirements"]) == (2, BLOCK)


async def test_a_reply_without_a_word_leaves_the_old_block_and_is_not_asked_for_again() -> None:
    brain = make_brain(writer := ScriptedModel([BLOCK, " \n"]), model := play(answer="Seven."))
    env = (await brain.run("Count the ships.")).env
    env = (await brain.run("In Oslo.", after=env)).env
    env = (await brain.run("Today.", after=env)).env
    assert (len(writer.calls), env.slots["requirements"]) == (2, BLOCK)
    assert f"{BLOCK}\n\nToday." in get_last(model)  # what is not in the block is shown beside it


def test_one_question_needs_no_block() -> None:
    env = make_env()
    think(env)
    assert Consolidate().find_upkeep(env, Lens()) is None
    assert Consolidate().show(env) == ""


async def test_its_words_can_be_others() -> None:
    writer = ScriptedModel([BLOCK])
    words = {"consolidate": {"rewrite": "Make it one."}}
    brain = Brain("react_brief", "consolidate", model=play(answer="Seven."), memory_model=writer, prompts=words)
    await brain.run("In Oslo.", after=(await brain.run("Count the ships.")).env)
    assert writer.calls[0][0]["content"] == "Make it one."
