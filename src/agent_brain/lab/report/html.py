"""A document as one HTML file that needs nothing else: no script, no font, no picture, no network."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from string import Template

from agent_brain.lab.report.document import (
    Badge,
    Block,
    Card,
    Cell,
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
from agent_brain.lab.report.escaping import escape_html as esc
from agent_brain.lab.report.svg import StyleSheet

MARKS = {"better": "▲", "worse": "▼", "equivalent": "=", "inconclusive": "?"}
"""Beside the word and the colour, for who sees no colour."""


def write_html(document: Document) -> str:
    """The document as a page; the drawings' styles join those of the page, which alone are allowed by its policy."""
    sheet = StyleSheet()
    body = "\n".join(line for block in document.blocks for line in _write(block, sheet))
    style = f"\n{_read('page.css')}\n{sheet.text()}\n"
    return Template(_read("page.html")).substitute(
        title=esc(document.title),
        summary=_line(document.summary),
        policy=_allow(style),
        style=style,
        contents=_list_sections(document),
        body=body,
    )


def _read(name: str) -> str:
    return files("agent_brain.lab.report").joinpath(name).read_text(encoding="utf-8").strip()


def _allow(style: str) -> str:
    """A policy that forbids everything but this one style."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _list_sections(document: Document) -> str:
    found = [block for block in document.blocks if isinstance(block, Heading) and block.level == 2]
    return "\n".join(f'<li><a href="#{esc(each.anchor)}">{esc(each.text)}</a></li>' for each in found)


def _write(block: Block, sheet: StyleSheet) -> Iterator[str]:
    match block:
        case Heading(text=text, anchor=anchor, level=level):
            yield f'<h{level} id="{esc(anchor)}">{esc(text)}</h{level}>'
        case Paragraph(parts=parts):
            yield f"<p>{_line(parts)}</p>"
        case Items(items=items):
            yield "<ul>"
            yield from (f"<li>{_line(item)}</li>" for item in items)
            yield "</ul>"
        case Table():
            yield from _table(block)
        case Figure():
            yield from _figure(block, sheet)
        case Listing(text=text, label=label):
            yield f"<p>{esc(label)}:</p>" if label else ""
            yield f'<pre tabindex="0"><code>{esc(text)}</code></pre>'
        case Fold():
            yield f"<details{_id(block.anchor)}>"
            yield f"<summary>{esc(block.title)}</summary>"
            for inner in block.blocks:
                yield from _write(inner, sheet)
            yield "</details>"
        case Card():
            yield from _card(block)


def _card(card: Card) -> Iterator[str]:
    yield f'<section class="card {esc(card.verdict)}">'
    yield f"<h3>{_badge(card.verdict)} <bdi>{esc(card.title)}</bdi></h3>"
    yield f"<p>{esc(card.sentence)}</p>"
    if card.facts:
        yield f'<p class="facts">{_line(card.facts)}</p>'
    yield "</section>"


def _figure(figure: Figure, sheet: StyleSheet) -> Iterator[str]:
    yield f'<figure id="{esc(figure.anchor)}">'
    yield f'<div class="scroll" tabindex="0" role="group" aria-label="{esc(figure.title)}">'
    yield sheet.embed(figure.svg, figure.anchor, figure.title, f"{figure.description} {figure.values}")
    yield "</div>"
    yield f"<figcaption><strong>{esc(figure.title)}.</strong> {esc(figure.description)}</figcaption>"
    if figure.table is not None:
        yield '<details class="figures"><summary>The figures</summary>'
        yield from _table(figure.table)
        yield "</details>"
    yield "</figure>"


def _table(table: Table) -> Iterator[str]:
    name = esc(table.caption)
    yield f'<div class="scroll" tabindex="0" role="group" aria-label="{name}"><table>'
    if table.caption:
        yield f"<caption>{name}</caption>"
    heads = "".join(
        f'<th scope="col"{_class("number" if number else "")}>{esc(text)}</th>'
        for text, number in zip(table.head, table.are_numbers, strict=True)
    )
    yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for row in table.rows:
        first, *others = row
        cells = "".join(f"<td{_class('number' if cell.is_number else '')}>{_cell(cell)}</td>" for cell in others)
        yield f'<tr><th scope="row">{_cell(first)}</th>{cells}</tr>'
    yield "</tbody></table></div>"


def _cell(cell: Cell) -> str:
    return _line(cell.parts)


def _line(parts: Sequence[Inline]) -> str:
    return "".join(_inline(part) for part in parts)


def _inline(part: Inline) -> str:
    match part:
        case str():
            return esc(part)
        case Code(text=text):
            return f"<code>{esc(text)}</code>"
        case Strong(text=text):
            return f"<strong><bdi>{esc(text)}</bdi></strong>"
        case Badge(text=text):
            return _badge(text)
        case Link(text=text, target=target):
            return f'<a href="{esc(target)}">{esc(text)}</a>'


def _badge(verdict: str) -> str:
    mark = MARKS.get(verdict, "")
    return f'<span class="badge {esc(verdict)}"><span aria-hidden="true">{mark} </span>{esc(verdict)}</span>'


def _class(name: str) -> str:
    return f' class="{esc(name)}"' if name else ""


def _id(name: str) -> str:
    return f' id="{esc(name)}"' if name else ""
