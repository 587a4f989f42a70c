"""A document as blocks: written once from an analysis, so that the page and the Markdown cannot disagree."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Code:
    """Words for a machine: a command, a name, a digest."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that are to be seen first."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A place in this document, or a file beside it."""

    text: str
    target: str


@dataclass(frozen=True, slots=True)
class Badge:
    """A verdict, in a word and a shape."""

    text: str


Inline: TypeAlias = str | Code | Strong | Link | Badge
"""A plain str is data: every character of it stands for itself."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A section begins."""

    text: str
    anchor: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences."""

    parts: tuple[Inline, ...]

    @classmethod
    def of(cls, *parts: Inline) -> "Paragraph":
        """From its parts."""
        return cls(parts)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table."""

    parts: tuple[Inline, ...]
    is_number: bool = False


Value: TypeAlias = Inline | Cell | tuple[Inline, ...]
"""What a row is written with."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under names of columns; the first cell of a row names it."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @classmethod
    def of(cls, caption: str, head: Sequence[str], rows: Sequence[Sequence[Value]]) -> "Table":
        """From rows of words; a number is told from a word by how it begins."""
        return cls(caption, tuple(head), tuple(tuple(_to_cell(value) for value in row) for row in rows))

    @property
    def are_numbers(self) -> list[bool]:
        """Of each column, whether all of its cells are numbers."""
        return [bool(self.rows) and all(row[place].is_number for row in self.rows) for place in range(len(self.head))]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its name, what it shows in words, and its figures as a table."""

    anchor: str
    title: str
    description: str
    values: str
    """Its figures in words, for who cannot see it and hears no table."""
    svg: str = field(repr=False)
    """Drawn by us, of data that is escaped in it already."""
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines as they stand: commands to copy, a configuration, a run's story."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Fold:
    """What only some readers want to see, behind its name."""

    title: str
    blocks: tuple["Block", ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A verdict: its word, what was compared, the sentence that justifies it, and its figures."""

    verdict: str
    title: str
    sentence: str
    facts: tuple[Inline, ...] = ()


Block: TypeAlias = Heading | Paragraph | Items | Table | Figure | Listing | Fold | Card


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    title: str
    summary: tuple[Inline, ...]
    blocks: tuple[Block, ...]


def _to_cell(value: Value) -> Cell:
    if isinstance(value, Cell):
        return value
    return Cell(value if isinstance(value, tuple) else (value,))


def number(text: str) -> Cell:
    """A cell whose figures stand under those of other rows."""
    return Cell((text,), is_number=True)
