"""By how much: every contrast with all of its figures."""

from collections.abc import Iterator, Sequence

from agent_brain.lab.analysis.analysis import Analysis, ContrastResult
from agent_brain.lab.report.document import Badge, Block, Cell, Figure, Fold, Heading, Paragraph, Table, number
from agent_brain.lab.report.drawings import draw_contrasts
from agent_brain.lab.report.words import (
    NOTHING,
    tell_difference,
    tell_estimate,
    tell_interval,
    tell_p,
    tell_ratio,
    tell_score,
)


def write_effects(found: Analysis) -> Iterator[Block]:
    """The forest plot, the tests, what lies behind them, and what nobody asked for."""
    if not found.contrasts:
        return
    yield Heading("Effects", "effects")
    level = _name_level(1 - found.design.alpha)
    yield Figure(
        "forest",
        "Difference of each arm from its control",
        f"Points are mean differences of {found.design.metric} over shared tasks, bars their {level}s; the shaded band "
        f"is the margin of {found.design.margin:g}, within which a difference is of no use to anybody.",
        " ".join(f"{each.name}: {tell_estimate(each.difference, tell_difference)}." for each in found.contrasts),
        draw_contrasts(found.contrasts, found.design.margin),
        None,
    )
    yield _test_table(found.contrasts, ("Holm p", "max-T p"), found)
    yield _detail_table(found)
    yield _cost_table(found.contrasts)
    if found.explored:
        note = (
            "Ideas for the next experiment, no findings of this one: p-values are adjusted so that of all that are "
            f"below {found.design.alpha:g} at most this share is expected to be false (Benjamini-Hochberg)."
        )
        table = _test_table(found.explored, ("Benjamini-Hochberg p",), found)
        yield Fold("Exploring: all other pairs of arms", (Paragraph.of(note), table), "explored")


def _name_level(level: float) -> str:
    return f"{100 * level:g} % interval"


def _test_table(contrasts: Sequence[ContrastResult], adjusted: Sequence[str], found: Analysis) -> Table:
    caption = f"Contrasts {'' if contrasts is found.contrasts else 'that nobody '}asked for beforehand"
    level = _name_level(1 - found.design.alpha)
    head = ("contrast", "verdict", "difference", level, "standard error", contrasts[0].test, *adjusted)
    rows = [
        (
            each.name,
            Badge(each.verdict.value),
            number(tell_difference(each.difference.value)),
            number(tell_interval(each.difference, tell_difference)),
            number(tell_score(each.error)),
            number(tell_p(each.p)),
            number(tell_p(each.p_adjusted)),
            number(tell_p(each.p_max_t)),
        )[: len(head)]
        for each in contrasts
    ]
    return Table.of(caption, head, rows)


def _detail_table(found: Analysis) -> Table:
    head = (
        "contrast", "tasks", "tries", "families", "left out: broken", "left out: unfinished", "correlation",
        "arm higher", "control higher", "alike", "McNemar exact p", "interval for all together",
        _name_level(1 - 2 * found.design.alpha), "equivalence p", "detectable at 80 % power",
    )  # fmt: skip
    return Table.of("What lies behind them", head, [_tell_detail(each) for each in found.contrasts])


def _tell_detail(each: ContrastResult) -> tuple[str | Cell, ...]:
    shared = each.discordance
    return (
        each.name,
        *(number(f"{value:,}") for value in (each.tasks, each.repeats)),
        number(f"{each.families:,}" if each.families else "none"),
        *(number(f"{value:,}") for value in (each.dropped, each.unfinished)),
        number(NOTHING if each.correlation is None else f"{each.correlation:.2f}"),
        *(number(f"{value:,}") for value in (shared.arm_higher, shared.control_higher, shared.ties)),
        number(tell_p(each.mcnemar) if each.mcnemar is not None else "not allowed" if each.repeats > 1 else NOTHING),
        number(tell_interval(each.simultaneous, tell_difference)),
        number(tell_interval(each.equivalence, tell_difference)),
        number(tell_p(each.p_equivalence)),
        number(tell_score(each.detectable)),
    )


def _cost_table(contrasts: Sequence[ContrastResult]) -> Table:
    unit = "cost in dollars" if contrasts[0].cost_unit == "usd" else "tokens"
    head = ("contrast", f"{unit}, times the control's", "95 % interval", "time, times the control's", "95 % interval")
    rows = [
        (
            each.name,
            number(tell_ratio(each.cost_ratio.value)),
            number(tell_interval(each.cost_ratio, tell_ratio)),
            number(tell_ratio(each.seconds_ratio.value)),
            number(tell_interval(each.seconds_ratio, tell_ratio)),
        )
        for each in contrasts
    ]
    return Table.of("What they cost beside their controls", head, rows)
