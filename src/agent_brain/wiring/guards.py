"""Guards as they are given to a brain: a function or several, each checked for what it will be called with."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.guards import AfterTool, BeforeAnswer, BeforeTool, Guards

_WANTED = {
    "before_tool": ("action", "context"),
    "after_tool": ("action", "observation", "context"),
    "before_answer": ("text", "context"),
}


def make_guards(
    before_tool: BeforeTool | Sequence[BeforeTool],
    after_tool: AfterTool | Sequence[AfterTool],
    before_answer: BeforeAnswer | Sequence[BeforeAnswer],
) -> Guards:
    """The guards of a brain. Raises: SetupError for what cannot be called as a guard is."""
    return Guards(
        _check("before_tool", before_tool), _check("after_tool", after_tool), _check("before_answer", before_answer)
    )


def _check(what: str, given: Any) -> tuple[Any, ...]:
    guards = tuple(given) if isinstance(given, list | tuple) else (given,)
    for guard in guards:
        if not callable(guard):
            raise SetupError(f"{what} is {guard!r:.80}; wanted a function or a list of functions")
        _check_signature(what, guard)
    return guards


def _check_signature(what: str, guard: Callable[..., Any]) -> None:
    wanted = _WANTED[what]
    try:
        signature = inspect.signature(guard)
    except (TypeError, ValueError):  # some built-in functions have none
        return
    try:
        signature.bind(*wanted)
    except TypeError:
        name = getattr(guard, "__qualname__", type(guard).__qualname__)
        raise SetupError(f"{what} has {name}{signature}; wanted a function of ({', '.join(wanted)})") from None
