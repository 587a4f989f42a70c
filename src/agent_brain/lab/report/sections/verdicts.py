"""First of all: what may be said, and what to bear in mind."""

from collections.abc import Iterator

from agent_brain.core.counting import count
from agent_brain.lab.analysis.analysis import Analysis, ContrastResult, Split
from agent_brain.lab.report.document import Block, Card, Heading, Inline, Items, Paragraph, Strong
from agent_brain.lab.report.words import join, tell_difference, tell_interval, tell_p, tell_ratio
from agent_brain.lab.statistics.verdict import Ruling


def write_summary(found: Analysis) -> tuple[Inline, ...]:
    """The whole report in two sentences."""
    design = found.design
    tries = f"{count(design.repeats, 'try')} each" if design.repeats > 1 else "one try each"
    told = f"{count(len(found.arms), 'arm')} on {count(found.tasks, 'task')}, {tries}: "
    return (told, f"{found.done:,} of {found.planned:,} trials are done. ", *_tell_rulings(found))


def _tell_rulings(found: Analysis) -> tuple[Inline, ...]:
    """The contrasts by what came of them."""
    counted = {ruling: sum(each.verdict is ruling for each in found.contrasts) for ruling in Ruling}
    told = [f"{number} {ruling.value}" for ruling, number in counted.items() if number]
    if not told:
        return ("No comparison can be judged.",)
    return (f"Of {count(len(found.contrasts), 'comparison')} asked for beforehand: ", Strong(join(told)), ".")


def write_verdicts(found: Analysis) -> Iterator[Block]:
    """A card for each contrast that was declared, in its order; those with nothing to say in a list."""
    yield Heading("Verdicts", "verdicts")
    if not found.contrasts:
        yield Paragraph.of("There is no comparison to be judged: an arm and its control have to share a task.")
    if found.split is Split.CONFIRMATION:
        yield Paragraph.of(
            f"All figures are of the {count(found.tasks, 'task')} that were kept back: nothing was chosen on them."
        )
    for contrast in found.contrasts:
        yield Card(contrast.verdict.value, contrast.name, contrast.sentence, _tell_facts(contrast))


def _tell_facts(contrast: ContrastResult) -> tuple[Inline, ...]:
    facts = [
        f"p {tell_p(contrast.p_adjusted)} (Holm)",
        f"{count(contrast.tasks, 'task')} x {count(contrast.repeats, 'try')}",
        f"detectable {tell_difference(contrast.detectable).lstrip('+')}" if contrast.detectable is not None else "",
    ]
    if contrast.cost_ratio.is_known:
        unit = "cost" if contrast.cost_unit == "usd" else "tokens"
        facts.append(f"{unit} {tell_ratio(contrast.cost_ratio.value)} {tell_interval(contrast.cost_ratio, tell_ratio)}")
    return (" · ".join(fact for fact in facts if fact),)


def write_cautions(found: Analysis) -> Iterator[Block]:
    """What a careful reader should know before believing a figure."""
    if not found.cautions:
        return
    yield Heading("Before you believe it", "cautions")
    yield Items(tuple((Strong(caution.code.capitalize()), ": ", caution.text) for caution in found.cautions))
