"""How trials ended: what failed, what ran out, what went in circles, and what revising did."""

from collections.abc import Iterator, Mapping

from agent_brain.core.counting import count
from agent_brain.lab.analysis.analysis import Analysis
from agent_brain.lab.report.document import Block, Figure, Heading, Paragraph, Table, Value, number
from agent_brain.lab.report.drawings import draw_outcomes
from agent_brain.lab.report.words import tell_score, tell_share
from agent_brain.lab.trial import Outcome

COUNTED = tuple(kind for kind in Outcome if kind is not Outcome.INFRASTRUCTURE)


def write_endings(found: Analysis) -> Iterator[Block]:
    """The kinds of ends, rates, and for nets that revise what became of first answers."""
    yield Heading("How trials ended", "endings")
    words = "; ".join(
        f"{arm.name}: "
        + ", ".join(f"{tell_share(arm.outcomes.get(kind, 0) / arm.trials)} {kind.words}" for kind in COUNTED)
        for arm in found.arms
    )
    yield Figure(
        "outcomes",
        "How each arm's trials ended",
        "Shares of counted trials.",
        words,
        draw_outcomes(found.arms, COUNTED),
        _tell_outcomes(found),
    )
    yield _tell_rates(found)
    yield _tell_kinds(found)
    if any(arm.revisions for arm in found.arms):
        yield _tell_revisions(found)
    yield from _tell_oracles(found)


def _tell_outcomes(found: Analysis) -> Table:
    rows: list[tuple[Value, ...]] = [
        (
            arm.name,
            *(number(f"{arm.outcomes.get(kind, 0):,}") for kind in COUNTED),
            number(f"{arm.trials:,}"),
            number(f"{arm.dropped:,}"),
            number(tell_score(arm.score.value)),
        )
        for arm in found.arms
    ]
    kinds = [kind.words for kind in COUNTED]
    head = ("arm", *kinds, "counted", "broken outside, not counted", "mean score")
    return Table.of("Trials by how they ended", head, rows)


def _tell_rates(found: Analysis) -> Table:
    head = (
        "arm", "met a limit", "had a malformed reply", "malformed replies a call", "stopped for repeating itself",
        "failures of tools a trial", "cut off by time",
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = [
        (
            arm.name,
            number(tell_share(arm.exhausted_share)),
            number(tell_share(arm.malformed_share)),
            number(tell_share(arm.malformed_per_call)),
            number(tell_share(arm.loop_share)),
            number(f"{arm.tool_failures:.2f}"),
            number(f"{arm.timed_out:,}"),
        )
        for arm in found.arms
    ]
    return Table.of("Exhaustion, malformed replies, loops", head, rows)


def _tell_kinds(found: Analysis) -> Table:
    def tell(counts: Mapping[str, int]) -> str:
        return ", ".join(f"{kind} {number:,}" for kind, number in counts.items()) or "none"

    rows: list[tuple[Value, ...]] = [
        (arm.name, tell(arm.limits), tell(arm.faults), tell(arm.errors)) for arm in found.arms
    ]
    return Table.of("By kind", ("arm", "limits met", "malformed replies", "errors"), rows)


def _tell_revisions(found: Analysis) -> Table:
    head = ("arm", "trials that revised", "right to wrong", "wrong to right", "stayed right", "stayed wrong")
    rows: list[tuple[Value, ...]] = [
        (
            arm.name,
            *(
                number(f"{value:,}")
                for value in (
                    arm.revisions.trials,
                    arm.revisions.right_to_wrong,
                    arm.revisions.wrong_to_right,
                    arm.revisions.stayed_right,
                    arm.revisions.stayed_wrong,
                )
            ),
        )
        for arm in found.arms
        if arm.revisions is not None
    ]
    return Table.of("What became of the first answer, beside the last one", head, rows)


def _tell_oracles(found: Analysis) -> Iterator[Block]:
    names = {arm.name: ", ".join(arm.oracles) for arm in found.arms if arm.oracles}
    if not names:
        yield Paragraph.of("No evaluator that knows the answer had a say inside any run.")
        return
    rows: list[tuple[Value, ...]] = [(arm, oracles) for arm, oracles in names.items()]
    yield Table.of(f"Oracles: {count(len(rows), 'arm')} asked what knows the answer", ("arm", "oracles"), rows)
