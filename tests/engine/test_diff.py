"""A diff of two runs says where they part and what is different there, as data and as text."""

import json
import re
from dataclasses import replace

from agent_brain.brain import Brain
from agent_brain.core.chat import Reply
from agent_brain.engine.diff import Change, compare
from agent_brain.engine.limits import Limits
from agent_brain.engine.story import Story
from agent_brain.engine.telling import read_story
from agent_brain.models.scripted import Line, ScriptedModel
from agent_brain.nets.answering import DIRECTIVE
from agent_brain.tools.function_tool import tool

ADD = '{"name": "add", "args": {"a": 2, "b": 3}}'
OTHER = '{"name": "add", "args": {"a": 2, "b": 4}}'


@tool
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def tell(run_id: str, *replies: Line, question: str = "What is 2 + 3?", **options: object) -> Story:
    brain = Brain(model=ScriptedModel(list(replies)), tools=[add], **options)  # type: ignore[arg-type]  # any of a brain's
    await brain.run(question, run_id=run_id)
    story = await read_story(brain.store, run_id)
    steps = tuple(replace(step, usage=replace(step.usage, seconds=0.5)) for step in story.steps)
    return replace(story, steps=steps, usage=replace(story.usage, seconds=2.0))


async def test_equal_runs_say_so_in_one_line() -> None:
    found = compare(await tell("one", ADD, "I have it.", "Five."), await tell("two", ADD, "I have it.", "Five."))

    assert (found.is_same, found.parting) == (True, None)
    assert found.text() == f"one and two are the same in 4 steps ({found.usage_before.tokens} tokens, 2.00 s)"


async def test_runs_part_at_the_first_step_that_is_not_the_same() -> None:
    found = compare(await tell("one", ADD, "I have it.", "Five."), await tell("two", ADD, "It is clear.", "5."))

    assert found.parting is not None
    assert (found.parting.before, found.parting.after) == (3, 3)
    assert found.parting.changes == (Change("thought", "I have it.", "It is clear."),)
    assert found.changes == (Change("answer", "Five.", "5."),)


async def test_an_action_and_its_outcome_stand_beside_each_other() -> None:
    found = compare(await tell("one", ADD, "I have it.", "Five."), await tell("two", OTHER, "I have it.", "Five."))

    assert found.pairs[1].changes == (
        Change("action", 'add({"a": 2, "b": 3})', 'add({"a": 2, "b": 4})'),
        Change("outcome of add", "5", "6"),
    )


async def test_further_steps_of_one_run_are_kept_apart_from_those_that_both_have() -> None:
    found = compare(await tell("one", ADD, "I have it.", "Five."), await tell("two", ADD, ADD, "I have it.", "Five."))

    assert [(pair.before, pair.after) for pair in found.pairs] == [(1, 1), (2, 2), (3, 3), (None, 4), (None, 5), (4, 6)]
    assert "+step 4 action (0 tokens, 0.50 s)" in found.text().splitlines()


async def test_another_system_prompt_is_told_once_for_each_step_by_its_changed_lines() -> None:
    one = await tell("one", "I have it.", "Five.", instructions="Be brief.\nBe kind.\nBe exact.")
    two = await tell("two", "I have it.", "Five.", instructions="Be brief.\nBe rude.\nBe exact.")
    lines = compare(one, two).text().splitlines()

    assert (lines.count("-  Be kind."), lines.count("+  Be rude.")) == (2, 2)
    assert "@@ they part at step 1 reasoning @@" in lines


async def test_the_text_of_a_diff_is_this() -> None:
    one = await tell("one", ADD, Reply("I have it.", "so"), "Five.")
    two = await tell("two", OTHER, "I have it.", "Six.", limits=Limits(model_calls=2))

    assert re.sub(r"\d+( -> \d+)? tokens", "N tokens", compare(one, two).text()) == TEXT


async def test_data_of_a_diff_is_json() -> None:
    found = compare(await tell("one", ADD, "I have it.", "Five."), await tell("two", OTHER, "I have it.", "Six."))

    assert json.loads(json.dumps(found.data()))["parting"]["state"] == "reasoning"
    assert json.loads(json.dumps(found.data()))["is_same"] is False


async def test_a_run_is_the_same_as_itself_and_a_diff_can_be_read_backwards() -> None:
    one, two = await tell("one", ADD, "I have it.", "Five."), await tell("two", OTHER, ADD, "Hm.", "Six.")

    assert compare(one, one).is_same
    there, back = compare(one, two), compare(two, one)
    assert [change.before for change in there.changes] == [change.after for change in back.changes]
    assert there.parting is not None
    assert back.parting is not None
    assert there.parting.before == back.parting.after


TEXT = f"""\
--- one
+++ two
-status: answered
+status: limited
-answer: Five.
+answer: I have it.
 N tokens, 2.00 s
@@ they part at step 1 reasoning @@
 step 1 reasoning (N tokens, 0.50 s)
-  thought: {{"name": "add", "args": {{"a": 2, "b": 3}}}}
+  thought: {{"name": "add", "args": {{"a": 2, "b": 4}}}}
 step 2 action (N tokens, 0.50 s)
-  action: add({{"a": 2, "b": 3}})
+  action: add({{"a": 2, "b": 4}})
-  outcome of add: 5
+  outcome of add: 6
 step 3 reasoning (N tokens, 0.50 s)
-  model call: scripted
-  thought: I have it.
-  reasoning of the thought: so
+  limit: the limit of 2 model calls was reached
-  moves to: answer: it asked for no action
+  moves to: answer: the limit of 2 model calls was reached
 step 4 answer (N tokens, 0.50 s)
-  directive: {DIRECTIVE}
+  directive: {DIRECTIVE} (You were stopped: the limit of 2 model calls was reached.)
-  answer: Five.
+  answer: I have it."""
