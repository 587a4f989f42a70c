"""Arithmetic as a calculator's expression."""

from collections.abc import Callable, Sequence

from agent_brain.models.offline.plan import Node, Operation, Reference

INLINE_CHARACTERS_MAX = 200
"""Beyond it a reference to earlier arithmetic is written as its value."""

_TIGHTNESS = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2, "mod": 2, "**": 4}
_ATOM = 9


def render_expression(node: Node, value_of: Callable[[Node], str], inline: Callable[[int], Node | None]) -> str:
    """The operation as text, with no more parentheses than it needs; other nodes by their value."""
    return _render(node, value_of, inline)[0]


def _render(node: Node, value_of: Callable[[Node], str], inline: Callable[[int], Node | None]) -> tuple[str, int]:
    """The text, and how tightly its outermost sign binds."""
    if isinstance(node, Reference):
        source = inline(node.step)
        if isinstance(source, Operation):
            text, tightness = _render(source, value_of, inline)
            if len(text) <= INLINE_CHARACTERS_MAX:
                return text, tightness
    if not isinstance(node, Operation):
        text = value_of(node)
        return text, 3 if text.startswith("-") else _ATOM
    parts = [_render(part, value_of, inline) for part in node.parts]
    if node.sign == "%":
        return _wrap(parts[0], _ATOM) + "%", 8
    if node.sign == "-" and len(parts) == 1:
        return "-" + _wrap(parts[0], 4), 3
    if node.sign not in _TIGHTNESS:
        return f"{node.sign}({', '.join(text for text, _ in parts)})", _ATOM
    return _join(node.sign, parts), _TIGHTNESS[node.sign]


def _join(sign: str, parts: Sequence[tuple[str, int]]) -> str:
    tightness = _TIGHTNESS[sign]
    if sign == "**":
        return f"{_wrap(parts[0], _ATOM)}**{_wrap(parts[1], tightness)}"
    head = _wrap(parts[0], tightness)
    return head + "".join(f" {sign} {_wrap(part, tightness + 1)}" for part in parts[1:])


def _wrap(part: tuple[str, int], least: int) -> str:
    text, tightness = part
    return text if tightness >= least else f"({text})"
