"""Loads tools that a user names: a Python file, or `package.module:name`."""

import hashlib
import importlib
import inspect
import sys
import traceback
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from agent_brain.core.errors import SetupError, nearest_hint
from agent_brain.core.tooling import Tool
from agent_brain.tools.attempt import Attempt, describe
from agent_brain.tools.function_tool import FunctionTool, tool


def load_tools(path: str | Path) -> list[Tool]:
    """The tools of a Python file, in its order: what `@tool` or `as_tool` made, and its public objects with `__call__`.

    Only where nothing is made with `@tool`, its public functions with a docstring or annotations count too.
    Raises: SetupError.
    """
    file = Path(path).expanduser().resolve()
    module = _run(_compile(file), file)
    is_marked = any(map(_is_made, vars(module).values()))
    is_wanted = _is_tool if is_marked else _is_tool_or_function
    found = {id(value): value for name, value in vars(module).items() if is_wanted(name, value, module.__name__)}
    if not found:
        raise SetupError(
            f"{file}: found no tool, wanted functions with @tool, or with a docstring or annotations, "
            "or objects with __call__"
        )
    return [make_tool(value) for value in found.values()]


def load_tool(reference: str) -> Tool:
    """The tool that `package.module:name` names, or `FILE.py:name`. Raises: SetupError."""
    module_name, _, name = reference.rpartition(":")
    if not module_name or not name:
        raise SetupError(f"a tool is named as package.module:name or FILE.py:name, not as {reference!r}")
    if module_name.endswith(".py"):
        return make_tool(load_object(module_name, name))
    return make_tool(_import(module_name, name, f"tool {reference!r}"))


def load_object(place: str, name: str) -> Any:
    """What a Python file, or an installed module, calls by this name. Raises: SetupError."""
    if not place.endswith(".py"):
        return _import(place, name, f"{place}:{name}")
    file = Path(place).expanduser().resolve()
    found = vars(_run(_compile(file), file))
    if name not in found:
        known = sorted(key for key in found if not key.startswith("_"))
        raise SetupError(f"{file} has no {name!r}{nearest_hint(name, known)}")
    return found[name]


def _import(module_name: str, name: str, what: str) -> Any:
    attempt = Attempt()
    found: Any = None
    with attempt:
        found = importlib.import_module(module_name)
        for part in name.split("."):
            found = getattr(found, part)
    if attempt.failure is not None:
        raise SetupError(f"{what} cannot be loaded: {describe(attempt.failure)}") from attempt.failure
    return found


def _compile(file: Path) -> CodeType:
    if not file.exists():
        raise SetupError(f"{file}: there is no such file")
    if not file.is_file():
        raise SetupError(f"{file} is a directory, wanted a Python file")
    if file.suffix != ".py":
        raise SetupError(f"{file}: wanted a Python file, with a name that ends in .py")
    try:
        return compile(file.read_bytes(), str(file), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise SetupError(f"{file}, line {error.lineno}: {describe(error)}") from error
    except (OSError, ValueError) as error:
        raise SetupError(f"{file} cannot be read: {describe(error)}") from error


def _run(code: CodeType, file: Path) -> ModuleType:
    """Run it as a module that `sys.modules` knows, so that its classes can be dataclasses and be pickled.

    While it runs it can import what lies beside it.
    """
    name = f"agent_brain_tools_{file.stem}_{hashlib.sha256(str(file).encode()).hexdigest()[:12]}"
    module = ModuleType(name)
    module.__file__ = str(file)
    sys.modules[name] = module
    folder = str(file.parent)
    sys.path.append(folder)
    attempt = Attempt()
    try:
        with attempt:
            exec(code, vars(module))
    finally:
        sys.path.remove(folder)
    if attempt.failure is not None:
        del sys.modules[name]
        place = _get_line(attempt.failure, file)
        raise SetupError(f"{file}{place}: running it failed: {describe(attempt.failure)}") from attempt.failure
    return module


def _get_line(error: BaseException, file: Path) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    return f", line {lines[-1]}" if lines else ""


def _is_made(value: Any) -> bool:
    """True for what `@tool` made, and `as_tool`, whose class is a floor above."""
    is_ours = type(value).__module__.startswith("agent_brain.")
    return isinstance(value, FunctionTool) or (is_ours and not inspect.isclass(value) and _is_ready(value))


def _is_tool(name: str, value: Any, module: str) -> bool:
    """True for what `@tool` made, and for a public object that can be called and whose class is this module's own."""
    if _is_made(value):
        return True
    is_own = type(value).__module__ == module and not name.startswith("_")
    return is_own and not inspect.isclass(value) and (callable(value) or _is_ready(value))


def _is_tool_or_function(name: str, value: Any, module: str) -> bool:
    if not inspect.isfunction(value):
        return _is_tool(name, value, module)
    is_own = value.__module__ == module and not name.startswith("_")
    return is_own and bool(value.__doc__ or value.__annotations__)


def make_tool(value: Any) -> Tool:
    """A tool as it is, or made of a function. Raises: SetupError."""
    return value if _is_ready(value) else tool(value)


def _is_ready(value: Any) -> bool:
    return hasattr(value, "spec") and hasattr(value, "call")
