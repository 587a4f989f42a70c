"""The best of many arms that are alike: better than it is where it was chosen, and as it is where it is confirmed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from calibration.check import Check, mean_of, rate
from calibration.crew import Crew
from calibration.drawing import draw_scores, true_rate
from calibration.product import Product, lay, plan
from calibration.size import Shape, Size

ARMS = 8


@dataclass(frozen=True)
class Chosen:
    """Of one experiment: the scores that its best arm has, each less the truth, and the bias that the report tells."""

    on_selection: float
    on_confirmation: float
    foretold: float
    is_evidence: bool
    """Whether the report's own figures are those of the confirmation split."""


def check_choosing(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """As many tasks to choose on as to confirm on."""
    found = crew.repeat("choosing", size.chosen.experiments, partial(_draw, product, size.chosen))
    seen = mean_of("on the tasks it was chosen on: the best arm, less truth", [one.on_selection for one in found], 0.0)
    yield Check(seen.what, seen.found, seen.high, 1.0, seen.count, seen.error)
    gap = [one.on_selection - one.foretold for one in found]
    yield mean_of("the same, less the bias that is foretold", gap, 0.0)
    yield mean_of("on the tasks kept back: the same arm, less truth", [one.on_confirmation for one in found], 0.0)
    yield rate("reports whose figures are of the tasks kept back", [one.is_evidence for one in found], 1.0)


def _draw(product: Product, shape: Shape, rng: np.random.Generator) -> Chosen:
    scores = draw_scores(rng, 2 * shape.tasks, shape.repeats, [0.0] * ARMS)
    splits = ["selection", "confirmation"] * shape.tasks
    analysis = product.analyse(plan(scores, contrasts=()), lay(scores, splits=splits))
    kept = {arm.name: arm.score.value or 0.0 for arm in analysis.arms}
    if analysis.selection is None:
        best = max(kept, key=lambda name: kept[name])
        gain = kept[best] - true_rate(0.0)
        return Chosen(gain, gain, 0.0, is_evidence=False)
    seen = analysis.selection.scores
    best = max(seen, key=lambda name: seen[name])
    is_evidence = analysis.tasks == shape.tasks and analysis.split == "confirmation"
    bias = analysis.selection.bias or 0.0
    return Chosen(seen[best] - true_rate(0.0), kept[best] - true_rate(0.0), bias, is_evidence)
