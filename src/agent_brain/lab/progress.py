"""How far an experiment is: what is shown while it runs, and kept for whoever asks later."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

from agent_brain.lab.tally import ArmTally, Failures


class Ending(StrEnum):
    """Why an experiment is not running any more."""

    COMPLETE = "complete"
    """All its trials are done."""
    DECIDED = "decided"
    """Its stopping rule has ended it."""
    PILOT = "pilot"
    """The tasks that were asked for are done; there are more."""
    BUDGET = "budget"
    """What it may spend is spent."""
    STOPPED = "stopped"
    """Somebody has stopped it."""
    BROKEN = "broken"
    """Everything outside breaks: a key, a server."""

    @property
    def is_settled(self) -> bool:
        """True where there is nothing left to go on with."""
        return self in (Ending.COMPLETE, Ending.DECIDED, Ending.PILOT)


@dataclass(frozen=True, slots=True)
class Estimated:
    """What a contrast comes to so far: a look, no test."""

    contrast: str
    tasks: int
    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was paid for trials that a decision has left out. Units: US dollars."""

    trials: int = 0
    """Those that were begun."""
    calls: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    unpriced_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """A look at a running experiment. Units: seconds, US dollars."""

    experiment: str
    done: int
    """Trials with a row, those of earlier sittings included."""
    total: int
    begun: int
    """Trials under way."""
    seconds: float
    """Of this sitting."""
    seconds_left: float | None
    """As long as the trials of this sitting have taken; None: there is none yet."""
    cost_usd: float
    """Of all that was spent, judging too."""
    tokens: int
    unpriced_tokens: int
    arms: Sequence[ArmTally] = ()
    estimates: Sequence[Estimated] = ()
    ending: Ending | None = None
    tasks_decided: int | None = None
    """After how many tasks its stopping rule has ended it."""
    note: str = ""
    failures: Sequence[Failures] = ()
    """What has ended trials with an error, the most frequent kind first."""
    changed: Sequence[str] = ()
    """Arms whose trials are new in this sitting, because their configuration is another one than before."""
    judge_tokens: int = 0
    """Of all tokens, those of models that judge."""
    judge_cost_usd: float = 0.0
    unclosed: Sequence[Failures] = ()
    """What trials could not close when they were over; they count."""
    dropped: Dropped | None = None
    """What its stopping rule has left out, once it has ended it."""

    def data(self) -> Mapping[str, Any]:
        """It as JSON; what is no number yet is null."""
        found: Mapping[str, Any] = _clean(asdict(self))
        return found


def _clean(value: Any) -> Any:
    match value:
        case float() if not isfinite(value):
            return None
        case dict():
            return {name: _clean(each) for name, each in value.items()}
        case list() | tuple():
            return [_clean(each) for each in value]
    return value
