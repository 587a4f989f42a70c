"""What may change nothing, or one thing alone, whatever the scores are."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from agent_brain.lab.analysis.analysis import ContrastResult
from agent_brain.lab.analysis.columns import Columns
from calibration.check import Check, equal
from calibration.crew import Crew
from calibration.drawing import Floats, draw_scores
from calibration.product import Product, lay, plan
from calibration.size import Shape, Size

P_REACH = 0.02
"""Where signs are drawn, tasks in another order are flipped otherwise."""
SHIFTS = (0.0, 0.6)


def check_relations(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """Each over the same drawn experiments."""
    shape = size.relations
    found = crew.repeat("relations", shape.experiments, partial(_draw, product, shape))
    for what, key, bound in (
        ("rows in another order: any figure", "rows", 0.0),
        ("tasks in another order: difference and its error", "tasks", 1e-9),
        ("tasks in another order: p", "tasks_p", P_REACH),
        ("arms in each other's place: difference and its error", "arms", 1e-9),
        ("arms in each other's place: p", "arms_p", 1e-9),
        ("every try made twice: difference and its error", "tries", 1e-9),
        ("tasks that all pass alike: the difference shrinks", "constant", 1e-9),
    ):
        yield equal(what, [one[key] for one in found], bound)


def _draw(product: Product, shape: Shape, rng: np.random.Generator) -> dict[str, float]:
    scores = draw_scores(rng, shape.tasks, shape.repeats, SHIFTS)
    analysis = product.analyse(plan(scores), lay(scores))
    before = analysis.contrasts[0]
    shuffled = product.analyse(plan(scores), _shuffle(lay(scores), rng))
    tasks = _find(product, scores[rng.permutation(shape.tasks)])
    arms = _find(product, scores[:, ::-1])
    tries = _find(product, np.concatenate([scores, scores], axis=2))
    constant = _find(product, np.concatenate([scores, np.ones_like(scores[: shape.tasks // 2])]))
    value = _get_value(before)
    return {
        "rows": float(shuffled.data() != analysis.data()),
        "tasks": abs(_get_value(tasks) - value) + _differ(tasks.error, before.error),
        "tasks_p": _differ(tasks.p, before.p),
        "arms": abs(_get_value(arms) + value) + _differ(arms.error, before.error),
        "arms_p": _differ(arms.p, before.p),
        "tries": abs(_get_value(tries) - value) + _differ(tries.error, before.error),
        "constant": _get_value(constant) - value * shape.tasks / (shape.tasks + shape.tasks // 2),
    }


def _find(product: Product, scores: Floats) -> ContrastResult:
    return product.judge(scores)[0]


def _get_value(found: ContrastResult) -> float:
    return float("nan") if found.difference.value is None else found.difference.value


def _differ(first: float | None, second: float | None) -> float:
    return abs((first or 0.0) - (second or 0.0)) + float((first is None) != (second is None))


def _shuffle(columns: Columns, rng: np.random.Generator) -> Columns:
    """The same rows as a killed process might have left them."""
    return columns.pick(rng.permutation(len(columns)))
