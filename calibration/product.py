"""What is checked: the analysis of the lab, as it is given rows; a fault put in its place has to be found out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agent_brain.lab.analysis.analyse import analyse
from agent_brain.lab.analysis.analysis import Analysis, ContrastResult
from agent_brain.lab.analysis.columns import INFRASTRUCTURE, OUTCOMES, Columns, Words
from agent_brain.lab.analysis.contrasts import judge
from agent_brain.lab.analysis.cube import lay_out
from agent_brain.lab.analysis.design import ArmDesign, Design, against_first
from agent_brain.lab.analysis.reading import AMOUNTS, COUNTS
from agent_brain.lab.trial import Outcome
from calibration.drawing import Floats

PASSED, WRONG = OUTCOMES.index(Outcome.PASSED), OUTCOMES.index(Outcome.WRONG)
TOKENS = 100.0


def judge_scores(scores: Floats, families: Sequence[str] | None = None, **settings: Any) -> list[ContrastResult]:
    """Each arm against the first one, by the contrast functions of the product. Shape: tasks x arms x repeats."""
    design = plan(scores, **settings)
    cube = lay_out(lay(scores, families=families), [arm.name for arm in design.arms])
    return judge(cube, design, design.contrasts, "tokens")


@dataclass(frozen=True)
class Product:
    """Who says what scores and rows mean."""

    judge: Callable[..., list[ContrastResult]] = judge_scores
    analyse: Callable[[Design, Columns], Analysis] = analyse


SHIPPED = Product()


def plan(scores: Floats, **settings: Any) -> Design:
    """An experiment that has such scores."""
    tasks, arms, repeats = scores.shape
    names = [f"a{place}" for place in range(arms)]
    known: dict[str, Any] = {
        "contrasts": against_first(names),
        "tasks": tasks,
        "repeats": repeats,
        "evaluator": "exact",
    }
    return Design("drawn", tuple(map(ArmDesign, names)), **(known | settings))


def lay(
    scores: Floats,
    *,
    families: Sequence[str] | None = None,
    splits: Sequence[str] | None = None,
    is_broken: np.ndarray | None = None,
) -> Columns:
    """Rows with these scores, as an analysis reads them; `is_broken`: which of them something outside broke."""
    tasks, arms, _ = scores.shape
    rows = scores.size
    task, arm = (each.ravel() for each in np.indices(scores.shape)[:2])
    broken = np.zeros(rows, dtype=bool) if is_broken is None else is_broken.ravel()
    values = np.where(broken, 0.0, scores.ravel())
    numbers = {name: np.zeros(rows) for name in (*COUNTS, *AMOUNTS)}
    numbers |= {"score": values, "input_tokens": np.full(rows, TOKENS), "wall_seconds": np.ones(rows)}
    nothing = Words(("",), np.zeros(rows, dtype=np.int64))
    outcome = np.where(values == 1.0, PASSED, WRONG)
    return Columns(
        task=Words(tuple(f"t{place}" for place in range(tasks)), task),
        arm=Words(tuple(f"a{place}" for place in range(arms)), arm),
        family=nothing if families is None else _encode(families, task),
        split=nothing if splits is None else _encode(splits, task),
        evaluator=nothing,
        limit=nothing,
        error=nothing,
        oracle=nothing,
        outcome=np.where(broken, INFRASTRUCTURE, outcome).astype(np.int64),
        numbers=numbers,
        faults={},
        drafts=np.zeros(rows, dtype=np.int64),
        first_right=np.zeros(rows, dtype=bool),
        last_right=np.zeros(rows, dtype=bool),
        trial_id=np.full(rows, "", dtype=object),
    )


def _encode(names: Sequence[str], task: np.ndarray) -> Words:
    known = sorted(set(names))
    codes = np.array([known.index(name) for name in names], dtype=np.int64)
    return Words(tuple(known), codes[task])
