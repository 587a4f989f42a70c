"""How long an adapter waits for what, in seconds."""

from dataclasses import dataclass, fields

from agent_brain.core.errors import SetupError


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Comments that a server sends to keep a connection alive do not count as a sign of life.

    Raises: SetupError for what is no number of seconds above 0.
    """

    connect: float = 5.0
    first: float = 300.0
    """From the request to the first data event; long prompts and cold models take their time."""
    idle: float = 120.0
    """Between two data events."""
    rest: float = 5.0
    """After the finish reason, for the usage and the end of the stream; then the reply is taken as it is."""
    end: float = 0.25
    """After [DONE], for the end of the body, which lets the connection be used again."""

    def __post_init__(self) -> None:
        """Refuse waits that no server could keep."""
        for entry in fields(self):
            seconds = getattr(self, entry.name)
            if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
                raise SetupError(f"timeouts: {entry.name} is {seconds!r:.60}; wanted seconds, more than 0")
