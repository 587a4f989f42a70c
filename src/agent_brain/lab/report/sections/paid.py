"""What was paid beside the arms, and in all: no comparison uses it, and a budget does."""

from collections.abc import Iterator

from agent_brain.core.counting import count
from agent_brain.lab.analysis.analysis import Analysis, Paid
from agent_brain.lab.report.document import Block, Table, Value, number
from agent_brain.lab.report.words import tell_count, tell_dollars

ARMS = {"arms": "the arms"}
"""What a purpose is called, where not as in the data."""


def write_paid(found: Analysis) -> Iterator[Block]:
    """What playing users takes, where tasks have any, and what all trials together have taken."""
    rows: list[tuple[Value, ...]] = [
        (
            arm.name,
            number(tell_dollars(arm.user.cost_usd)),
            number(tell_count(arm.user.calls)),
            number(tell_count(arm.user.tokens)),
        )
        for arm in found.arms
        if arm.user is not None
    ]
    if rows:
        head = ("arm", "cost", "calls", "tokens")
        yield Table.of("Beside it: what playing the task's user takes, a trial on average", head, rows)
    if found.paid:
        yield _sum_up(found)


def _sum_up(found: Analysis) -> Table:
    total = Paid(
        "in all",
        sum(paid.calls for paid in found.paid),
        sum(paid.tokens for paid in found.paid),
        sum(paid.cost_usd for paid in found.paid),
        sum(paid.unpriced_tokens for paid in found.paid),
    )
    rows: list[tuple[Value, ...]] = [
        (
            ARMS.get(paid.purpose, paid.purpose),
            number(_tell_money(paid)),
            number(f"{paid.calls:,}"),
            number(f"{paid.tokens:,}"),
            number(f"{paid.unpriced_tokens:,}"),
        )
        for paid in ([*found.paid, total] if len(found.paid) > 1 else found.paid)
    ]
    caption = f"What {count(found.done, 'trial')} took in all, those too that count nowhere"
    return Table.of(caption, ("for", "cost", "calls", "tokens", "of unknown price"), rows)


def _tell_money(paid: Paid) -> str:
    """As far as it is known."""
    if not paid.unpriced_tokens:
        return tell_dollars(paid.cost_usd)
    return f"at least {tell_dollars(paid.cost_usd)}" if paid.cost_usd else "unknown"
