"""A document as Markdown."""

from collections.abc import Iterator, Sequence

from agent_brain.lab.report.document import (
    Badge,
    Block,
    Card,
    Code,
    Document,
    Figure,
    Fold,
    Heading,
    Inline,
    Items,
    Link,
    Listing,
    Paragraph,
    Strong,
    Table,
)
from agent_brain.lab.report.escaping import code_span, escape_markdown, fence, guard_line


def write_markdown(document: Document) -> str:
    """The document; a figure is its words and its table."""
    lines = [f"# {escape_markdown(document.title)}", "", _line(document.summary), ""]
    for block in document.blocks:
        lines += [*_write(block, 0), ""]
    return "\n".join(lines).rstrip() + "\n"


def _write(block: Block, depth: int) -> Iterator[str]:  # noqa: C901  # one flat case for each kind of block
    match block:
        case Heading(text=text, level=level):
            yield f"{'#' * (level + depth)} {escape_markdown(text)}"
        case Paragraph(parts=parts):
            yield _line(parts)
        case Items(items=items):
            yield from (f"- {_line(item)}" for item in items)
        case Table():
            yield from _table(block)
        case Figure(title=title, description=description, table=table):
            yield f"**{escape_markdown(title)}.** {escape_markdown(description)}"
            if table is not None:
                yield ""
                yield from _table(table)
        case Listing(text=text, label=label):
            if label:
                yield f"{escape_markdown(label)}:"
                yield ""
            yield fence(text)
        case Fold(title=title, blocks=blocks):
            yield f"#### {escape_markdown(title)}"
            for inner in blocks:
                yield ""
                yield from _write(inner, depth + 1)
        case Card(verdict=verdict, title=title, sentence=sentence, facts=facts):
            told = f"- **{verdict.upper()}**: {escape_markdown(title)}. {escape_markdown(sentence)}"
            yield told + (f" {_line(facts)}" if facts else "")


def _table(table: Table) -> Iterator[str]:
    if table.caption:
        yield f"*{escape_markdown(table.caption)}*"
        yield ""
    yield _row([escape_markdown(name) for name in table.head])
    yield _row(["---:" if each else "---" for each in table.are_numbers])
    for row in table.rows:
        yield _row([_line(cell.parts) for cell in row])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _line(parts: Sequence[Inline]) -> str:
    return guard_line("".join(_inline(part) for part in parts))


def _inline(part: Inline) -> str:
    match part:
        case str():
            lead = " " if part[:1] == " " else ""
            trail = " " if part[-1:] == " " and part.strip() else ""
            return f"{lead}{escape_markdown(part)}{trail}"
        case Code(text=text):
            return code_span(text).replace("|", "\\|")
        case Strong(text=text):
            return f"**{escape_markdown(text)}**"
        case Badge(text=text):
            return f"**{escape_markdown(text)}**"
        case Link(text=text, target=target):
            return escape_markdown(text) if target.startswith("#") else f"[{escape_markdown(text)}](<{target}>)"
