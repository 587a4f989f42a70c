"""Worlds with closed forms: tasks in which a simulated model can go wrong in one way alone, whose rate is known."""

from agent_brain.lab.task import Task
from agent_brain.lab.worlds.keychain import make_tasks as make_houses
from agent_brain.models.simulated.parameters import Parameters
from agent_brain.models.simulated.stones import MARKS, Stone


def isolate(**rates: float | tuple[str, ...]) -> Parameters:
    """A model that never errs, forgets, drifts, or learns, but for what is named here."""
    calm = {"p": 1.0, "m": 0.0, "h": 0.0, "l0": float("inf"), "s": 1.0, "u": 0.0, "v": 0.0, "fp": 0.0, "fn": 0.0}
    return Parameters.load({**calm, "gamma": 0.0, "beta": 0.0, "tau": 0.0, "malformed": ("truncated",), **rates})


def make_chain(count: int, seed: int = 0, *, doors: int = 5) -> list[Task]:
    """Doors one after the other, with nothing around the keys: `rates.chain`."""
    return make_houses(count, seed, doors=doors, filler=0)


def make_votes(count: int, seed: int = 0, *, marks: int = 2) -> list[Task]:
    """Questions with so few answers that wrong ones agree, for nets that take a vote: `rates.majority`."""
    stones = [Stone(f"S{seed}-{number}", MARKS[:marks]) for number in range(count)]
    return [Task(each.name, (each.ask(),), each.answer, evaluator="exact") for each in stones]


def make_trials(count: int, seed: int = 0, *, marks: int = 2) -> list[Task]:
    """The questions of `votes`, for nets that try again until a judge passes an answer: `rates.trials`."""
    return make_votes(count, seed, marks=marks)


def make_corrections(count: int, seed: int = 0, *, marks: int = 2) -> list[Task]:
    """The questions of `votes`, for nets that go over their answer and may change it: `rates.corrected`."""
    return make_votes(count, seed, marks=marks)


def make_facts(count: int, seed: int = 0, *, doors: int = 8, filler: int | str = 300) -> list[Task]:
    """What the first of many results says is asked for at the end: `rates.survival`."""
    return make_houses(count, seed, doors=doors, filler=filler, is_locked=False)
