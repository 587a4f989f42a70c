"""A question understood: steps, each a tree of literals, arithmetic, tool calls and references to other steps."""

from dataclasses import dataclass
from typing import Any

_COUNTING = frozenset({"count_in_text", "count_occurrences", "days_between", "sum_digits"})

Value = str | int | float | bool | tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the question, or that an earlier question of the conversation gave."""

    value: Value


@dataclass(frozen=True, slots=True)
class Reference:
    """The value of an earlier step."""

    step: int


@dataclass(frozen=True, slots=True)
class UnitOf:
    """The unit behind a number: `km` of `16.09 km`."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class Operation:
    """Arithmetic: a sign between two parts, `%` (percent) or `-` before one, or the name of a function."""

    sign: str
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A tool and its arguments."""

    tool: str
    args: tuple[tuple[str, "Node"], ...] = ()


@dataclass(frozen=True, slots=True)
class Several:
    """A list of values, for functions that take many."""

    parts: tuple["Node", ...]


Node = Literal | Reference | UnitOf | Operation | Call | Several


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was asked; `node` is None where it was not understood."""

    text: str
    node: Node | None


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a question asks, in order."""

    steps: tuple[Step, ...]
    cut: bool = False
    """The question was longer than what is read of it."""

    @property
    def is_understood(self) -> bool:
        """True when at least one step can be tried."""
        return any(step.node is not None for step in self.steps)


def call(tool: str, **args: "Node | Value") -> Call:
    """A call with literals wrapped."""
    return Call(tool, tuple((name, wrap(value)) for name, value in args.items()))


def operation(sign: str, *parts: "Node | Value") -> Operation:
    """An operation with literals wrapped, lists spread."""
    nodes: list[Node] = []
    for part in map(wrap, parts):
        nodes.extend(part.parts if isinstance(part, Several) else (part,))
    return Operation(sign, tuple(nodes))


def wrap(value: "Node | Value") -> Node:
    """The value as a node."""
    return value if isinstance(value, Literal | Reference | UnitOf | Operation | Call | Several) else Literal(value)


def children_of(node: Node) -> tuple[Node, ...]:
    """The nodes right below this one."""
    if isinstance(node, Call):
        return tuple(value for _, value in node.args)
    if isinstance(node, Operation | Several):
        return node.parts
    return (node.node,) if isinstance(node, UnitOf) else ()


def refers_to(node: Node, step: int) -> bool:
    """True where the node, or one below it, is the value of this step."""
    return node == Reference(step) or any(refers_to(child, step) for child in children_of(node))


def is_plain_value(node: Node) -> bool:
    """True for a literal, a negative one or a percentage: nothing is worked out."""
    is_signed = isinstance(node, Operation) and node.sign in ("-", "%") and len(node.parts) == 1
    return isinstance(node, Literal) or (is_signed and all(map(is_plain_value, children_of(node))))


def is_number(node: Node | None) -> bool:
    """True for arithmetic and for tools that count."""
    return isinstance(node, Operation) or (isinstance(node, Call) and node.tool in _COUNTING)


def is_conversion(node: Node) -> bool:
    """True for a number with a unit."""
    return isinstance(node, Call) and node.tool == "convert_units"
