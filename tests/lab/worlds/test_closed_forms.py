"""How often nets succeed in worlds with closed forms is what these say, within three standard errors."""

import pytest

from agent_brain.core.net import Net
from agent_brain.core.state import StateType
from agent_brain.evaluators.function import FunctionEvaluator
from agent_brain.evaluators.noisy import noisy
from agent_brain.lab.worlds import rates
from agent_brain.lab.worlds.closed import isolate, make_chain, make_facts, make_votes
from agent_brain.lab.worlds.keychain import open_door
from agent_brain.models.simulated.stones import read_stone
from agent_brain.nets.react import make_react
from agent_brain.nets.reasoning import ReasoningState
from agent_brain.nets.words import load_words
from lab.worlds.playing import ask_all, check_rate, count_right, make_brain

DOORS, STEPS = 5, 8


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_react_succeeds_as_often_as_so_many_right_calls_come_within_the_budget(wire: str) -> None:
    expected = rates.chain(DOORS, STEPS, 0.8, 0.05)
    assert expected == pytest.approx(0.899564, abs=1e-6)
    tasks = make_chain(200, doors=DOORS)
    brain = make_brain(f"react(steps_max={STEPS + 1})", isolate(p=0.8, m=0.05), tools=[open_door], wire=wire)

    check_rate(count_right(await ask_all(brain, tasks), tasks), len(tasks), expected)


def make_repairing(repairs: int) -> Net:
    """ReAct that has a step's malformed reply mended so many times before the step counts as lost."""
    names = [StateType.REASONING, *(f"mend{place}" for place in range(1, repairs + 1))]
    states = {
        name: ReasoningState(steps_max=STEPS + 1, mend=after)
        for name, after in zip(names, [*names[1:], StateType.REASONING], strict=True)
    }
    moves = {name: {StateType.ACTION, StateType.ANSWER, state.mend} for name, state in states.items()}
    return make_react(load_words("react")).extend("repairing", states, moves)


@pytest.mark.parametrize(("repairs", "expected"), [(0, 0.840590), (1, 0.936083), (2, 0.942981)])
async def test_repairs_help_as_much_as_they_make_calls_well_formed(repairs: int, expected: float) -> None:
    assert rates.chain(DOORS, STEPS, 0.8, 0.1, repairs=repairs) == pytest.approx(expected, abs=1e-6)
    tasks = make_chain(200, doors=DOORS)
    brain = make_brain(make_repairing(repairs), isolate(p=0.8, m=0.1), tools=[open_door])

    check_rate(count_right(await ask_all(brain, tasks), tasks), len(tasks), expected)


@pytest.mark.parametrize(
    ("p", "samples", "expected"),
    [(0.6, 3, 0.648), (0.6, 5, 0.682560), (0.6, 21, 0.825622), (0.45, 5, 0.406873), (0.45, 21, 0.320997)],
)
async def test_a_majority_is_right_as_often_as_most_samples_are(p: float, samples: int, expected: float) -> None:
    assert rates.majority(p, samples) == pytest.approx(expected, abs=1e-6)
    tasks = make_votes(900 // samples)
    brain = make_brain(f"self_consistency(direct, samples={samples})", isolate(p=p))

    check_rate(count_right(await ask_all(brain, tasks), tasks), len(tasks), expected)


def is_right(question: str, answer: str) -> bool:
    """What a stone's question tells itself."""
    found = read_stone(question)
    return found is not None and found[0].answer == answer


TRIALS = [
    ("retry(direct, tries=3)", 2.0, 0.0, 0.0, 0.875),
    ("retry(direct, tries=3)", 2.0, 0.16, 0.1, 0.771950),
    ("reflexion(direct)", 0.8, 0.0, 0.0, 0.951942),
    ("reflexion(direct)", 0.8, 0.16, 0.1, 0.848686),
    ("reflexion(direct)", 0.8, 0.4, 0.1, 0.728925),
    ("reflexion(direct, memory='last_attempt')", 0.8, 0.0, 0.0, 0.875),
]


@pytest.mark.parametrize(("net", "beta", "fp", "fn", "expected"), TRIALS)
async def test_trials_are_worth_what_their_evaluator_can_tell(
    net: str, beta: float, fp: float, fn: float, expected: float
) -> None:
    is_taught = net == "reflexion(direct)"
    assert rates.trials(0.5, 3, fp=fp, fn=fn, beta=beta if is_taught else 0.0) == pytest.approx(expected, abs=1e-6)
    tasks = make_votes(150)
    brain = make_brain(
        net, isolate(p=0.5, beta=beta), evaluator=noisy(FunctionEvaluator(is_right, oracle=True), fp, fn)
    )

    check_rate(count_right(await ask_all(brain, tasks), tasks), len(tasks), expected)


async def test_correcting_oneself_spoils_and_mends_as_the_closed_form_says() -> None:
    tasks = make_votes(150)
    parameters = isolate(p=0.759, u=0.088, v=0.25)
    told = [rates.corrected(0.759, 0.088, 0.25, rounds) for rounds in range(4)]
    assert told == pytest.approx([0.759, 0.7525, 0.7481, 0.7453], abs=5e-5)

    for rounds in (1, 3):
        brain = make_brain(f"self_refine(rounds={rounds})", parameters)
        check_rate(count_right(await ask_all(brain, tasks), tasks), len(tasks), told[rounds])


@pytest.mark.parametrize("doors", [6, 10])
async def test_a_fact_is_left_as_often_as_it_survives_each_compaction(doors: int) -> None:
    tasks = make_facts(100, doors=doors)
    brain = make_brain("react", isolate(s=0.8), memory="summary(tokens=3000)", tools=[open_door])

    results = await ask_all(brain, tasks)

    [compactions] = {result.usage.model_calls - doors - 2 for result in results}
    assert compactions >= 1
    check_rate(count_right(results, tasks), len(tasks), rates.survival(0.8, compactions))
