"""What an experiment has found, as data: the one thing that the page, the Markdown and the JSON are written from."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from agent_brain.lab.analysis.design import Design
from agent_brain.lab.statistics.verdict import Ruling

ANALYSIS_VERSION = 1


class Split(StrEnum):
    """Which tasks a figure is made of."""

    ALL = "all"
    CONFIRMATION = "confirmation"
    """Those that nothing was chosen on."""
    SELECTION = "selection"
    """Those that arms were chosen on: no evidence of how good the chosen ones are."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval and how that was found; None: nobody can know it from these rows."""

    value: float | None
    low: float | None = None
    high: float | None = None
    method: str = ""

    @property
    def is_known(self) -> bool:
        """True where there is a figure at all."""
        return self.value is not None


UNKNOWN = Estimate(None)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One point of a curve over k."""

    k: int
    estimate: Estimate
    is_supported: bool = True
    """False where there are fewer than 2k repeats: the point is unbiased, and says little."""


@dataclass(frozen=True, slots=True)
class Revisions:
    """What became of first drafts where a net revises its answers."""

    trials: int
    right_to_wrong: int
    wrong_to_right: int
    stayed_right: int
    stayed_wrong: int


@dataclass(frozen=True, slots=True)
class Beside:
    """What a model took a trial that is none of the arm's."""

    calls: float
    tokens: float
    cost_usd: float | None
    """None: the price of some of these tokens is not known."""


@dataclass(frozen=True, slots=True)
class Paid:
    """What all trials took together of models for one purpose."""

    purpose: str
    calls: int
    tokens: int
    cost_usd: float
    unpriced_tokens: int
    """Of these tokens, those whose price is not known: the cost is a lower bound then."""


@dataclass(frozen=True, slots=True)
class ArmResult:
    """What one arm made of its tasks; means are a trial's, unless they say otherwise."""

    name: str
    tasks: int
    repeats: tuple[int, int]
    """The fewest and the most counted trials of a task."""
    families: int
    trials: int
    """Counted ones."""
    dropped: int
    """Those that something outside broke, and that count nowhere."""
    score: Estimate
    passed: Estimate
    pass_hat: Sequence[CurvePoint]
    """All of k tries pass."""
    pass_at: Sequence[CurvePoint]
    """At least one of k tries passes."""
    model_calls: float
    tool_calls: float
    input_tokens: float
    """The cached ones are among them."""
    cached_tokens: float
    output_tokens: float
    reasoning_tokens: float
    judge_tokens: float
    """What evaluators took of models: beside the trial, and no part of its cost."""
    judge_cost_usd: float | None
    """None: the price of some of these tokens is not known."""
    cost_usd: float | None
    """None: the price of some tokens is not known, so neither is that of a trial."""
    priced_usd: float
    """What is known to have been paid a trial: a lower bound where `cost_usd` is None."""
    unpriced_share: float
    """The share of tokens whose price nobody knows."""
    cost_of_pass: Estimate
    """What one passed trial costs: in dollars, or in tokens where prices are not known."""
    cost_unit: str
    latency_median: Estimate
    latency_p95: Estimate
    timed_out: int
    """Trials cut off by their limit on seconds: their time is that limit, and theirs would have been longer."""
    exhausted_share: float
    limits: Mapping[str, int]
    malformed_share: float
    """The share of trials with at least one malformed reply."""
    malformed_per_call: float
    faults: Mapping[str, int]
    loop_share: float
    """The share of trials that a limit on repeating the very same action ended."""
    tool_failures: float
    outcomes: Mapping[str, int]
    errors: Mapping[str, int]
    """Kinds of errors, with the trials that they ended, those of infrastructure too."""
    revisions: Revisions | None
    oracles: Sequence[str]
    """What had a say inside the run and knew the answer."""
    evaluators: Sequence[str]
    attempts: float
    user: Beside | None = None
    """What playing the tasks' users took; None where nobody did."""


@dataclass(frozen=True, slots=True)
class Discordance:
    """How two arms agree on whole tasks."""

    arm_higher: int
    control_higher: int
    ties: int


