"""Cost against score, over the tasks that every arm has done whole; and what was paid in all."""

from collections.abc import Mapping

import numpy as np

from agent_brain.lab.analysis.analysis import Frontier, FrontierPoint, Paid
from agent_brain.lab.analysis.arms import measure, price
from agent_brain.lab.analysis.columns import Columns, Floats
from agent_brain.lab.analysis.cube import Cube
from agent_brain.lab.analysis.design import Design
from agent_brain.lab.statistics.frontier import frontier

PURPOSES = {"judge_": "judging", "user_": "playing users", "aside_": "attempts set aside"}
"""Beside the arms: how a row's figures begin, and what for."""


def find_frontier(cube: Cube, design: Design, unit: str) -> Frontier | None:
    """Who gives most for what it costs; None for one arm, or where no task was done by all."""
    tried = [int(arm) for arm in np.flatnonzero(cube.counts.any(axis=0))]
    whole, wanted = cube.find_whole(tried, design.repeats)
    if len(tried) < 2 or not whole.any():
        return None
    layers = [cube.fill(values) for values in (price(cube.columns, unit), measure(cube.columns, design.metric))]
    costs, scores = (layer[whole][:, tried, :wanted].mean(axis=2) for layer in layers)
    found = frontier(costs, scores, cube.pick_families(whole), seed=design.seed)
    points = [
        FrontierPoint(
            cube.arms[arm],
            float(scores[:, place].mean()),
            float(costs[:, place].mean()),
            found.is_dominated[place],
            found.is_on_hull[place],
            found.membership[place],
        )
        for place, arm in enumerate(tried)
    ]
    return Frontier(unit, int(whole.sum()), tuple(points))


def list_paid(columns: Columns) -> list[Paid]:
    """What these trials took, those too that something outside broke: the arms, and whatever else took something."""
    numbers = columns.numbers
    arms = _sum_up("arms", numbers, "", "model_calls", numbers["input_tokens"] + numbers["output_tokens"])
    others = [
        _sum_up(purpose, numbers, start, f"{start}calls", numbers[f"{start}tokens"])
        for start, purpose in PURPOSES.items()
    ]
    return [arms, *(paid for paid in others if paid.tokens or paid.calls)]


def _sum_up(purpose: str, numbers: Mapping[str, Floats], start: str, calls: str, tokens: Floats) -> Paid:
    dollars, unpriced = float(numbers[f"{start}cost_usd"].sum()), int(numbers[f"{start}unpriced_tokens"].sum())
    return Paid(purpose, int(numbers[calls].sum()), int(tokens.sum()), dollars, unpriced)
