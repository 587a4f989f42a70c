"""What is known of a simulated model: each of its ways to err, as a number."""

from dataclasses import dataclass, fields
from math import exp, inf, isfinite, log
from typing import Any, Literal

from agent_brain.core.errors import SetupError, UnknownName

MALFORMED = ("missing_brace", "wrong_type", "prose", "truncated")
"""How a call can be malformed: some of these a wire reads all the same."""
_RATES = ("p", "m", "h", "s", "u", "v", "fp", "fn", "accept")
_LEAST_ZERO = ("gamma", "beta", "tau", "rho_cost")
_POSITIVE = ("d0", "l0")


@dataclass(frozen=True, slots=True)
class Parameters:
    """How often a simulated model is right, forgets, drifts, repeats its errors, and learns from a reflection.

    Units: distances in tokens; gamma, beta and tau on the scale of log odds.
    Raises: SetupError for a number that is none of these.
    """

    p: float = 0.90
    """It chooses the right action, or gives the right answer, where nothing stands against it."""
    m: float = 0.08
    """A call is malformed."""
    malformed: tuple[str, ...] = MALFORMED
    """The ways in which it can be, equally often."""
    h: float = 0.25
    """It does something that serves no goal, at a distance d from where it was told that: h(1 - exp(-d / d0))."""
    d0: float = 1500.0
    l0: float = 60000.0
    """A fact that it sees at a distance d is recalled with exp(-d / l0)."""
    recall: Literal["distance", "middle"] = "distance"
    """`middle`: what stands in the middle of a prompt is recalled worst, as far as from its nearer end, twice."""
    gamma: float = 0.45
    """Each error that it sees takes so much from the log odds of p."""
    beta: float = 2.0
    """A reflection on the last failure, where that is the newest it sees, or a lesson, adds so much to them."""
    s: float = 0.93
    """A fact survives where it sums up."""
    u: float = 0.088
    """Its critique makes what is right wrong."""
    v: float = 0.25
    """Its critique makes what is wrong right."""
    accept: float = 0.0
    """A critique that changes nothing ends the refining."""
    fp: float = 0.16
    """As a judge it lets a wrong answer pass."""
    fn: float = 0.10
    """As a judge it refuses a right one."""
    tau: float = 1.5
    """How much tasks differ in difficulty: the standard deviation of the log odds of p over tasks."""
    rho_cost: float = 0.0
    """What each message counts as, in tokens; 0: its real length."""

    def __post_init__(self) -> None:
        for names, least, most, wanted in (
            (_RATES, 0.0, 1.0, "from 0 to 1"),
            (_LEAST_ZERO, 0.0, inf, "at least 0"),
            (_POSITIVE, 1e-9, inf, "more than 0"),
        ):
            for name in names:
                value = getattr(self, name)
                is_number = isinstance(value, int | float) and not isinstance(value, bool)
                if not is_number or not least <= value <= most:
                    raise SetupError(f"{name} of the simulated model is {value!r:.60}; wanted a number {wanted}")
        if not isfinite(self.gamma + self.beta + self.tau + self.rho_cost):
            raise SetupError("gamma, beta, tau and rho_cost of the simulated model have to be finite")
        if self.recall not in {"distance", "middle"}:
            raise UnknownName("recall of the simulated model", self.recall, ("distance", "middle"))
        if not self.malformed:
            raise SetupError(
                "malformed of the simulated model is empty; wanted m=0 for calls that are always well-formed"
            )
        object.__setattr__(self, "malformed", tuple(self.malformed))
        for kind in self.malformed:
            if kind not in MALFORMED:
                raise UnknownName("kind of malformed call", kind, MALFORMED)

    @classmethod
    def load(cls, data: Any) -> "Parameters":
        """Those that a table of an experiment's file names. Raises: UnknownName; SetupError."""
        known = [field.name for field in fields(cls)]
        for name in data:
            if name not in known:
                raise UnknownName("parameter of the simulated model", str(name), known)
        return cls(**data)

    def find_rate(self, difficulty: float, errors: int = 0, *, is_taught: bool = False) -> float:
        """How often it is right: of a task this difficult, with so many errors in sight."""
        if self.p in {0.0, 1.0}:
            return self.p
        odds = log(self.p / (1 - self.p)) - self.tau * difficulty - self.gamma * errors + self.beta * is_taught
        return 1 / (1 + exp(-odds))


DEFAULTS = Parameters()
"""Those of the published tables."""
