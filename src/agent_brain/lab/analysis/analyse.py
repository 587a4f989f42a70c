"""Analyses an experiment: from its rows to all that may be said of them, the same for the same rows in any order."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.analysis import Analysis, ContrastResult, Split
from agent_brain.lab.analysis.arms import find_unit, summarise
from agent_brain.lab.analysis.boxes import find_box
from agent_brain.lab.analysis.cautions import find_cautions
from agent_brain.lab.analysis.columns import Columns, arrange
from agent_brain.lab.analysis.contrasts import explore, judge
from agent_brain.lab.analysis.costs import find_frontier, list_paid
from agent_brain.lab.analysis.cube import Cube, lay_out
from agent_brain.lab.analysis.design import Design
from agent_brain.lab.analysis.factors import list_grids
from agent_brain.lab.analysis.selecting import choose_rows, describe_selection
from agent_brain.lab.analysis.tasks import list_tasks
from agent_brain.lab.description import find_versions
from agent_brain.lab.evidence import list_evident
from agent_brain.lab.experiment import Contrast, Experiment
from agent_brain.lab.trial import Trial

EXPLORED_ARMS_MAX = 6
"""With more arms, pairs that nobody asked about are too many to look at."""
GRIDS_MAX = 6
"""More pairs of factors and levels of the others than these no reader compares."""
PACKAGES = ("agent-brain", "numpy", "scipy", "pyarrow", "matplotlib")


def analyse(
    experiment: Experiment | Design, trials: Iterable[Trial] | Columns, planned: Collection[str] = ()
) -> Analysis:
    """What these trials say of the experiment's arms.

    `planned`: the tasks that are evidence, those without a row too, which a design alone does not tell.
    Raises: SetupError where no trial counts, or a contrast names an arm that the experiment has not.
    """
    design = experiment if isinstance(experiment, Design) else Design.of(experiment)
    planned = planned if isinstance(experiment, Design) else list_evident(experiment)
    columns = trials if isinstance(trials, Columns) else arrange(trials)
    _check(design, columns)
    rows, split = choose_rows(columns)
    has_families = None if design.evidence is None else bool(design.evidence.sizes)
    cube = lay_out(rows, [arm.name for arm in design.arms], has_families=has_families)
    if not len(cube.columns):
        raise SetupError(f"no trial of {design.name!r} counts: something outside has broken all {len(columns)}")
    unit = find_unit(cube.columns)
    arms = summarise(rows, cube, design.metric, unit, design.seed)
    grids = list_grids(cube, design)
    found = Analysis(
        design=design,
        split=split,
        planned=max(len(columns), design.tasks * design.repeats * len(design.arms)),
        done=len(columns),
        tasks=len(cube.tasks),
        arms=tuple(arms),
        contrasts=tuple(judge(cube, design, design.contrasts, unit, planned)),
        explored=tuple(_explore(cube, design, unit, planned)),
        grids=tuple(grids[:GRIDS_MAX]),
        grids_left=len(grids[GRIDS_MAX:]),
        box=find_box(cube, design),
        frontier=find_frontier(cube, design, unit),
        paid=tuple(list_paid(columns)),
        rows=tuple(list_tasks(cube, design.metric)),
        selection=describe_selection(columns, design, arms) if split is Split.CONFIRMATION else None,
        cautions=(),
        versions=find_versions(PACKAGES),
    )
    return replace(found, cautions=tuple(find_cautions(found)))


def _check(design: Design, columns: Columns) -> None:
    """Raises: SetupError for contrasts of arms that are not there, and rows of another experiment."""
    known = [arm.name for arm in design.arms]
    missing = sorted({name for each in design.contrasts for name in (each.arm, each.control)} - set(known))
    if missing:
        raise SetupError(f"contrasts name {', '.join(missing)}; the arms are: {', '.join(known)}")
    strange = [name for name in columns.arm.names if name not in known]
    if len(strange) == len(columns.arm.names):
        raise SetupError(
            f"no row is of an arm of {design.name!r}: rows have {', '.join(strange)}; the arms are {', '.join(known)}"
        )


def _explore(cube: Cube, design: Design, unit: str, planned: Collection[str]) -> Sequence[ContrastResult]:
    """All pairs that nobody asked about, where they are few."""
    tried = [name for place, name in enumerate(cube.arms) if cube.counts[:, place].any()]
    asked = {frozenset((contrast.arm, contrast.control)) for contrast in design.contrasts}
    if len(tried) > EXPLORED_ARMS_MAX:
        return []
    pairs = [
        Contrast(arm, control) for control, arm in combinations(tried, 2) if frozenset((arm, control)) not in asked
    ]
    return explore(cube, design, pairs, unit, planned)
