"""Two experiments beside each other: what is shared, and what is set otherwise."""

from collections.abc import Iterator

from agent_brain.core.counting import count, name_some
from agent_brain.lab.analysis.compare import Comparison
from agent_brain.lab.report.document import Block, Code, Heading, Items, Paragraph, Table

NAMES_SHOWN = 20


def write_differences(found: Comparison) -> Iterator[Block]:
    """What a reader has to know before a comparison of two experiments."""
    yield Heading("What is compared", "compared")
    alone = found.only
    yield Paragraph.of(
        f"The {count(found.shared, 'task')} that both experiments ask alike; {alone[0]:,} more are in the first one "
        f"alone, {alone[1]:,} in the second. They did not run at the same time: whatever has changed in between, of "
        "servers too, is part of every difference."
    )
    notes = [
        (found.changed, "have the same name on both sides and ask other things; they are left out"),
        (found.judged_otherwise, "are judged by another answer or evaluator on each side"),
    ]
    told = [
        (f"{count(len(names), 'task')} {what}: {name_some(names, NAMES_SHOWN)}.",) for names, what in notes if names
    ]
    if told:
        yield Items(tuple(told))
    if not found.differences:
        yield Paragraph.of("Their configurations are the same.")
        return
    rows = [(each.where, each.name, Code(each.before), Code(each.after)) for each in found.differences]
    yield Table.of("What is set otherwise", ("where", "setting", "first", "second"), rows)
