"""`tool`: makes a tool out of a function, an async function, an async generator or a callable object."""

import difflib
import inspect
import re
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from importlib import import_module
from typing import Any, Generic, ParamSpec, SupportsIndex, TypeVar, overload

from agent_brain.core.errors import RunError, SetupError
from agent_brain.core.items import FaultKind, Observation, OutcomeStatus
from agent_brain.core.tooling import ToolSpec
from agent_brain.tools.arguments import Arguments
from agent_brain.tools.attempt import Attempt, describe
from agent_brain.tools.running import OutOfTime, await_result, run_in_thread, stream_items
from agent_brain.tools.signature import Signature, get_body, get_default_name, read_signature

P = ParamSpec("P")
R = TypeVar("R")

NAME_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What OpenAI-compatible servers take as a tool's name."""
RESET_SECONDS = 60.0


@dataclass(frozen=True)
class FunctionTool(Generic[P, R]):
    """A function that a model can have called; called as a function it still is that function.

    An async generator's items are progress, shown as they come, and the last one is the result as well. A blocking
    function runs in a daemon thread. A tool that runs out of time has status `unknown`, since it may have taken effect,
    or `failed` where it is read-only. One that needs approval is held back until a person allows it: always, never, or
    as a function of its arguments says; where that function fails, a person is asked.
    """

    function: Callable[P, R]
    name: str
    description: str | None = None
    """None: from the docstring."""
    timeout_seconds: float | None = None
    read_only: bool = False
    idempotent: bool = False
    needs_approval: bool | Callable[[Mapping[str, Any]], bool] = False
    """The function gets the arguments as the tool would; those that do not fit are the tool's to refuse."""
    approval_seconds: float | None = None
    """How long a person has to allow it; then it is refused. None: for ever."""
    parallel: bool = True
    """May run beside the other actions of its turn; False: the others wait for it, and it waits for them."""
    reset: Callable[..., Any] | None = None
    """Undoes all that it has changed, async or not: nets that try anew call it. In a class, a method like the tool."""

    def __post_init__(self) -> None:
        check(self)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function itself."""
        return self.function(*args, **kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> "FunctionTool[..., R]":
        """As a function in a class does: the tool of an instance is bound to it."""
        bind = getattr(self.function, "__get__", None)
        if instance is None or bind is None:
            return self
        reset = getattr(self.reset, "__get__", None)
        return replace(
            self,
            function=bind(instance, owner),
            reset=self.reset if reset is None else reset(instance, owner),
        )

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """What takes the place of a function in its module is pickled as that function would be: by its name."""
        place = str(getattr(self.function, "__module__", "")), str(getattr(self.function, "__qualname__", ""))
        return (find_named, place) if find_named(*place) is self else super().__reduce_ex__(protocol)

    @cached_property
    def spec(self) -> ToolSpec:
        """What a model is told of it. Raises: SetupError where annotations cannot be a schema."""
        description = self._signature.description if self.description is None else self.description
        return ToolSpec(
            self.name,
            description,
            self._arguments.schema,
            self.read_only,
            self.idempotent,
            self.timeout_seconds,
            self.needs_approval if isinstance(self.needs_approval, bool) else self._is_approval_needed,
            self.approval_seconds,
            self.parallel,
            reset=None if self.reset is None else self._reset,
        )

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[str | Observation, None]:
        """Stream progress, and last of all one observation."""
        values = self._read(args)
        if isinstance(values, Observation):
            yield values
            return
        if self._signature.id_parameter:
            values[self._signature.id_parameter] = action_id
        call = partial(self.function, **values)
        if not inspect.isasyncgenfunction(get_body(self.function)):
            yield await self._run(call)
            return
        try:
            async with aclosing(stream_items(call, self.timeout_seconds)) as pieces:  # type: ignore[arg-type]  # its R
                async for piece in pieces:
                    yield piece
        except OutOfTime:
            yield self._late
        return

    async def _reset(self) -> None:
        assert self.reset is not None  # `spec` tells of no other
        is_async = inspect.iscoroutinefunction(get_body(self.reset))
        running = await_result(self.reset(), RESET_SECONDS) if is_async else run_in_thread(self.reset, RESET_SECONDS)
        try:
            outcome = await running
        except OutOfTime:
            raise RunError(f"tool {self.name!r} was not reset within {RESET_SECONDS:g} s") from None
        if outcome.is_error:
            raise RunError(f"tool {self.name!r} could not be reset: {outcome.text}")

    def _is_approval_needed(self, args: Mapping[str, Any]) -> bool:
        assert callable(self.needs_approval)  # `spec` asks no other
        values = self._read(args)
        if isinstance(values, Observation):
            return False
        attempt = Attempt()
        with attempt:
            return bool(self.needs_approval(values))
        return True

    def _read(self, args: Mapping[str, Any]) -> dict[str, Any] | Observation:
        attempt = Attempt()
        with attempt:
            values = self._arguments.read(args)
            if isinstance(values, str):
                return Observation(values, OutcomeStatus.FAILED, FaultKind.WRONG_ARGUMENTS)
            return values
        if isinstance(attempt.failure, SetupError):
            raise attempt.failure
        return Observation(describe(attempt.failure or Exception()), OutcomeStatus.FAILED)

    async def _run(self, call: Callable[[], Any]) -> Observation:
        try:
            if inspect.iscoroutinefunction(get_body(self.function)):
                return await await_result(call(), self.timeout_seconds)
            return await run_in_thread(call, self.timeout_seconds)
        except OutOfTime:
            return self._late

    @property
    def _late(self) -> Observation:
        said = f"{self.name} did not end within {self.timeout_seconds} s"
        if self.read_only:
            return Observation(f"{said}; it changes nothing, so it can be called again", OutcomeStatus.FAILED)
        again = "; calling it again does no harm" if self.idempotent else ": check before calling it again"
        return Observation(
            f"{said}: it may still be running, and it may have taken effect{again}", OutcomeStatus.UNKNOWN
        )

    @cached_property
    def _signature(self) -> Signature:
        return read_signature(self.name, self.function)

    @cached_property
    def _arguments(self) -> Arguments:
        return Arguments.of(self.name, self._signature)


OPTIONS = tuple(entry.name for entry in fields(FunctionTool) if entry.name != "function")
"""What `tool` takes beside the function."""


def find_named(module: str, name: str) -> object:
    """What stands in a module under this name; None where there is nothing."""
    try:
        found: object = sys.modules[module] if module in sys.modules else import_module(module)
    except (ImportError, ValueError):
        return None
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


@overload
def tool(function: Callable[P, R], /) -> FunctionTool[P, R]: ...
@overload
def tool(
    function: Callable[P, R],
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    timeout_seconds: float | None = None,
    read_only: bool = False,
    idempotent: bool = False,
    needs_approval: bool | Callable[[Mapping[str, Any]], bool] = False,
    approval_seconds: float | None = None,
    parallel: bool = True,
    reset: Callable[..., Any] | None = None,
) -> FunctionTool[P, R]: ...
@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    timeout_seconds: float | None = None,
    read_only: bool = False,
    idempotent: bool = False,
    needs_approval: bool | Callable[[Mapping[str, Any]], bool] = False,
    approval_seconds: float | None = None,
    parallel: bool = True,
    reset: Callable[..., Any] | None = None,
) -> Callable[[Callable[P, R]], FunctionTool[P, R]]: ...
def tool(function: Any = None, /, **options: Any) -> Any:
    """Make a tool, as `@tool`, as `@tool(read_only=True)` or as `tool(function, name="...")`.

    - `name`, `description`: in place of the function's own.
    - `timeout_seconds`: how long a call may take; `read_only`, `idempotent`: what a call that did not end means.
    - `needs_approval`: a person allows it first, always or where this function of the arguments says so;
      `approval_seconds`: how long that is waited for.
    - `parallel`: False lets it run alone, not beside the other actions of its turn.
    - `reset`: undoes all that it has changed, for nets that try anew.

    Raises: SetupError where it cannot be one: a name that servers refuse, a sync generator, a class instead of an
    instance. Types that cannot be a schema are found when `spec` is first read.
    """
    for name in options.keys() - OPTIONS:
        close = difflib.get_close_matches(name, OPTIONS, n=1)
        meant = f"; did you mean {close[0]!r}?" if close else ""
        raise SetupError(f"a tool has no option {name!r}{meant}; known: {', '.join(OPTIONS)}")
    if function is None:
        return lambda decorated: tool(decorated, **options)
    if isinstance(function, FunctionTool):
        return replace(function, **{key: value for key, value in options.items() if value is not None})
    if not callable(function) and not isinstance(function, staticmethod):
        raise SetupError(f"a tool is made of a function or a callable object, not of {function!r:.100}")
    return FunctionTool(function, options.pop("name", None) or get_default_name(function), **options)


def check(made: FunctionTool[..., Any]) -> None:
    """Let a tool pass that can be called. Raises: SetupError."""
    if not NAME_PATTERN.fullmatch(made.name):
        raise SetupError(
            f"a tool cannot be called {made.name!r:.100}: wanted 1 to 64 of A-Z a-z 0-9 _ -; give it one with name=..."
        )
    if inspect.isclass(made.function):
        raise SetupError(f"tool {made.name!r} is a class: give an instance, {made.function.__name__}(...)")
    if inspect.isgeneratorfunction(get_body(made.function)):
        raise SetupError(f"tool {made.name!r} is a sync generator: write it with `async def`, or return a list")
    if inspect.iscoroutinefunction(made.needs_approval):
        raise SetupError(f"tool {made.name!r}: needs_approval is async; wanted true, false or a plain function")
    if made.reset is not None and not callable(made.reset):
        raise SetupError(f"tool {made.name!r}: reset is {made.reset!r:.60}; wanted a function that undoes what it did")
    if made.approval_seconds is not None and not made.approval_seconds > 0:
        raise SetupError(f"tool {made.name!r}: approval_seconds is {made.approval_seconds}, wanted more than 0")
    if made.timeout_seconds is not None and not made.timeout_seconds > 0:
        raise SetupError(f"tool {made.name!r}: timeout_seconds is {made.timeout_seconds}, wanted more than 0")
