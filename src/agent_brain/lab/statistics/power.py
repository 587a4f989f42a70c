"""How much an experiment can see: tasks for a wanted effect, the smallest effect it detects, tasks or repeats."""

import math
from dataclasses import dataclass, replace
from typing import Self

from numpy.typing import ArrayLike

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import between
from agent_brain.lab.statistics.distributions import noncentral_t_cdf, normal_cdf, normal_quantile, t_quantile
from agent_brain.lab.statistics.paired import compare

INTERACTION_COST = 4
"""The variance of a 2x2 interaction in variances of one cell; a simple effect has 2, a main effect 1."""


@dataclass(frozen=True, slots=True)
class Variances:
    """Where the variance of a paired difference comes from, per task."""

    effect: float
    """Of true differences between tasks."""
    noise_arm: float = 0.0
    """Of one score within a task."""
    noise_control: float = 0.0

    def __post_init__(self) -> None:
        for name in ("effect", "noise_arm", "noise_control"):
            value = getattr(self, name)
            if not 0.0 <= value < math.inf:
                raise SetupError(f"the variance {name} is {value:g}; wanted a finite number of at least 0")

    @classmethod
    def of_pilot(cls, arm: ArrayLike, control: ArrayLike) -> Self:
        """As estimated from tasks x repeats of each; what no repeat tells apart is counted as the tasks'.

        Raises: SetupError for fewer than two tasks.
        """
        paired = compare(arm, control)
        if paired.tasks < 2:
            raise SetupError(f"a pilot of {paired.tasks} task tells no variance; wanted at least two tasks")
        spread = paired.spread
        return cls(spread.effect, spread.noise_arm or 0.0, spread.noise_control or 0.0)

    def with_repeats(self, repeats: float, repeats_control: float | None = None) -> float:
        """Of one task's measured difference."""
        control = repeats if repeats_control is None else repeats_control
        if min(repeats, control) <= 0:
            raise SetupError(f"{min(repeats, control)} repeats were asked for; wanted more than 0")
        return self.effect + self.noise_arm / repeats + self.noise_control / control

    @property
    def noise(self) -> float:
        """Of one score of each arm, together."""
        return self.noise_arm + self.noise_control


@dataclass(frozen=True, slots=True)
class Design:
    """One way to spend trials, and what it would show."""

    tasks: int
    repeats: int
    smallest_effect: float
    """That it detects with the wanted power."""
    power: float
    """To detect the wanted effect."""

    @property
    def trials(self) -> int:
        """Of one arm."""
        return self.tasks * self.repeats


def tasks_needed(
    effect: float, variances: Variances, repeats: float = 1, *, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Tasks to find an effect with the wanted power; to be rounded up. Source: Miller 2024, equation 9.

    Raises: SetupError for an effect of 0, or an alpha or power that is none.
    """
    _check_effect(effect)
    return _reach(alpha, power) ** 2 * variances.with_repeats(repeats) / effect**2


def smallest_effect(
    tasks: float, variances: Variances, repeats: float = 1, *, alpha: float = 0.05, power: float = 0.8
) -> float:
    """The effect that so many tasks find with the wanted power. Raises: SetupError for no tasks."""
    _check_tasks(tasks)
    return _reach(alpha, power) * math.sqrt(variances.with_repeats(repeats) / tasks)


def repeats_needed(
    effect: float, tasks: int, variances: Variances, *, alpha: float = 0.05, power: float = 0.8
) -> float | None:
    """Repeats with which so many tasks find the effect; None where no number of repeats is enough."""
    _check_effect(effect)
    _check_tasks(tasks)
    left = tasks * effect**2 / _reach(alpha, power) ** 2 - variances.effect
    return variances.noise / left if left > 0.0 else None


def power_of(effect: float, tasks: int, variances: Variances, repeats: float = 1, *, alpha: float = 0.05) -> float:
    """The chance that a paired t test finds the effect. Raises: SetupError for fewer than two tasks."""
    _check_effect(effect)
    if tasks < 2:
        raise SetupError(f"a test over {tasks} tasks has no power; wanted at least two tasks")
    between(alpha, "alpha", 0.0, 1.0)
    variance = variances.with_repeats(repeats)
    if variance == 0.0:
        return 1.0
    shift = abs(effect) / math.sqrt(variance / tasks)
    bound = t_quantile(1.0 - alpha / 2.0, tasks - 1)
    found = 1.0 - noncentral_t_cdf(bound, tasks - 1, shift) + noncentral_t_cdf(-bound, tasks - 1, shift)
    # Beyond some forty standard errors the non-central distribution is no longer computed; there the normal one is.
    return found if 0.0 <= found <= 1.0 else normal_cdf(shift - bound)


def best_repeats(variances: Variances, *, task_cost: float, trial_cost: float) -> float:
    """Repeats that give the most precision for the money; infinite where tasks do not differ in the effect.

    `task_cost` is what one more task costs beside its trials: writing it, checking its answer.
    Raises: SetupError for costs that are none.
    """
    if task_cost < 0.0 or trial_cost <= 0.0:
        raise SetupError(f"costs of {task_cost:g} a task and {trial_cost:g} a trial; wanted 0 or more, and more than 0")
    if variances.effect == 0.0:
        return math.inf if variances.noise else 1.0
    return max(1.0, math.sqrt(variances.noise / variances.effect * task_cost / trial_cost))


def tasks_or_repeats(
    effect: float,
    trials: int,
    variances: Variances,
    repeats: tuple[int, ...] = (1, 2, 3, 5, 8, 10),
    *,
    alpha: float = 0.05,
) -> list[Design]:
    """The same number of trials of one arm, spent on ever fewer tasks with ever more repeats."""
    choices = [(trials // each, each) for each in repeats if trials // each >= 2]
    return [
        Design(
            tasks,
            each,
            smallest_effect(tasks, variances, each, alpha=alpha),
            power_of(effect, tasks, variances, each, alpha=alpha),
        )
        for tasks, each in choices
    ]


def of_interaction(cell_variance: float) -> Variances:
    """The variances of a 2x2 interaction whose cells vary so per task: plan with it as with any other."""
    return replace(Variances(0.0), effect=INTERACTION_COST * cell_variance)


def _reach(alpha: float, power: float) -> float:
    between(alpha, "alpha", 0.0, 1.0)
    between(power, "the power", 0.0, 1.0)
    return normal_quantile(1.0 - alpha / 2.0) + normal_quantile(power)


def _check_effect(effect: float) -> None:
    if not 0.0 < abs(effect) < math.inf:
        raise SetupError(f"an effect of {effect:g} was asked for; wanted one that is not 0, such as 0.05")


def _check_tasks(tasks: float) -> None:
    if tasks < 1:
        raise SetupError(f"{tasks} tasks were asked for; wanted at least one")
