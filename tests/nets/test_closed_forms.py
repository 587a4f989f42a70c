"""How often nets succeed with a model of known parameters is what a closed form says, within three standard errors."""

from collections.abc import Sequence
from math import comb, sqrt

import pytest

from agent_brain import Brain, Limits, ScriptedModel
from agent_brain.core.items import ItemKind, Message
from agent_brain.core.net import Net
from agent_brain.core.state import StateType
from agent_brain.nets.react import make_react
from agent_brain.nets.reasoning import ReasoningState
from agent_brain.nets.words import load_words
from nets.chained import Walker, turn
from nets.sampled import chance
from nets.walking import go_by

LENGTH, BUDGET = 5, 8
RUNS = 80
"""Of each net; as each run is foreseen, more of them would say no more of the net."""
FREE = Limits(None, None, None, seconds=None, repeats=None, faults=None)


def find_chance(successes: int, tries: int, each: float) -> float:
    """Of at least so many successes."""
    return sum(comb(tries, k) * each**k * (1 - each) ** (tries - k) for k in range(successes, tries + 1))


def check_rate(successes: int, tries: int, expected: float) -> None:
    """Let a number of successes pass that is within three standard errors of what is expected."""
    error = sqrt(expected * (1 - expected) / tries)
    assert abs(successes / tries - expected) <= 3 * error, (successes / tries, expected, error)


def make_repairing(repairs: int) -> Net:
    """ReAct that has a step's malformed reply mended so many times before the step counts as lost."""
    names = [StateType.REASONING, *(f"mend{place}" for place in range(1, repairs + 1))]
    states = {
        name: ReasoningState(steps_max=BUDGET + 1, mend=after)
        for name, after in zip(names, [*names[1:], StateType.REASONING], strict=True)
    }
    moves = {name: {StateType.ACTION, StateType.ANSWER, state.mend} for name, state in states.items()}
    return make_react(load_words("react")).extend("repairing", states, moves)


def foresee(walker: Walker, task: int, repairs: int) -> bool:
    """Whether a walk comes to its end within the budget, by the model's own draws and no net."""
    place = turned = 0
    for _ in range(BUDGET):
        for _ in range(repairs + 1):
            is_malformed = walker.is_malformed(task, place)
            turned += not is_malformed and walker.is_right(task, place)
            place += 1
            if not is_malformed:
                break
    return turned >= walker.length


async def count_ends(net: Net, walker: Walker, runs: int, repairs: int = 0) -> int:
    """How many runs come to the last key, each of which has to be one of which that was foreseen."""
    brain, ends = Brain(net=net, model=walker.make_model(), tools=[turn], limits=FREE), 0
    for task in range(runs):
        result = await brain.run(f"task {task}")
        is_end = result.answer == f"key {walker.length}"
        assert is_end == foresee(walker, task, repairs), task
        ends += is_end
    return ends


async def test_react_succeeds_as_often_as_so_many_right_calls_come_within_the_budget() -> None:
    expected = find_chance(LENGTH, BUDGET, 0.8 * (1 - 0.05))
    assert expected == pytest.approx(0.899564, abs=1e-6)
    net = make_react(load_words("react"), steps_max=BUDGET + 1)

    ends = await count_ends(net, Walker(LENGTH, 0.8, 0.05), RUNS)

    check_rate(ends, RUNS, expected)


REPAIRED = [(0, 0.840590), (1, 0.936083), (2, 0.942981)]


@pytest.mark.parametrize(("repairs", "expected"), REPAIRED)
async def test_repairs_help_as_much_as_they_make_calls_well_formed(repairs: int, expected: float) -> None:
    assert find_chance(LENGTH, BUDGET, 0.8 * (1 - 0.1 ** (repairs + 1))) == pytest.approx(expected, abs=1e-6)

    ends = await count_ends(make_repairing(repairs), Walker(LENGTH, 0.8, 0.1, seed=1), RUNS, repairs)

    check_rate(ends, RUNS, expected)


@pytest.mark.parametrize(("repairs", "expected"), REPAIRED)
def test_what_is_foreseen_of_walks_is_the_closed_form(repairs: int, expected: float) -> None:
    walker = Walker(LENGTH, 0.8, 0.1, seed=2)

    check_rate(sum(foresee(walker, task, repairs) for task in range(5_000)), 5_000, expected)


async def test_correcting_oneself_spoils_and_mends_as_the_closed_form_says() -> None:
    right, spoils, mends, runs = 0.759, 0.088, 0.25, 150
    brain = Brain(net="self_refine(rounds=3)", model=make_corrector(right, spoils, mends))

    drafts = [await list_drafts(brain, task) for task in range(runs)]

    expected = [right]
    for _ in range(3):
        expected.append(expected[-1] * (1 - spoils) + (1 - expected[-1]) * mends)
    assert expected == pytest.approx([0.759, 0.7525, 0.7481, 0.7453], abs=5e-5)
    for place, rate in enumerate(expected):
        check_rate(sum(each[place] == "right" for each in drafts), runs, rate)


def make_corrector(right: float, spoils: float, mends: float) -> ScriptedModel:
    """Drafts what is right with a chance, and with others makes it wrong and right again; no review accepts it."""
    words = load_words("self_refine")

    def find_task(messages: Sequence[Message]) -> str:
        return messages[1]["content"].split()[1]

    def draft(messages: Sequence[Message]) -> str:
        return "right" if chance(find_task(messages)) < right else "wrong"

    def refine(messages: Sequence[Message]) -> str:
        shown = messages[-1]["content"]
        was_right = '<memory name="draft">\nright\n' in shown
        flips = chance(find_task(messages), shown.count("Draft ")) < (spoils if was_right else mends)
        return "right" if was_right != flips else "wrong"

    return go_by((words["draft"], draft), (words["critique"], "Verdict: revise"), (words["refine"], refine))


async def list_drafts(brain: Brain, task: int) -> list[str]:
    """The drafts of a run, whose last one is its answer."""
    result = await brain.run(f"task {task}")
    drafts = [item.text for item in result.env.log if item.kind is ItemKind.THOUGHT]
    assert result.answer == drafts[-1]
    return drafts
