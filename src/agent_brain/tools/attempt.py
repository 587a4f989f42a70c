"""The one place that catches whatever a stranger's code raises: a tool's body, or a file of tools on import."""

import asyncio
from types import TracebackType

MESSAGE_CHARACTERS_MAX = 2_000


class Attempt:
    """A block whose failure is kept as `failure` and goes no further.

    Caught are exceptions and `SystemExit`, because a tool that calls `sys.exit` must not end its host. Not caught are
    `KeyboardInterrupt`, `GeneratorExit` and `asyncio.CancelledError`: they are meant for whoever runs the tool.
    """

    __slots__ = ("failure",)

    def __init__(self) -> None:
        self.failure: BaseException | None = None

    def __enter__(self) -> "Attempt":
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Keep a failure; let everything else pass."""
        if not isinstance(error, (Exception, SystemExit)) or isinstance(error, asyncio.CancelledError):
            return False
        self.failure = error
        return True


def describe(error: BaseException) -> str:
    """`TypeName: message`, bounded, without a traceback; never raises, whatever the error's own `__str__` does."""
    told = Attempt()
    message = ""
    with told:
        message = str(error)
    kind = type(error).__name__
    if len(message) > MESSAGE_CHARACTERS_MAX:
        message = f"{message[:MESSAGE_CHARACTERS_MAX]}... ({len(message) - MESSAGE_CHARACTERS_MAX} more characters)"
    return f"{kind}: {message}" if message else kind
