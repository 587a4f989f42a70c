"""Tree of thoughts: levels, calls, values, duplicates, what a call sees, limits, kills and replays."""

import re
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import pytest

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, Status
from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.core.events import SubEvent
from agent_brain.core.items import ItemKind, Message
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.record_json import encode_records
from agent_brain.core.records import Called, ItemAdded, Started
from agent_brain.models.scripted import Line
from agent_brain.nets.branching import merge_same
from nets.sampled import TunedModel
from nets.walking import check_resumes, find_path, read_commits

NO_KEY = ModelError(ModelErrorKind.AUTHENTICATION, "no key")
PATH = re.compile(r'<memory name="thoughts">\n(.*?)\n</memory>', re.DOTALL)


def show(messages: Sequence[Message]) -> str:
    return "\n".join(message["content"] for message in messages if message["role"] != "system")


def find_thoughts(messages: Sequence[Message]) -> list[str]:
    """The path that a call is shown."""
    found = PATH.search(show(messages))
    return [line.partition(". ")[2] for line in found[1].splitlines()] if found else []


class Climber:
    """Proposes each path's letters a, b, c ..., and likes those whose letter is in `likes`."""

    def __init__(self, width: int = 3, likes: str = "b", said: str = "") -> None:
        self.width = width
        self.likes = likes
        self.said = said
        """What it says in place of proposals."""

    def __call__(self, messages: Sequence[Message]) -> str:
        asked, path = show(messages), find_thoughts(messages)
        if "Verdict: sure" in asked:
            return f"Verdict: {'sure' if path[-1][-1] in self.likes else 'likely'}"
        if "different thoughts" in asked or "different answers" in asked:
            if self.said:
                return self.said
            last = path[-1] if path else ""
            return "\n".join(f"{place + 1}. {last}{'abcdefgh'[place]}" for place in range(self.width))
        return "I was stopped."


def make_brain(model: ScriptedModel, net: str = "tot", **parts: Any) -> Brain:
    return Brain(net=net, model=model, **parts)


async def test_it_goes_on_from_the_best_thoughts_of_each_level() -> None:
    brain = make_brain(ScriptedModel(Climber()))
    result = await brain.run("How?", run_id="r")
    assert result.answer == "bbb"
    assert await find_path(brain.store) == ["score", "select", "propose"] * 2 + ["score", "select", "answer"]
    (await brain.replay("r")).check()


@pytest.mark.parametrize("breadth", [1, 2, 5])
@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("candidates", [1, 3])
@pytest.mark.parametrize("samples", [1, 2])
async def test_it_takes_the_calls_of_its_formula(breadth: int, depth: int, candidates: int, samples: int) -> None:
    options = f"breadth={breadth}, depth={depth}, candidates={candidates}, samples={samples}"
    brain = make_brain(ScriptedModel(Climber(candidates)), f"tot({options})", limits=Limits(model_calls=500))
    result = await brain.run("How?")
    frontier, calls = 1, 0
    for _ in range(depth):
        calls += frontier * (1 + candidates * samples)
        frontier = min(breadth, frontier * candidates)
    assert result.usage.model_calls == calls


async def test_more_candidates_than_were_asked_for_are_left_out() -> None:
    result = await make_brain(ScriptedModel(Climber(8, likes="h")), "tot(depth=1, candidates=2)").run("How?")
    assert (result.answer, result.usage.model_calls) == ("a", 1 + 2)


async def test_duplicate_candidates_are_merged_and_keep_their_value() -> None:
    model = ScriptedModel(Climber(likes="wn", said="1. Down\n2. Up, then down\n3. **down**.\n4. DOWN\n5. left"))
    brain = make_brain(model, "tot(depth=1, breadth=1, candidates=4)")
    result = await brain.run("Where?", run_id="r")
    assert (result.answer, result.usage.model_calls) == ("Down", 1 + 3)


def test_the_same_thought_on_two_paths_is_two_candidates_and_signs_tell_thoughts_apart() -> None:
    paths = [["a", "x"], ["b", "x"], ["A.", "x"], ["3 + 4"], ["3 - 4"]]
    assert merge_same(paths) == [["a", "x"], ["b", "x"], ["3 + 4"], ["3 - 4"]]


async def test_values_are_summed_over_samples_and_of_equal_ones_the_first_is_kept() -> None:
    verdicts = {"a": ["likely", "likely", "likely"], "b": ["sure", "impossible", "hm"], "c": ["sure", "", "sure"]}

    def reply(messages: Sequence[Message]) -> str:
        path = find_thoughts(messages)
        if "Verdict: sure" not in show(messages):
            return "1. a\n2. b\n3. c"
        return f"Verdict: {verdicts[path[-1]].pop(0)}"

    store = MemoryStore()
    brain = make_brain(ScriptedModel(reply), "tot(depth=1, samples=3)", store=store)
    result = await brain.run("Which?", run_id="r")
    told = encode_records([record for commit in await read_commits(store) for record in commit])
    assert result.answer == "c"
    assert "[3.0,20.001,40.0]" in told.replace(" ", "")


