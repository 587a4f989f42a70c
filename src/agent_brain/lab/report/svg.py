"""Drawings inside a page: their colours follow the page's, their words stay words, their names clash with none."""

import re
import warnings
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any
from xml.etree import ElementTree

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from agent_brain.lab.report.escaping import clean

INK, SOFT, LINE, PAPER = "#010203", "#010204", "#010205", "#010206"
SERIES = tuple(f"#0102{16 + place:02x}" for place in range(8))
HEAT = tuple(f"#0102{32 + place:02x}" for place in range(8))
COLOURS = {
    INK: "var(--ink)",
    SOFT: "var(--soft)",
    LINE: "var(--line)",
    PAPER: "var(--paper)",
    **{colour: f"var(--c{place})" for place, colour in enumerate(SERIES)},
    **{colour: f"var(--h{place})" for place, colour in enumerate(HEAT)},
}
"""Colours that no drawing has by chance, and what the page puts in their place: so dark mode and print reach them."""
SETTINGS: Any = {
    "svg.fonttype": "none", "svg.hashsalt": "agent-brain", "font.family": "DejaVu Sans", "font.size": 11,
    "axes.edgecolor": LINE, "axes.labelcolor": INK, "axes.facecolor": "none", "axes.linewidth": 0.8,
    "axes.spines.top": False, "axes.spines.right": False, "text.color": INK, "text.parse_math": False,
    "xtick.color": SOFT, "ytick.color": SOFT, "xtick.labelcolor": INK, "ytick.labelcolor": INK,
    "figure.facecolor": "none", "savefig.facecolor": "none", "grid.color": LINE, "grid.linewidth": 0.6,
    "legend.frameon": False, "legend.fontsize": 10, "hatch.linewidth": 0.8, "hatch.color": PAPER,
    "axes.unicode_minus": True, "axes.axisbelow": True, "path.simplify": False,
}  # fmt: skip

NAMESPACE = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
DROPPED = frozenset({"metadata", "style"})
_USE = re.compile(r"#([^)]*)")


def draw(width: float, height: float, paint: Callable[[Figure], None]) -> str:
    """The SVG of what `paint` puts on a figure of this size in inches: the same bytes for the same figure."""
    out = StringIO()
    with rc_context(SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # the reader's browser has its own letters
        figure = Figure(figsize=(width, height), layout="constrained")
        paint(figure)
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(out, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    text = out.getvalue()
    return text[text.index("<svg") :].strip()


class StyleSheet:
    """The styles of all drawings of a page, each once: its policy allows no styles in elements."""

    def __init__(self) -> None:
        self._classes: dict[str, str] = {}

    def embed(self, svg: str, name: str, title: str, description: str) -> str:
        """The drawing as a part of a page, named in words for who cannot see it."""
        root = ElementTree.fromstring(svg)
        used = {target for element in root.iter() for target in _find_uses(element)}
        for element in root.iter():
            self._adapt(element, name, used)
        for key in ("width", "height", "version"):
            root.attrib.pop(key, None)
        root.attrib |= {"role": "img", "aria-labelledby": f"{name}-title", "aria-describedby": f"{name}-desc"}
        for place, (tag, words) in enumerate((("title", title), ("desc", description))):
            element = ElementTree.Element(tag, {"id": f"{name}-{tag}"})
            element.text = clean(words)
            root.insert(place, element)
        return ElementTree.tostring(root, encoding="unicode")

    def text(self) -> str:
        """The rules of all classes that were given out."""
        return "\n".join(f".{name} {{ {style} }}" for style, name in self._classes.items())

    def _adapt(self, element: ElementTree.Element, name: str, used: set[str]) -> None:
        """Tags without a namespace, names that are the page's own, styles as classes."""
        element.tag = element.tag.removeprefix(NAMESPACE)
        for child in [child for child in element if child.tag.removeprefix(NAMESPACE) in DROPPED]:
            element.remove(child)
        found = dict(element.attrib)
        element.attrib.clear()
        for key, value in found.items():
            match key:
                case "id":
                    if value in used:
                        element.set("id", f"{name}-{value}")
                case "style":
                    element.set("class", self._name(value.replace("url(#", f"url(#{name}-")))
                case _ if key == HREF:
                    element.set("href", f"#{name}-{value[1:]}")
                case _:
                    element.set(key, _recolour(value.replace("url(#", f"url(#{name}-")))

    def _name(self, style: str) -> str:
        rules = [rule.strip() for rule in style.split(";") if not rule.strip().startswith("font-family")]
        return self._classes.setdefault(_recolour("; ".join(rules)), f"d{len(self._classes)}")


def _find_uses(element: ElementTree.Element) -> Iterator[str]:
    """The names that an element's attributes point to."""
    for value in element.attrib.values():
        if value.startswith("#") or "url(#" in value:
            yield from _USE.findall(value)


def _recolour(style: str) -> str:
    for sentinel, colour in COLOURS.items():
        style = style.replace(sentinel, colour)
    return style
