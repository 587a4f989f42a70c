"""When a failed model call is made again, and after how long: decided by a pure function, done by the adapter."""

import email.utils
import math
from collections.abc import Mapping
from dataclasses import dataclass

from agent_brain.core.errors import ModelError


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with jitter; the server's own wish comes first."""

    attempts_max: int = 4
    """The first one included."""
    wait_initial_seconds: float = 0.5
    wait_max_seconds: float = 20.0
    jitter: float = 0.25
    """The part of a wait that chance may take away."""
    retry_after_max_seconds: float = 60.0
    """A server that asks for a longer wait than this is not waited for."""

    def decide(self, error: ModelError, attempt: int, draw: float = 0.0) -> float | None:
        """Seconds to wait before the next attempt, or None to give up; `draw` in [0, 1) is the jitter's chance."""
        if not error.retryable or attempt >= self.attempts_max:
            return None
        asked = error.retry_after_seconds
        if asked is not None:
            return asked if asked <= self.retry_after_max_seconds else None
        wait = min(self.wait_initial_seconds * 2.0 ** min(attempt - 1, 60), self.wait_max_seconds)
        return wait * (1 - self.jitter * draw)


def read_retry_after(headers: Mapping[str, str], now_seconds: float) -> float | None:
    """How long the server asks to wait: milliseconds, seconds or a date; None where it does not say."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        seconds = _read_number(headers.get(name))
        if seconds is not None:
            return max(0.0, seconds / unit)
    try:
        date = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, date.timestamp() - now_seconds)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def read_should_retry(headers: Mapping[str, str]) -> bool | None:
    """What the server's `x-should-retry` says, or None."""
    return {"true": True, "false": False}.get(headers.get("x-should-retry", "").lower())


def _read_number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