async def test_each_call_sees_the_question_and_its_own_path_alone() -> None:
    model = ScriptedModel(Climber())
    await make_brain(model, "tot(breadth=2, depth=2)").run("How?")
    paths = [find_thoughts(messages) for messages in model.calls]
    assert paths[:4] == [[], ["a"], ["b"], ["c"]]
    assert paths[4:6] == [["b"], ["a"]]
    assert sorted(paths[6:]) == sorted([[first, first + last] for first in "ba" for last in "abc"])
    assert all(show(messages).startswith("How?") for messages in model.calls)


async def test_the_last_level_is_asked_for_whole_answers() -> None:
    model = ScriptedModel(Climber())
    await make_brain(model, "tot(breadth=1, depth=2)").run("How?")
    asked = [show(messages) for messages in model.calls]
    assert "3 different thoughts" in asked[0]
    assert "3 different answers" in asked[4]


async def test_a_proposal_that_is_no_list_is_one_candidate() -> None:
    result = await make_brain(ScriptedModel(Climber(said="Just go left.")), "tot(depth=2)").run("Where?")
    assert (result.answer, result.usage.model_calls) == ("Just go left.", 2 * (1 + 1))


async def test_branches_know_nothing_of_each_others_models_options() -> None:
    model = TunedModel(Climber())
    await make_brain(model, "tot(depth=1, temperature=0.3)").run("How?")
    assert model.asked == [{"temperature": 0.3}] * 4


@pytest.mark.parametrize("most", range(2, 22))
async def test_a_budget_in_the_middle_is_kept_and_answered(most: int) -> None:
    result = await make_brain(ScriptedModel(Climber()), limits=Limits(model_calls=most)).run("How?")
    assert result.usage.model_calls <= most
    assert (result.status, result.answer) in {(Status.LIMITED, "I was stopped."), (Status.ANSWERED, "bbb")}
    assert (result.status is Status.ANSWERED) == (most == 21)


async def test_where_it_is_stopped_the_best_path_so_far_is_shown() -> None:
    model = ScriptedModel(Climber())
    await make_brain(model, limits=Limits(model_calls=5)).run("How?")
    assert find_thoughts(model.calls[-1]) == ["b"]


async def test_one_call_that_fails_is_left_out_and_where_all_do_the_run_fails() -> None:
    def reply(messages: Sequence[Message]) -> Line:
        return NO_KEY if find_thoughts(messages) == ["b"] else Climber()(messages)

    some = await make_brain(ScriptedModel(reply), "tot(depth=1)").run("How?")
    none = await make_brain(ScriptedModel(lambda _: NO_KEY)).run("How?")
    assert (some.answer, none.status) == ("a", Status.FAILED)


async def test_a_further_question_begins_at_the_root() -> None:
    model = ScriptedModel(Climber())
    brain = make_brain(model, "tot(depth=2)")
    first = await brain.run("How?")
    second = await brain.run("And now?", after=first.env)
    assert (second.answer, second.usage.model_calls) == ("bb", 12)
    assert find_thoughts(model.calls[12]) == []


async def test_an_answer_of_a_type_is_the_best_thought_where_it_fits() -> None:
    model = ScriptedModel(Climber(said="1. 41\n2. 42", likes="2"))
    result = await make_brain(model, "tot(depth=1)", answer_type=int).run("How many?")
    assert (result.value, result.usage.model_calls) == (42, 3)


async def test_it_resumes_wherever_it_was_killed_and_replays_the_same() -> None:
    store = MemoryStore()

    def make() -> Brain:
        return make_brain(ScriptedModel(Climber(2)), "tot(depth=2, candidates=2)", store=store)

    await check_resumes(make, await make().run("How?", run_id="r"))


@pytest.mark.parametrize("name", ["breadth", "depth", "candidates", "samples"])
def test_a_search_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(SetupError, match=f"{name} is 0; wanted at least 1"):
        make_brain(ScriptedModel([]), f"tot({name}=0)")


async def test_a_branch_costs_nothing_of_what_was_said_before() -> None:
    async def count(thoughts: int) -> int:
        """Characters that the calls of a search record, after a conversation with so many thoughts."""
        env = MemoryEnv.begin("old", "tot", "", "answer", "An old question.")
        for number in range(thoughts):
            env.add(ItemKind.THOUGHT, f"thought {number}")
        env.add(ItemKind.ANSWER, "An old answer.")
        env.done = True
        brain = make_brain(ScriptedModel(Climber(2)), "tot(depth=2, candidates=2)")
        async with aclosing(brain.stream("How?", after=env, run_id="r")) as events:
            inside = [event.event async for event in events if isinstance(event, SubEvent)]
        called = [event for event in inside if isinstance(event, ItemAdded | Called | Started)]
        return len(encode_records(called))

    assert await count(2000) == await count(1) > 1000
