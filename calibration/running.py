"""Arms that really run, whose rates have closed forms: what the lab finds of them, from trial to verdict."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from agent_brain.lab.analysis.columns import Columns, arrange
from agent_brain.lab.analysis.cube import lay_out
from agent_brain.lab.analysis.design import Design
from agent_brain.lab.statistics.power import Variances, power_of
from agent_brain.lab.worlds import rates
from agent_brain.lab.worlds.closed import isolate, make_votes
from calibration.alike import ALPHA, FOUND, covers, is_rejected
from calibration.check import Check, at_most, equal, mean_of, rate, within
from calibration.crew import Crew
from calibration.drawing import Floats
from calibration.effects import POWER_REACH
from calibration.product import Product
from calibration.size import Size
from calibration.trials import make_experiment, new_folder, run

P, BETTER, TRIES, U, V = 0.6, 0.85, 3, 0.088, 0.25
DIRECT = {"net": "direct"}
ARMS: Mapping[str, tuple[Mapping[str, Any], float]] = {
    "plain": (DIRECT, P),
    "again": (DIRECT, P),
    "better": ({**DIRECT, "simulated": {"p": BETTER}}, BETTER),
    "votes": ({"net": f"self_consistency(direct, samples={TRIES})"}, rates.majority(P, TRIES)),
    "retry": ({"net": f"retry(direct, tries={TRIES})", "evaluator": "task"}, rates.trials(P, TRIES)),
    "refine": ({"net": "self_refine(rounds=1)"}, rates.corrected(P, U, V, 1)),
}
"""By name, the parts of an arm, and its true rate. The first is the control of all others."""


def check_runs(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """One experiment, whose tasks are cut into many small ones."""
    shape = size.runs
    tasks = make_votes(shape.experiments * shape.tasks, crew.seed)
    parts = {name: parts for name, (parts, _) in ARMS.items()}
    simulated = {name: value for name, value in asdict(isolate(p=P, u=U, v=V)).items() if value != float("inf")}
    experiment = make_experiment("runs", tasks, parts, repeats=shape.repeats, simulated=simulated, seed=crew.seed)
    with new_folder() as folder:
        columns = arrange(run(experiment, folder, crew.processes))
    scores = _fill(columns, list(ARMS))
    groups = [product.judge(group) for group in np.split(scores, shape.experiments)]
    again, better, *others = (list(column) for column in zip(*groups, strict=True))
    yield at_most("A/A, run: sign-flip p below .05", [is_rejected(each) for each in again], ALPHA)
    yield rate("A/A, run: the interval holds 0", [covers(each, 0.0) for each in again], 1 - ALPHA)
    yield rate(
        "a better model: the interval holds the effect", [covers(each, BETTER - P) for each in better], 1 - ALPHA
    )
    power = power_of(BETTER - P, shape.tasks, Variances(0.0, BETTER * (1 - BETTER), P * (1 - P)), shape.repeats)
    yield within(
        "a better model: found, beside the planned power", [is_rejected(each) for each in better], power, POWER_REACH
    )
    for (name, (_, true)), found in zip(list(ARMS.items())[1:], (again, better, *others), strict=True):
        values = [each.difference.value or 0.0 for each in found]
        yield mean_of(f"{name}: the mean of estimates, in closed form {true - P:+.4f}", values, true - P)
    whole = {each.arm: each for each in product.analyse(Design.of(experiment), columns).contrasts}
    wrong = [each.verdict == ("worse" if name != "again" else "better") for name, each in whole.items()]
    yield equal("verdicts on all tasks that are the other way round", [*wrong, whole["again"].verdict in FOUND])


def _fill(columns: Columns, arms: list[str]) -> Floats:
    """Tasks x arms x repeats."""
    cube = lay_out(columns, arms)
    return cube.fill(cube.columns.numbers["score"])
