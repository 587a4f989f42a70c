"""Three factors and more at once: effects and interactions on the largest complete box of their levels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from agent_brain.lab.analysis.analysis import Box, Effect, Joint
from agent_brain.lab.analysis.arms import measure, to_estimate
from agent_brain.lab.analysis.columns import Floats
from agent_brain.lab.analysis.cube import Cube
from agent_brain.lab.analysis.design import ArmDesign, Design
from agent_brain.lab.statistics import rectangles
from agent_brain.lab.statistics.factorial import contrast_joint, joint_effect
from agent_brain.lab.statistics.multiplicity import holm
from agent_brain.lab.statistics.sign_flip import sign_flip

ORDER_MAX = 3
"""Interactions of more factors nobody reads."""
Asked = Mapping[int, int]
"""A level of each factor that is asked about, by their places."""


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """A complete box with the task means of its cells."""

    factors: Sequence[str]
    levels: rectangles.Box
    values: Floats
    """Tasks x a level of each factor."""
    families: list[str]
    seed: int


def find_factors(cube: Cube, design: Design) -> tuple[list[ArmDesign], list[str]]:
    """The arms of a grid that have a counted trial, and the factors in which they differ."""
    tried = cube.counts.sum(axis=0)
    arms = [arm for arm in design.arms if arm.factors and arm.name in cube.arms and tried[cube.find(arm.name)]]
    names = dict.fromkeys(name for arm in arms for name in arm.factors)
    return arms, [name for name in names if len({arm.factors.get(name) for arm in arms}) > 1]


def find_box(cube: Cube, design: Design) -> Box | None:
    """The analysis of all factors together; None for fewer than three, or where no complete box has two tasks."""
    arms, factors = find_factors(cube, design)
    if len(factors) < 3:
        return None
    cells = {tuple(arm.factors[name] for name in factors): arm.name for arm in arms if {*factors} <= arm.factors.keys()}
    boxes = rectangles.complete_boxes(cells)
    field = next((found for box in boxes if (found := _lay_out(cube, design, cells, factors, box))), None)
    if field is None:
        return None
    inside = {cells[levels] for levels in product(*field.levels)}
    return Box(
        levels=dict(zip(factors, field.levels, strict=True)),
        left_out=tuple(arm.name for arm in arms if arm.name not in inside),
        tasks=len(field.values),
        effects=tuple(effect for axis in range(len(factors)) for effect in _affect(field, axis)),
        joint=tuple(joint for order in range(2, ORDER_MAX + 1) for joint in _join(field, order)),
    )


def _lay_out(
    cube: Cube, design: Design, cells: Mapping[tuple[str, ...], str], factors: Sequence[str], box: rectangles.Box
) -> _Field | None:
    """Task means over the tasks that all cells have done whole; None where there are fewer than two."""
    flat = [cube.find(cells[levels]) for levels in product(*box)]
    whole, wanted = cube.find_whole(flat, design.repeats)
    if whole.sum() < 2:
        return None
    scores = cube.fill(measure(cube.columns, design.metric))[whole][:, flat, :wanted].mean(axis=2)
    return _Field(factors, box, scores.reshape(-1, *map(len, box)), cube.pick_families(whole), design.seed)


def _affect(field: _Field, axis: int) -> Iterator[Effect]:
    """Each level against the first one; p-values adjusted for each other by Holm's method."""
    levels = field.levels[axis]
    others = " and ".join(name for place, name in enumerate(field.factors) if place != axis)
    asked: list[Asked] = [{axis: level} for level in range(1, len(levels))]
    for each, p in zip(asked, _test(field, asked), strict=True):
        estimate = to_estimate(joint_effect(field.values, each, field.families))
        weights = f"all levels of {others}, each alike"
        yield Effect(field.factors[axis], levels[each[axis]], levels[0], weights, estimate, p, len(field.values))


def _join(field: _Field, order: int) -> Iterator[Joint]:
    """All interactions of so many factors, each level against the first ones; adjusted as above."""
    asked: list[Asked] = [
        dict(zip(axes, levels, strict=True))
        for axes in combinations(range(len(field.factors)), order)
        for levels in product(*(range(1, len(field.levels[axis])) for axis in axes))
    ]
    for each, p in zip(asked, _test(field, asked), strict=True):
        yield Joint(
            tuple(field.factors[axis] for axis in each),
            tuple(field.levels[axis][level] for axis, level in each.items()),
            tuple(field.levels[axis][0] for axis in each),
            to_estimate(joint_effect(field.values, each, field.families)),
            p,
        )


def _test(field: _Field, asked: Sequence[Asked]) -> list[float]:
    return holm([sign_flip(contrast_joint(field.values, each), field.families, seed=field.seed).p for each in asked])
