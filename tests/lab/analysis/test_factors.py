"""Grids of factors in an analysis."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import pytest

from agent_brain.lab.analysis.analyse import analyse
from agent_brain.lab.analysis.analysis import Analysis, Grid
from agent_brain.lab.analysis.design import ArmDesign, Design
from agent_brain.lab.trial import Trial
from lab.analysis.planting import lay, plan

SCORES = (0.0, 0.25, 0.5, 0.75, 0.25, 0.5, 0.0, 0.75)
"""Of eight tasks, before any effect."""


def _design(cells: Mapping[str, tuple[str, str]]) -> Design:
    arms = tuple(ArmDesign(name, factors={"net": net, "memory": memory}) for name, (net, memory) in cells.items())
    return replace(plan(list(cells), len(SCORES)), arms=arms)


def _lay(effects: Mapping[str, float]) -> list[Trial]:
    """Each arm adds a little more to the effect on every other task, so that effects vary."""
    return lay(
        {
            arm: [[score + effect * (1.5 if place % 2 else 0.5)] for place, score in enumerate(SCORES)]
            for arm, effect in effects.items()
        }
    )


def _find(effects: Mapping[str, float]) -> Grid:
    cells = {name: (name.split("+")[0], name.split("+")[1]) for name in effects}
    return analyse(_design(cells), _lay(effects)).grids[0]


def test_in_an_additive_world_no_interaction_is_found_and_main_effects_are_those_planted() -> None:
    grid = _find({"r+m": 0.0, "r+w": 0.1, "f+m": 0.05, "f+w": 0.15})
    assert grid.interactions[0].estimate.value == pytest.approx(0.0)
    assert {each.factor: round(each.estimate.value or 0, 9) for each in grid.effects} == {"net": 0.05, "memory": 0.1}
    assert not grid.interactions[0].is_crossover


def test_an_effect_that_turns_its_sign_is_a_crossover() -> None:
    grid = _find({"r+m": 0.0, "r+w": 0.1, "f+m": 0.1, "f+w": 0.0})
    assert grid.interactions[0].estimate.value == pytest.approx(-0.2)
    assert grid.interactions[0].is_crossover


def test_an_unbalanced_grid_is_analysed_on_its_largest_complete_rectangle_and_tells_what_is_left_out() -> None:
    grid = _find({"r+m": 0.0, "r+w": 0.1, "r+k": 0.15, "f+m": 0.05, "f+w": 0.1})
    assert (grid.row_levels, grid.column_levels) == (("r", "f"), ("m", "w"))
    assert grid.left_out == ("r+k",)
    assert grid.means["f"]["k"] is None
    assert grid.means["r"]["k"] is not None


def _cross(effects: Mapping[tuple[str, str, str], float]) -> Analysis:
    """Arms of three factors."""
    names = ("net", "memory", "overlay")
    arms = tuple(ArmDesign("+".join(levels), factors=dict(zip(names, levels, strict=True))) for levels in effects)
    design = replace(plan([arm.name for arm in arms], len(SCORES)), arms=arms)
    return analyse(design, _lay({"+".join(levels): effect for levels, effect in effects.items()}))


def test_a_third_factor_is_held_and_named() -> None:
    cells = product("rf", "mw", ("", "todo"))
    found = _cross({levels: 0.02 * place for place, levels in enumerate(cells)})
    assert (len(found.grids), found.grids_left) == (6, 0)
    assert {tuple(grid.held.items()) for grid in found.grids if grid.columns == "memory"} == {
        (("overlay", ""),),
        (("overlay", "todo"),),
    }


def test_effects_of_three_factors_are_averaged_over_both_others_and_interactions_over_the_third() -> None:
    alone = {"r": 0.0, "f": 0.05, "m": 0.0, "w": 0.03, "k": 0.04, "": 0.0, "todo": 0.02}
    box = _cross({
        levels: sum(map(alone.__getitem__, levels)) + 0.04 * (levels[0] == "f" and levels[2] == "todo")
        for levels in product("rf", "mwk", ("", "todo"))
    }).box  # fmt: skip
    assert box is not None
    assert {(each.factor, each.level): round(each.estimate.value or 0, 9) for each in box.effects} == {
        ("net", "f"): 0.07, ("memory", "w"): 0.03, ("memory", "k"): 0.04, ("overlay", "todo"): 0.04,
    }  # fmt: skip
    assert box.effects[0].weights == "all levels of memory and overlay, each alike"
    joint = {each.levels: round(each.estimate.value or 0, 9) for each in box.joint}
    assert joint == {
        ("f", "w"): 0, ("f", "k"): 0, ("f", "todo"): 0.04, ("w", "todo"): 0, ("k", "todo"): 0,
        ("f", "w", "todo"): 0, ("f", "k", "todo"): 0,
    }  # fmt: skip


def test_a_hole_in_three_factors_leaves_the_largest_complete_box() -> None:
    cells = [levels for levels in product("rf", "mwk", ("", "todo")) if levels != ("f", "k", "todo")]
    found = _cross({levels: 0.01 * place for place, levels in enumerate(cells)})
    assert found.box is not None
    assert found.box.levels == {"net": ("r", "f"), "memory": ("m", "w"), "overlay": ("", "todo")}
    assert found.box.left_out == ("r+k+", "r+k+todo", "f+k+")


def test_two_factors_are_no_box_and_smaller_grids_that_are_not_shown_are_counted() -> None:
    found = _cross({levels: 0.01 for levels in product("rf", "mwkz", ("", "todo"))})
    assert (len(found.grids), found.grids_left) == (6, 2)
    assert _cross({levels: 0.01 for levels in product("rf", "mw", ("",))}).box is None


def test_arms_without_factors_are_no_grid() -> None:
    assert analyse(plan(["a", "b"], len(SCORES)), _lay({"a": 0.0, "b": 0.1})).grids == ()
