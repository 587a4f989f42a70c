"""How often reflexion succeeds with an evaluator that errs: what each run does is foreseen, and is the closed form.

A try is right with probability s, which a lesson raises by `BENEFIT` on the scale of log odds; an evaluator lets wrong
answers pass and refuses right ones at known rates. Without a lesson it is `retry`, the control.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt

import pytest

from agent_brain import Brain, ScriptedModel
from agent_brain.core.items import Message
from nets.planners import show
from nets.sampled import chance

TRIALS, RATE, BENEFIT = 3, 0.5, 0.8
TAUGHT = 1 / (1 + exp(-BENEFIT))
RIGHT, WRONG = "It is right.", "It is wrong."


@dataclass(frozen=True)
class World:
    """A task's draws, of model and evaluator, each a function of task and trial."""

    lets_wrong_pass: float = 0.0
    refuses_right: float = 0.0

    def answer(self, task: str, trial: int, rate: float) -> str:
        return RIGHT if chance("answer", task, trial) < rate else WRONG

    def passes(self, task: str, trial: int, answer: str) -> bool:
        draw = chance("verdict", task, trial)
        return draw >= self.refuses_right if answer == RIGHT else draw < self.lets_wrong_pass

    def foresee(self, task: str, taught: float) -> bool:
        """Whether the last answer is right."""
        answer = ""
        for trial in range(TRIALS):
            answer = self.answer(task, trial, taught if trial else RATE)
            if self.passes(task, trial, answer):
                break
        return answer == RIGHT

    def find_rate(self, taught: float) -> float:
        """The closed form: what is let pass of the right ones, and the last trial's whatever is said of it."""
        refused, success = 1.0, 0.0
        for trial in range(TRIALS):
            rate = taught if trial else RATE
            passes = 1.0 if trial == TRIALS - 1 else 1 - self.refuses_right
            success += refused * rate * passes
            refused *= rate * self.refuses_right + (1 - rate) * (1 - self.lets_wrong_pass)
        return success


ORACLE, NOISY, LAX = World(), World(0.16, 0.1), World(0.4, 0.1)


def make_brain(world: World, net: str) -> Brain:
    """A model whose tries are counted task by task, and an evaluator that counts them too."""
    tries: dict[str, int] = {}
    judged: dict[str, int] = {}

    def count(counts: dict[str, int], task: str) -> int:
        counts[task] = counts.get(task, -1) + 1
        return counts[task]

    def reply(messages: Sequence[Message]) -> str:
        shown = show(messages)
        if "was judged, and it failed" in shown:
            return "A lesson: look at it again."
        task = shown.split("\n", 1)[0]
        return world.answer(task, count(tries, task), TAUGHT if "A lesson:" in shown else RATE)

    def judge(question: str, answer: str) -> bool:
        return world.passes(question, count(judged, question), answer)

    return Brain(net=net, model=ScriptedModel(reply), evaluator=judge)


@pytest.mark.parametrize("world", [ORACLE, NOISY, LAX])
@pytest.mark.parametrize(
    ("net", "taught"),
    [
        ("retry(direct, tries=3)", RATE),
        ("reflexion(direct, memory='none')", RATE),
        ("reflexion(direct, memory='last_attempt')", RATE),
        ("reflexion(direct)", TAUGHT),
        ("reflexion(direct, memory='both')", TAUGHT),
    ],
)
async def test_each_run_comes_to_what_its_draws_foresee(net: str, taught: float, world: World) -> None:
    brain = make_brain(world, net)
    for number in range(40):
        task = f"Task {number}"
        result = await brain.run(task)
        assert (result.answer == RIGHT) is world.foresee(task, taught), task


@pytest.mark.parametrize(
    ("world", "taught", "expected"),
    [
        (ORACLE, RATE, 0.875),
        (NOISY, RATE, 0.771950),
        (ORACLE, TAUGHT, 0.951942),
        (NOISY, TAUGHT, 0.848686),
        (LAX, TAUGHT, 0.728925),
    ],
)
def test_what_is_foreseen_is_the_closed_form(world: World, taught: float, expected: float) -> None:
    assert world.find_rate(taught) == pytest.approx(expected, abs=1e-6)
    tasks = 20_000
    rate = sum(world.foresee(f"Task {number}", taught) for number in range(tasks)) / tasks
    assert abs(rate - expected) <= 3 * sqrt(expected * (1 - expected) / tasks)
