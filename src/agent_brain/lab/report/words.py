"""Figures in words: the one place that decides how many digits a reader sees."""

from collections.abc import Callable, Sequence

from agent_brain.lab.analysis.analysis import Estimate

NOTHING = "\N{EN DASH}"
"""Where there is no figure."""
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
Tell = Callable[[float | None], str]


def tell_score(value: float | None) -> str:
    """A score or a rate from 0 to 1."""
    return NOTHING if value is None else f"{value:.3f}"


def tell_difference(value: float | None) -> str:
    """A difference of scores, with its sign."""
    if value is None:
        return NOTHING
    shown = f"{abs(value):.3f}"
    return shown if float(shown) == 0 else f"{'+' if value > 0 else MINUS}{shown}"


def tell_share(value: float | None) -> str:
    """A part of a whole."""
    return NOTHING if value is None else f"{100 * value:.1f} %"


def tell_p(value: float | None) -> str:
    """A p-value; never 0."""
    if value is None:
        return NOTHING
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}" if value < 0.01 else f"{value:.3f}"


def tell_count(value: float | None) -> str:
    """A mean number of things."""
    if value is None:
        return NOTHING
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"


def tell_dollars(value: float | None) -> str:
    """Money, with the digits that small sums need."""
    if value is None:
        return "unknown"
    if value == 0:
        return "$0"
    return f"${value:,.2f}" if value >= 10 else f"${value:.4f}" if value >= 0.001 else f"${value:.2g}"


def tell_seconds(value: float | None) -> str:
    """A time."""
    if value is None:
        return NOTHING
    return f"{value:.1f} s" if value >= 1 else f"{1000 * value:.0f} ms" if value >= 0.001 else f"{1e6 * value:.0f} µs"


def tell_ratio(value: float | None) -> str:
    """How many times as much."""
    return NOTHING if value is None else f"{value:.2f}{TIMES}" if value < 100 else f"{value:,.0f}{TIMES}"


def tell_cost(value: float | None, unit: str) -> str:
    """What something costs, in dollars or in tokens."""
    if unit == "usd":
        return tell_dollars(value)
    return NOTHING if value is None else f"{tell_count(value)} tokens"


def tell_interval(estimate: Estimate, tell: Tell = tell_score) -> str:
    """From where to where."""
    if estimate.low is None and estimate.high is None:
        return NOTHING
    return f"[{tell(estimate.low)}, {tell(estimate.high)}]"


def tell_estimate(estimate: Estimate, tell: Tell = tell_score) -> str:
    """A figure and its interval."""
    if estimate.value is None:
        return NOTHING
    if estimate.low is None and estimate.high is None:
        return tell(estimate.value)
    return f"{tell(estimate.value)} {tell_interval(estimate, tell)}"


def join(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else "none"
