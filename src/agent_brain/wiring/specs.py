"""Parts as people name them: `mask(5)+todo`, `reflexion(plan_execute, trials=3)`; read, never run."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from agent_brain.core.errors import SetupError


@dataclass(frozen=True, slots=True)
class Term:
    """A part's name, and what stands in brackets behind it."""

    name: str
    args: tuple["Term | str | int | float | bool | None", ...] = ()
    options: Mapping[str, "Term | str | int | float | bool | None"] = field(default_factory=dict)

    def __str__(self) -> str:
        given = [*map(_show, self.args), *(f"{name}={_show(value)}" for name, value in self.options.items())]
        return f"{self.name}({', '.join(given)})" if given else self.name


def parse_spec(text: str, what: str, example: str) -> list[Term]:
    """The terms of `a(1)+b`, in order.

    Raises: SetupError, which says what was wanted with an example.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        return [_read_term(node) for node in _split(tree)]
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = f" ({error})" if type(error) is ValueError else ""
        raise SetupError(
            f"{what} is {text!r:.100}{why}; wanted a name, or names with values such as {example}"
        ) from None


def _split(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_split(node.left), *_split(node.right)]
    return [node]


def _read_term(node: ast.expr) -> Term:
    match node:
        case ast.Name(id=name):
            return Term(name)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            options = {keyword.arg: _read_value(keyword.value) for keyword in keywords if keyword.arg}
            if len(options) < len(keywords):
                raise ValueError("** is no part's value")
            return Term(name, tuple(map(_read_value, args)), options)
    raise ValueError(f"{ast.unparse(node):.40} is no name")


def _read_value(node: ast.expr) -> Term | str | int | float | bool | None:
    match node:
        case ast.Name() | ast.Call():
            return _read_term(node)
        case ast.Constant(value=str() | int() | float() | bool() | None as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
    raise ValueError(f"{ast.unparse(node):.40} is neither a name nor a plain value")


def _show(value: object) -> str:
    return str(value) if isinstance(value, Term) else repr(value)
