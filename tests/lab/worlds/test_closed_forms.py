"""How often nets succeed in worlds with closed forms is what these say.

Walks and trials are foreseen run by run, by the model's own draws and no net; the foreseeing is held against the closed
forms, with as many draws as are cheap. What is not foreseen is within three standard errors.
"""

import pytest

from agent_brain import Brain
from agent_brain.core.net import Net
from agent_brain.core.state import StateType
from agent_brain.evaluators.function import FunctionEvaluator
from agent_brain.evaluators.noisy import noisy
from agent_brain.lab.task import Task
from agent_brain.lab.worlds import rates
from agent_brain.lab.worlds.closed import isolate, make_chain, make_facts, make_votes
from agent_brain.lab.worlds.keychain import open_door
from agent_brain.models.simulated.stones import read_stone
from agent_brain.nets.react import make_react
from agent_brain.nets.reasoning import ReasoningState
from agent_brain.nets.words import load_words
from lab.worlds.foreseeing import Trials, foresee_walk
from lab.worlds.playing import ask_all, check_rate, count_right, make_brain

DOORS, STEPS = 5, 8
MANY = 4000
"""Draws are cheap."""


async def check_foreseen(brain: Brain, tasks: list[Task], foreseen: list[bool]) -> None:
    """Each run comes to what was foreseen of it."""
    results = await ask_all(brain, tasks)
    assert [result.answer == task.answer for result, task in zip(results, tasks, strict=True)] == foreseen


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_react_opens_all_doors_where_so_many_calls_are_right_within_the_budget(wire: str) -> None:
    tasks = make_chain(40, doors=DOORS)
    brain = make_brain(f"react(steps_max={STEPS + 1})", isolate(p=0.7, m=0.1), tools=[open_door], wire=wire)

    await check_foreseen(brain, tasks, [foresee_walk(task, DOORS, STEPS, 0.7, 0.1) for task in tasks])


def make_repairing(repairs: int) -> Net:
    """ReAct that has a step's malformed reply mended so many times before the step counts as lost."""
    names = [StateType.REASONING, *(f"mend{place}" for place in range(1, repairs + 1))]
    states = {
        name: ReasoningState(steps_max=STEPS + 1, mend=after)
        for name, after in zip(names, [*names[1:], StateType.REASONING], strict=True)
    }
    moves = {name: {StateType.ACTION, StateType.ANSWER, state.mend} for name, state in states.items()}
    return make_react(load_words("react")).extend("repairing", states, moves)


@pytest.mark.parametrize("repairs", [0, 1, 2])
async def test_repairs_help_as_much_as_they_make_calls_well_formed(repairs: int) -> None:
    tasks = make_chain(25, doors=DOORS)
    brain = make_brain(make_repairing(repairs), isolate(p=0.8, m=0.3), tools=[open_door])

    await check_foreseen(brain, tasks, [foresee_walk(task, DOORS, STEPS, 0.8, 0.3, repairs) for task in tasks])


@pytest.mark.parametrize(
    ("m", "repairs", "expected"), [(0.05, 0, 0.899564), (0.1, 0, 0.840590), (0.1, 1, 0.936083), (0.1, 2, 0.942981)]
)
def test_what_is_foreseen_of_walks_is_the_closed_form(m: float, repairs: int, expected: float) -> None:
    assert rates.chain(DOORS, STEPS, 0.8, m, repairs=repairs) == pytest.approx(expected, abs=1e-6)
    tasks = make_chain(MANY, seed=1, doors=DOORS)

    check_rate(sum(foresee_walk(task, DOORS, STEPS, 0.8, m, repairs) for task in tasks), MANY, expected)


@pytest.mark.parametrize(
    ("p", "samples", "expected"),
    [(0.6, 3, 0.648), (0.6, 5, 0.682560), (0.6, 21, 0.825622), (0.45, 5, 0.406873), (0.45, 21, 0.320997)],
)
async def test_a_majority_is_right_as_often_as_most_samples_are(p: float, samples: int, expected: float) -> None:
    assert rates.majority(p, samples) == pytest.approx(expected, abs=1e-6)
    tasks = make_votes(420 // samples)
    brain = make_brain(f"self_consistency(direct, samples={samples})", isolate(p=p))

    check_rate(count_right(await ask_all(brain, tasks), tasks), len(tasks), expected)


def is_right(question: str, answer: str) -> bool:
    """What a stone's question tells itself."""
    found = read_stone(question)
    return found is not None and found[0].answer == answer


@pytest.mark.parametrize(("fp", "fn"), [(0.0, 0.0), (0.16, 0.1), (0.4, 0.1)])
@pytest.mark.parametrize(
    ("net", "beta", "steps"),
    [
        ("retry(direct, tries=3)", 0.0, 2),
        ("reflexion(direct, memory='none')", 0.0, 3),
        ("reflexion(direct, memory='last_attempt')", 0.0, 3),
        ("reflexion(direct)", 0.8, 4),
        ("reflexion(direct, memory='both')", 0.8, 4),
    ],
)
async def test_trials_come_to_what_they_and_their_evaluator_draw(
    net: str, beta: float, steps: int, fp: float, fn: float
) -> None:
    tasks, trials = make_votes(20), Trials(0.5, beta, fp, fn, steps=steps)
    evaluator = noisy(FunctionEvaluator(is_right, oracle=True), fp, fn)
    brain = make_brain(net, isolate(p=0.5, beta=0.8), evaluator=evaluator)

    await check_foreseen(brain, tasks, [trials.foresee(task) for task in tasks])


@pytest.mark.parametrize(
    ("beta", "fp", "fn", "expected"),
    [
        (0.0, 0.0, 0.0, 0.875),
        (0.0, 0.16, 0.1, 0.771950),
        (0.8, 0.0, 0.0, 0.951942),
        (0.8, 0.16, 0.1, 0.848686),
        (0.8, 0.4, 0.1, 0.728925),
    ],
)
def test_what_is_foreseen_of_trials_is_the_closed_form(beta: float, fp: float, fn: float, expected: float) -> None:
    assert rates.trials(0.5, 3, fp=fp, fn=fn, beta=beta) == pytest.approx(expected, abs=1e-6)
    trials = Trials(0.5, beta, fp, fn)

    check_rate(sum(map(trials.foresee, make_votes(MANY, seed=1))), MANY, expected)


async def test_correcting_oneself_spoils_and_mends_as_the_closed_form_says() -> None:
    tasks = make_votes(120)
    parameters = isolate(p=0.759, u=0.088, v=0.25)
    told = [rates.corrected(0.759, 0.088, 0.25, rounds) for rounds in range(4)]
    assert told == pytest.approx([0.759, 0.7525, 0.7481, 0.7453], abs=5e-5)

    for rounds in (1, 3):
        brain = make_brain(f"self_refine(rounds={rounds})", parameters)
        check_rate(count_right(await ask_all(brain, tasks), tasks), len(tasks), told[rounds])


@pytest.mark.parametrize("doors", [6, 9])
async def test_a_fact_is_left_as_often_as_it_survives_each_compaction(doors: int) -> None:
    tasks = make_facts(50, doors=doors)
    brain = make_brain("react", isolate(s=0.8), memory="summary(tokens=3000)", tools=[open_door])

    results = await ask_all(brain, tasks)

    [compactions] = {result.usage.model_calls - doors - 2 for result in results}
    assert compactions == doors - 2
    check_rate(count_right(results, tasks), len(tasks), rates.survival(0.8, compactions))
