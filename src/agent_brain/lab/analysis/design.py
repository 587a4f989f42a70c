"""What an analysis knows of an experiment: what was decided before the first trial, as data that a file can keep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from agent_brain.lab.digests import describe, digest
from agent_brain.lab.evidence import Evidence, plan_evidence
from agent_brain.lab.experiment import FIXED, Contrast, Experiment
from agent_brain.lab.trial import SCORE


@dataclass(frozen=True, slots=True)
class ArmDesign:
    """An arm with its full configuration, and the digest that tells it from every other."""

    name: str
    parts: Mapping[str, Any] = field(default_factory=dict)
    factors: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Design:
    """An experiment without its tasks' texts: what is compared, by which measure, and how sure one wants to be."""

    name: str
    arms: tuple[ArmDesign, ...]
    contrasts: tuple[Contrast, ...]
    """Asked beforehand, in the order of their weight."""
    tasks: int = 0
    repeats: int = 1
    evaluator: str = ""
    metric: str = SCORE
    margin: float = 0.03
    alpha: float = 0.05
    stopping: str = FIXED
    evidence: Evidence | None = None
    """How it is weighed where the experiment may stop early; None: nothing was declared, and rows tell the families."""
    confirm: float = 0.0
    seed: int = 0
    digest: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Arms that cannot be run and were left out, with the reason."""
    source: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    began_at: str = ""
    """As the experiment's own folder says it."""

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        """That of an experiment at hand."""
        arms = tuple(
            ArmDesign(arm.name, describe(arm.parts), dict(arm.factors), digest(describe(arm.parts)))
            for arm in experiment.arms
        )
        return cls(
            name=experiment.name,
            arms=arms,
            contrasts=tuple(experiment.asked),
            tasks=len(experiment.tasks),
            repeats=experiment.repeats,
            evaluator=experiment.evaluator,
            metric=experiment.metric,
            margin=experiment.margin,
            alpha=experiment.alpha,
            stopping=experiment.stopping.rule,
            evidence=plan_evidence(experiment),
            confirm=experiment.confirm,
            seed=experiment.seed,
            refused=dict(experiment.refused),
            source=describe(experiment.source),
        )

    def weigh(self, families: Sequence[str] = ()) -> Evidence:
        """How evidence is weighed; `families`: of the tasks that have rows, which are asked where none was declared."""
        return self.evidence or Evidence.plan(
            [*families, *[""] * (self.tasks - len(families))],
            repeats=self.repeats,
            metric=self.metric,
            alpha=self.alpha,
            contrasts=len(self.contrasts),
        )

    def find_arm(self, name: str) -> ArmDesign:
        """The arm of this name; one without a word about it where only rows know it."""
        return next((arm for arm in self.arms if arm.name == name), ArmDesign(name))


def against_first(names: Sequence[str]) -> tuple[Contrast, ...]:
    """Every arm against the first one: what is asked where nothing was declared."""
    return tuple(Contrast(name, names[0]) for name in names[1:])
