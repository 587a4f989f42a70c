import warnings
from itertools import combinations

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.formula.api import gee, ols
from statsmodels.genmod.cov_struct import Exchangeable
from statsmodels.genmod.families import Binomial
from statsmodels.stats.anova import AnovaRM

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import Array
from agent_brain.lab.statistics.factorial import (
    MainEffect,
    anova,
    coefficients,
    contrast_interaction,
    contrast_joint,
    contrast_main,
    grid,
    interaction,
    joint_effect,
    main_effect,
    scales,
)

squares = arrays(np.float64, (12, 2, 2), elements=st.floats(0, 1).map(lambda x: round(x, 3)))


def some_grid(seed: int, rows: int = 2, columns: int = 2, tasks: int = 30) -> Array:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.random((tasks, rows, columns)) + rng.random((tasks, 1, 1)))


def as_table(cells: Array) -> pandas.DataFrame:
    places = np.indices(cells.shape).reshape(3, -1)
    return pandas.DataFrame(dict(zip(("task", "net", "memory"), places, strict=True)) | {"score": cells.ravel()})


@pytest.mark.parametrize("seed", range(3))
def test_t_squared_of_an_interaction_is_the_f_of_repeated_measures(seed: int) -> None:
    cells = some_grid(seed)
    theirs = AnovaRM(as_table(cells), "score", "task", within=["net", "memory"]).fit().anova_table
    t = interaction(cells).t
    assert t is not None
    assert t**2 == pytest.approx(theirs["F Value"]["net:memory"], rel=1e-9)
    assert interaction(cells).p == pytest.approx(theirs["Pr > F"]["net:memory"], rel=1e-9)


@pytest.mark.parametrize("shape", [(2, 2), (2, 4), (3, 3)], ids=str)
def test_the_analysis_of_variance_agrees_with_statsmodels(shape: tuple[int, int]) -> None:
    cells = some_grid(7, *shape)
    theirs = AnovaRM(as_table(cells), "score", "task", within=["net", "memory"]).fit().anova_table
    for ours, (_, row) in zip(anova(cells), theirs.iterrows(), strict=True):
        assert (ours.f, ours.p) == pytest.approx((row["F Value"], row["Pr > F"]), rel=1e-9)
        assert (ours.df_effect, ours.df_error) == (row["Num DF"], row["Den DF"])


def test_the_correction_is_one_for_two_levels_and_less_where_contrasts_vary_unlike() -> None:
    cells = some_grid(1, 2, 4, tasks=40)
    cells[:, :, 3] += np.random.default_rng(2).normal(0.0, 3.0, (40, 1))
    rows, columns, _ = anova(cells)
    assert rows.epsilon == pytest.approx(1.0)
    assert columns.epsilon is not None
    assert 1 / 3 <= columns.epsilon < 0.5


def test_greenhouse_and_geissers_epsilon_by_its_definition() -> None:
    cells = some_grid(3, 2, 4)
    covariance = np.cov(cells.mean(axis=1), rowvar=False)
    centred = covariance - covariance.mean(axis=0) - covariance.mean(axis=1)[:, None] + covariance.mean()
    assert anova(cells)[1].epsilon == pytest.approx(np.trace(centred) ** 2 / (3 * np.sum(centred**2)))


@pytest.mark.parametrize("shape", [(2, 2), (3, 4)], ids=str)
def test_coefficients_agree_with_a_regression_clustered_on_tasks(shape: tuple[int, int]) -> None:
    cells = some_grid(5, *shape, tasks=12)
    table = as_table(cells)
    fit = ols("score ~ C(net) * C(memory) + C(task)", table).fit(
        cov_type="cluster", cov_kwds={"groups": table["task"], "use_correction": False}
    )
    for term in coefficients(cells):
        name = ":".join(
            f"C({factor})[T.{level}]"
            for factor, level in (("net", term.row), ("memory", term.column))
            if level is not None
        )
        assert term.estimate.value == pytest.approx(fit.params[name])
        # CR1 with tasks as clusters; statsmodels' own correction counts the constants of tasks as parameters too.
        assert term.estimate.se == pytest.approx(fit.bse[name] * np.sqrt(12 / 11))


@given(squares)
def test_an_additive_grid_has_no_interaction(cells: Array) -> None:
    additive = cells[:, :1, :1] + cells[:, 1:, :1] + cells[:, :1, 1:] * [[[0.0, 1.0]]] - [[[0.0], [0.5]]]
    found = interaction(additive)
    assert (found.value, found.se) == (0.0, 0.0)


@given(squares)
def test_exchanging_rows_changes_the_sign_of_the_interaction(cells: Array) -> None:
    found, other = interaction(cells), interaction(cells[:, ::-1])
    assert (found.value, found.se) == pytest.approx((-other.value, other.se), abs=1e-12)
    assert list(contrast_interaction(cells)) == pytest.approx(list(-contrast_interaction(cells[:, :, ::-1])))


def test_a_main_effect_has_declared_weights() -> None:
    cells = some_grid(8, 3, 2)
    differences = cells[:, 2] - cells[:, 0]
    assert main_effect(cells, MainEffect(2, 0)).value == pytest.approx(differences.mean())
    weighted = contrast_main(cells, MainEffect(2, 0, weights=(3.0, 1.0)))
    assert list(weighted) == pytest.approx(list(0.75 * differences[:, 0] + 0.25 * differences[:, 1]))


