"""Whatever little there is to count: a number or a clear refusal, never a warning (they are errors here) or a NaN."""

import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass

import numpy as np
import pytest

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import Array
from agent_brain.lab.statistics.costs import cost_of_pass, cost_ratio, latency
from agent_brain.lab.statistics.equivalence import equivalence, non_inferiority
from agent_brain.lab.statistics.factorial import MainEffect, anova, coefficients, interaction, main_effect, scales
from agent_brain.lab.statistics.frontier import frontier
from agent_brain.lab.statistics.intervals import likeness, mean
from agent_brain.lab.statistics.mcnemar import mcnemar
from agent_brain.lab.statistics.multiplicity import max_t, simultaneous
from agent_brain.lab.statistics.paired import compare, differ
from agent_brain.lab.statistics.passes import pass_curve
from agent_brain.lab.statistics.power import Variances
from agent_brain.lab.statistics.sequential import watch_repeated, watch_single
from agent_brain.lab.statistics.sign_flip import sign_flip
from agent_brain.lab.statistics.verdict import decide

ONE_FAMILY = ["all"] * 40

ANALYSES: dict[str, Callable[[Array, Array], object]] = {
    "mean": lambda a, _: (mean(a), mean(a).interval, mean(a, ONE_FAMILY[: len(a)]).interval, mean(a).p),
    "likeness": lambda a, _: likeness(a),
    "compare": lambda a, b: (compare(a, b), compare(a, b).interval, compare(a, b).discordance_max),
    "compare-families": lambda a, b: compare(a, b, ONE_FAMILY[: len(a)]).interval,
    "sign-flip": lambda a, b: (sign_flip(differ(a, b)), sign_flip(differ(a, b), ONE_FAMILY[: len(a)])),
    "mcnemar": mcnemar,
    "max-t": lambda a, b: (max_t(np.column_stack([differ(a, b)] * 3)), simultaneous(differ(a, b)[:, None])),
    "passes": lambda a, _: pass_curve(a, draws=50),
    "pilot": Variances.of_pilot,
    "equivalence": lambda a, b: (equivalence(compare(a, b).estimate), non_inferiority(compare(a, b).estimate)),
    "verdict": lambda a, b: decide(compare(a, b).estimate, sign_flip(differ(a, b)).p),
    "cost-ratio": lambda a, b: cost_ratio(a + 1, b + 1),
    "cost-of-pass": lambda a, b: cost_of_pass(b, a, draws=50),
    "latency": lambda a, _: latency(a, draws=50),
    "frontier": lambda a, b: frontier(beside(a, b), beside(b, a), draws=50),
    "watch": lambda a, b: (watch_repeated(differ(a, b), planned=len(a)), watch_single(np.round(differ(a, b)))),
    "interaction": lambda a, b: (interaction(square(a, b)), scales(square(a, b)), coefficients(square(a, b))),
    "main-effect": lambda a, b: main_effect(square(a, b), MainEffect(1, 0)).interval,
    "anova": lambda a, b: anova(square(a, b)),
}
REFUSED = {
    ("likeness", "one task"),
    ("likeness", "two tasks, once"),
    ("mcnemar", "one task"),
    ("mcnemar", "all alike"),
    ("mcnemar", "all pass, none pass"),
    ("mcnemar", "one differs"),
    ("pilot", "one task"),
    ("anova", "one task"),
}
SHAPES: dict[str, tuple[Array, Array]] = {
    "one task": (np.ones((1, 3)), np.zeros((1, 3))),
    "two tasks, once": (np.array([[1.0], [0.0]]), np.array([[0.0], [0.0]])),
    "all alike": (np.ones((40, 2)), np.ones((40, 2))),
    "all pass, none pass": (np.ones((40, 2)), np.zeros((40, 2))),
    "one differs": (np.eye(40)[:, :2], np.zeros((40, 2))),
}


def beside(a: Array, b: Array) -> Array:
    """Tasks x two arms, of first repeats."""
    return np.column_stack([a[:, 0], b[:, 0]])


def square(a: Array, b: Array) -> Array:
    """A 2x2 grid of two arms' first repeats."""
    return np.stack([np.stack([a[:, 0], b[:, 0]], axis=1), np.stack([b[:, 0], a[:, 0]], axis=1)], axis=1)


def numbers(result: object) -> Iterator[float]:
    """All numbers inside a result."""
    if isinstance(result, (int, float)):
        yield float(result)
    elif isinstance(result, np.ndarray):
        yield from map(float, result.ravel())
    elif isinstance(result, (list, tuple)):
        for one in result:
            yield from numbers(one)
    elif is_dataclass(result):
        for field in fields(result):
            yield from numbers(getattr(result, field.name))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("analysis", ANALYSES)
def test_little_data_gives_numbers_or_a_refusal(analysis: str, shape: str) -> None:
    if (analysis, shape) in REFUSED:
        with pytest.raises(SetupError, match=r"want(s|ed)"):
            ANALYSES[analysis](*SHAPES[shape])
        return
    found = list(numbers(ANALYSES[analysis](*SHAPES[shape])))
    assert found
    assert not any(math.isnan(number) for number in found)


@pytest.mark.parametrize(
    "analysis", [name for name in ANALYSES if name not in ("interaction", "main-effect", "anova", "frontier")]
)
def test_no_tasks_and_holes_are_refused(analysis: str) -> None:
    hole = np.array([[0.5], [np.nan]])
    for nothing in (np.zeros((0, 1)), hole):
        with pytest.raises(SetupError):
            ANALYSES[analysis](nothing, nothing)


@pytest.mark.parametrize("missing", ["numpy", "scipy"])
def test_a_missing_extra_says_what_to_install(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; import agent_brain.lab.statistics.intervals"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'SetupError: the lab\'s statistics need numpy and scipy: pip install "agent-brain[lab]"' in found.stderr
