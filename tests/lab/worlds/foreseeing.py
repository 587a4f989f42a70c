"""The draws of a simulated model and of an evaluator that errs, told without any net: what each run has to come to."""

from dataclasses import dataclass
from math import exp

from agent_brain.lab.task import Task
from agent_brain.models.simulated.chances import Chances
from agent_brain.models.simulated.stones import MARKS

LUCK = Chances()
"""Of all that have no seed and no key."""


def draw(task: Task, state: str, visit: int, name: str, path: str = "") -> float:
    """The chance of this name when a state is entered so often, in a run or in one inside it."""
    return LUCK.draw(f"{task.task_id} {path} 1.{state}#{visit}", name)


def foresee_walk(task: Task, doors: int, steps: int, p: float, m: float, repairs: int = 0) -> bool:
    """Whether all doors are open within so many steps, each of which may be mended so often."""
    opened = 0
    for step in range(1, steps + 1):
        states = ["reasoning", *(f"mend{repair}" for repair in range(1, repairs + 1))]
        visits = _count_visits(task, states, step, m)
        for state, visit in visits:
            if draw(task, state, visit, "malformed") >= m:
                opened += draw(task, state, visit, "right") < p
                break
    return opened >= doors


def _count_visits(task: Task, states: list[str], step: int, m: float) -> list[tuple[str, int]]:
    """How often each state was entered when this step, and its repairs, come."""
    visits = [step]
    for before in states[:-1]:
        broken = [visit for visit in range(1, visits[-1] + 1) if draw(task, before, visit, "malformed") < m]
        visits.append(len(broken))
    return list(zip(states, visits, strict=True))


@dataclass(frozen=True)
class Trials:
    """Questions that are tried several times, each try a run of its own; `fp`, `fn`: how their evaluator errs."""

    p: float
    beta: float = 0.0
    fp: float = 0.0
    fn: float = 0.0
    tries: int = 3
    steps: int = 2
    """Of a round: those that try, judge, and, where there are lessons, draw one and begin anew."""

    def foresee(self, task: Task) -> bool:
        """Whether the last try is right."""
        is_right = False
        for trial in range(1, self.tries + 1):
            taught = 1 / (1 / self.p - 1) * exp(self.beta if trial > 1 else 0.0)
            path = f":s{1 + (trial - 1) * self.steps}-0"
            is_right = draw(task, "answer", 1, "right", path) < taught / (1 + taught)
            if self._passes(task, trial, is_right):
                break
        return is_right

    def _passes(self, task: Task, trial: int, is_right: bool) -> bool:
        answer = task.answer if is_right else next(mark for mark in MARKS[:2] if mark != task.answer)
        item = trial * 2 - 1 if self.steps == 4 else trial
        verdict = LUCK.draw("verdict", task.prompt, answer, f" 1.judge#{trial} item {item}")
        return verdict >= self.fn if is_right else verdict < self.fp