def test_a_main_effect_of_columns_is_that_of_rows_of_the_turned_grid() -> None:
    cells = some_grid(9, 2, 3)
    assert main_effect(cells, MainEffect(2, 1, axis=1)) == main_effect(np.swapaxes(cells, 1, 2), MainEffect(2, 1))


def test_the_published_interaction_changes_its_sign_with_the_scale() -> None:
    found = scales([[0.5, 0.8], [0.7, 0.92]])
    assert (round(found.additive, 2), round(found.logit, 3)) == (-0.08, 0.209)
    assert not found.agree
    assert not found.is_crossover


def test_a_crossover_is_one_on_every_scale() -> None:
    found = scales([[0.5, 0.8], [0.7, 0.6]])
    assert found.is_crossover
    assert found.agree


def test_shares_of_none_and_all_have_log_odds_too() -> None:
    found = scales(np.tile([[[0.0, 0.5], [1.0, 0.5]]], (20, 1, 1)))
    assert found.logit == pytest.approx(-2 * np.log(20.5 / 0.5))


def test_a_marginal_model_agrees_on_the_sign() -> None:
    rng = np.random.default_rng(0)
    odds = rng.normal(0.0, 1.5, (400, 1, 1)) + np.array([[0.0, 0.3], [0.2, 1.8]])
    cells = (rng.random(odds.shape) < 1 / (1 + np.exp(-odds))).astype(float)
    with warnings.catch_warnings(action="ignore"):
        fit = gee("score ~ net * memory", "task", as_table(cells), family=Binomial(), cov_struct=Exchangeable()).fit()
    found = interaction(cells)
    assert found.value * fit.params["net:memory"] > 0
    assert found.t == pytest.approx(fit.tvalues["net:memory"], rel=0.2)


def test_effects_and_interactions_of_three_factors_are_those_of_repeated_measures() -> None:
    rng = np.random.default_rng(4)
    cells = rng.random((25, 2, 2, 2)) + rng.random((25, 1, 1, 1))
    places = np.indices(cells.shape).reshape(4, -1)
    names = ("net", "memory", "todo")
    table = pandas.DataFrame(dict(zip(("task", *names), places, strict=True)) | {"score": cells.ravel()})
    theirs = AnovaRM(table, "score", "task", within=list(names)).fit().anova_table
    for order in (1, 2, 3):
        for axes in combinations(range(3), order):
            found, f = joint_effect(cells, dict.fromkeys(axes, 1)), theirs["F Value"][":".join(names[a] for a in axes)]
            assert found.t is not None
            assert found.t**2 == pytest.approx(f, rel=1e-9)


@given(squares)
def test_of_two_factors_they_are_those_of_a_grid(cells: Array) -> None:
    assert list(contrast_joint(cells, {0: 1, 1: 1})) == pytest.approx(list(contrast_interaction(cells)), abs=1e-12)
    assert list(contrast_joint(cells, {1: 1})) == pytest.approx(list(contrast_main(cells, MainEffect(1, 0, axis=1))))


def test_a_planted_interaction_of_three_is_found_and_none_of_two_beside_it() -> None:
    signs = np.array([-1.0, 1.0])
    both = signs[:, None, None] * signs[:, None] * signs
    cells = np.random.default_rng(0).random((10, 1, 1, 1)) / 4 + 0.5 + 0.05 * both
    assert joint_effect(cells, {0: 1, 1: 1, 2: 1}).value == pytest.approx(0.4)
    assert joint_effect(cells, {0: 1, 1: 1}).value == pytest.approx(0.0)


@pytest.mark.parametrize("levels", [{}, {0: 2}, {0: 0}, {3: 1}], ids=str)
def test_levels_that_are_not_in_the_grid_are_refused(levels: dict[int, int]) -> None:
    with pytest.raises(SetupError, match="wanted a complete grid's"):
        contrast_joint(np.ones((4, 2, 2, 2)), levels)


def test_what_does_not_vary_has_no_f() -> None:
    cells = np.tile([[[0.2, 0.4], [0.6, 0.9]]], (10, 1, 1))
    assert [(one.f, one.p, one.epsilon) for one in anova(cells)] == [(None, None, None)] * 3
    assert interaction(cells).p is None


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (np.ones((4, 3, 2)), "3 x 2; wanted 2 x 2"),
        (np.ones((4, 2)), "wanted tasks x rows x columns"),
        (np.ones((0, 2, 2)), "wanted tasks x rows x columns"),
        (np.array([[[1.0, np.nan], [1.0, 1.0]]]), "row 0 and column 1 has no number for the task at 0"),
    ],
    ids=["larger", "flat", "nothing", "hole"],
)
def test_what_is_no_such_grid_is_refused(cells: Array, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        interaction(cells)


def test_effects_that_are_not_in_the_grid_are_refused() -> None:
    cells = grid(np.ones((3, 2, 2)))
    with pytest.raises(SetupError, match="known: 0 to 1"):
        contrast_main(cells, MainEffect(2, 0))
    with pytest.raises(SetupError, match="axis 2"):
        contrast_main(cells, MainEffect(1, 0, axis=2))
    with pytest.raises(SetupError, match="weights are"):
        contrast_main(cells, MainEffect(1, 0, weights=(1.0,)))
    with pytest.raises(SetupError, match="at least two of each"):
        anova(np.ones((1, 2, 2)))
