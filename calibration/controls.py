"""Arms that can make no difference: by the same luck they come to the very same, to the last word."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from agent_brain.lab.analysis.columns import arrange
from agent_brain.lab.analysis.design import Design
from agent_brain.lab.worlds.keychain import make_tasks
from calibration.check import Check, equal
from calibration.crew import Crew
from calibration.product import Product
from calibration.size import Size
from calibration.trials import STEPS, make_experiment, new_folder, read_logs, run

CONTROL = "messages"
HISTORIES = (
    "whole", "window(1)", "budget(1500)", "mask(1)", "summary(tokens=1500)", "fold", "state",
)  # fmt: skip
"""Whatever they hide, `rewoo` does not look at it."""
UNBOUNDED = (
    "whole",
    "window(1000)",
    "budget(1000000)",
    "mask(1000)",
    "summary(tokens=1000000)",
    "fold",
)
KEPT = ("episodic", "playbook", "keyfacts", "reflective", "graph")
"""Memories with an archive: here it is empty and stays so."""
COMMON = {"common": True}
PLANNED = {**COMMON, "p": 0.95, "tau": 0.5}
"""Plans are carried out without a look at what came of their steps, so few of a usual model succeed."""
WALKS = (("react", "text"), ("refact", "native"))
"""Nets, and the wires that they are asked over."""


def check_controls(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """Differences that have to be exactly 0."""
    rewoo = {memory: {"net": "rewoo", "memory": memory} for memory in (CONTROL, *HISTORIES)}
    yield from _compare(f"rewoo under {len(HISTORIES)} histories", rewoo, size, crew, product, is_told=False)
    for net, wire in WALKS:
        parts = {"net": f"{net}(steps_max={STEPS})", "wire": wire}
        arms = {memory: {**parts, "memory": memory} for memory in (CONTROL, *UNBOUNDED)}
        yield from _compare(f"{net}, {wire}, unbounded histories", arms, size, crew, product)
    parts = {"net": f"react(steps_max={STEPS})"}
    names = {name: f"{CONTROL}+{name}(file='memory', frozen=True)" for name in KEPT}
    arms = {CONTROL: {**parts, "memory": CONTROL}, **{name: {**parts, "memory": names[name]} for name in KEPT}}
    yield from _compare("react, empty frozen archives", arms, size, crew, product)


def _compare(  # a case has its name, its arms and what all cases have
    what: str, arms: Mapping[str, Mapping[str, Any]], size: Size, crew: Crew, product: Product, *, is_told: bool = True
) -> Iterator[Check]:
    """Scores, verdicts, and, where all that is said has to be alike, each word of each run."""
    tasks = make_tasks(size.controls.tasks, crew.seed + 1, doors=5 if is_told else 3)
    simulated = COMMON if is_told else PLANNED
    experiment = make_experiment("controls", tasks, arms, simulated=simulated, seed=crew.seed)
    with new_folder() as folder:
        rows = run(experiment, folder, crew.processes)
        logs = read_logs(experiment, folder, rows) if is_told else {}
    found = product.analyse(Design.of(experiment), arrange(rows))
    yield equal(f"{what}: differences", [each.difference.value or 0.0 for each in found.contrasts], 0.0)
    yield equal(f"{what}: p-values that are given", [each.p is not None for each in found.contrasts], 0.0)
    mine = [row.score for row in rows if row.arm == CONTROL]
    yield Check(f"{what}: passed", float(np.mean(mine)), 0.05, 0.99, len(mine))
    if is_told:
        parted = [log != logs[CONTROL, task, repeat] for (arm, task, repeat), log in logs.items() if arm != CONTROL]
        yield equal(f"{what}: runs that differ in a word", parted, 0.0)
