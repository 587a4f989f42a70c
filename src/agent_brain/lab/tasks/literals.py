"""Lists of tasks that a Python file writes down: read as syntax, and never run."""

import ast
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.lab.tasks.files import read_text

CALLS = ("Task", "Action")
"""Names whose calls stand for their keywords."""


def read_literals(file: Path) -> list[tuple[str, Any]]:
    """The entries of the file's list, each with the words that say where it stands. Raises: SetupError."""
    try:
        body = ast.parse(read_text(file)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SetupError(f"{file} is no Python: {error}") from None
    for part in body:
        value = part.value if isinstance(part, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.List) and value.elts:
            return [(f"{file}, line {node.lineno}", _read(node, file)) for node in value.elts]
    raise SetupError(f"{file} writes down no list of tasks")


def _read(node: ast.expr, file: Path) -> Any:
    match node:
        case ast.Call(func=ast.Name(id=name), args=[], keywords=keywords) if name in CALLS:
            return {keyword.arg: _read(keyword.value, file) for keyword in keywords if keyword.arg}
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_read(part, file) for part in parts]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return {str(_read(key, file)): _read(value, file) for key, value in pairs if key is not None}
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        raise SetupError(f"{file}, line {node.lineno}: {ast.unparse(node):.60} is no plain value") from None