@dataclass(frozen=True, slots=True)
class ContrastResult:
    """By how much one arm scored more than another on the tasks that both have done."""

    name: str
    arm: str
    control: str
    tasks: int
    families: int
    repeats: int
    dropped: int
    """Tasks left out because something outside broke a trial of theirs, in either arm."""
    unfinished: int
    """Tasks left out because trials of theirs are missing, in either arm."""
    difference: Estimate
    error: float | None
    """The standard error of the difference."""
    simultaneous: Estimate
    """The same difference with an interval that holds for all contrasts together."""
    p: float | None
    """Of this contrast alone; None where no task is discordant."""
    test: str
    """What p is of: a sign-flip test, or evidence that may be looked at after every task."""
    tested: int
    """The tasks that p is of: such evidence is of the first ones in the order drawn, up to one that is not done."""
    p_adjusted: float | None
    """For all contrasts of its family: Holm's, or of explored ones Benjamini and Hochberg's."""
    p_max_t: float | None
    correlation: float | None
    discordance: Discordance
    mcnemar: float | None
    """The exact p of McNemar's test; None where tasks were tried more than once, and it would be wrong."""
    equivalence: Estimate
    """The 90 % interval that has to lie within the margin."""
    p_equivalence: float | None
    detectable: float | None
    """The smallest difference that this many tasks and repeats find with 80 % power."""
    cost_ratio: Estimate
    cost_unit: str
    seconds_ratio: Estimate
    verdict: Ruling
    sentence: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What one level of a factor makes, against another, averaged over the levels of the other factor."""

    factor: str
    level: str
    base: str
    weights: str
    estimate: Estimate
    p: float | None
    tasks: int


@dataclass(frozen=True, slots=True)
class Interaction:
    """By how much the effect of one factor's level differs between two levels of another."""

    levels: tuple[str, str]
    bases: tuple[str, str]
    estimate: Estimate
    p: float | None
    logit: float | None
    """The same difference of differences on the logit scale."""
    is_crossover: bool
    """The effect changes its sign on both scales: no choice of scale explains it away."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Two factors on the largest complete rectangle of their levels."""

    rows: str
    columns: str
    row_levels: tuple[str, ...]
    column_levels: tuple[str, ...]
    cells: Mapping[str, Mapping[str, str]]
    """The arm at a row's and a column's level."""
    means: Mapping[str, Mapping[str, float | None]]
    """Of all arms, those outside the rectangle too."""
    held: Mapping[str, str]
    """Levels of further factors, the same in all of its arms."""
    left_out: tuple[str, ...]
    """Arms that stand in no complete rectangle with the others."""
    tasks: int
    effects: tuple[Effect, ...]
    interactions: tuple[Interaction, ...]
    p_interaction: float | None
    """Of all interactions at once."""


@dataclass(frozen=True, slots=True)
class Joint:
    """What levels of several factors make together, averaged over the levels of all others, each alike."""

    factors: tuple[str, ...]
    levels: tuple[str, ...]
    bases: tuple[str, ...]
    estimate: Estimate
    """Of two factors a difference of differences, of three a difference of those."""
    p: float | None


@dataclass(frozen=True, slots=True)
class Box:
    """All factors of a grid, three or more, on the largest complete box of their levels."""

    levels: Mapping[str, tuple[str, ...]]
    left_out: tuple[str, ...]
    """Arms of the grid that stand outside of it."""
    tasks: int
    effects: tuple[Effect, ...]
    """Averaged over all other factors."""
    joint: tuple[Joint, ...]
    """Interactions of two factors, then of three."""


@dataclass(frozen=True, slots=True)
class FrontierPoint:
    """An arm's place between cost and score."""

    arm: str
    score: float
    cost: float
    is_dominated: bool
    is_on_hull: bool
    """No mixture of other arms is as good for as little."""
    membership: float | None
    """How often it is on the frontier when the tasks are drawn again."""


@dataclass(frozen=True, slots=True)
class Frontier:
    """Who gives most for what it costs."""

    unit: str
    tasks: int
    points: tuple[FrontierPoint, ...]


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task: what each arm made of it, and which runs to look at."""

    task: str
    family: str
    scores: Mapping[str, float | None]
    passed: Mapping[str, int]
    trials: Mapping[str, int]
    runs: Mapping[str, str]
    """The run of each arm that tells most of its mean: one that failed where it failed at all."""
    spread: float
    """The difference between the best and the worst arm."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What was seen on the tasks that arms were chosen on; no evidence."""

    scores: Mapping[str, float]
    tasks: int
    confirmed: tuple[str, ...]
    """The arms that went on to the tasks kept back."""
    bias: float | None
    """By how much the best of so many equal arms would look better than it is, by chance alone."""


@dataclass(frozen=True, slots=True)
class Caution:
    """Something that a reader should know before believing a figure."""

    code: str
    text: str
    arms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that an experiment's rows say, and how sure one may be of it."""

    design: Design
    split: Split
    planned: int
    """Trials that the experiment asks for."""
    done: int
    tasks: int
    arms: tuple[ArmResult, ...]
    contrasts: tuple[ContrastResult, ...]
    explored: tuple[ContrastResult, ...]
    """Contrasts that nobody asked for beforehand: ideas for the next experiment, no findings of this one."""
    grids: tuple[Grid, ...]
    frontier: Frontier | None
    rows: tuple[TaskRow, ...]
    selection: Selection | None
    cautions: tuple[Caution, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    """What computed these figures."""
    box: Box | None = None
    """All factors together; None for fewer than three, or where no complete box is left."""
    paid: tuple[Paid, ...] = ()
    """All that was paid for the trials in the rows, whatever came of them, and for those that a decision left out."""
    grids_left: int = 0
    """Further pairs of factors and levels of the others, smaller ones, that are not among the grids."""

    def data(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {"version": ANALYSIS_VERSION, **asdict(self)}
