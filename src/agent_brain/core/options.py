"""What the options of nets, states and memories are held to: they may come from a name in brackets, as any value."""

from collections.abc import Collection

from agent_brain.core.errors import SetupError


def check_count(name: str, value: object, least: int = 1, most: int | None = None) -> None:
    """Let a whole number pass that is not too small, nor too large. Raises: SetupError."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise SetupError(f"{name} is {value!r:.60}; wanted a whole number of at least {least}")
    if most is not None and value > most:
        raise SetupError(f"{name} is {value!r:.60}; wanted at most {most:,}")


def check_choice(name: str, value: object, known: Collection[str]) -> None:
    """Let one of the known words pass. Raises: SetupError."""
    if value not in known:
        raise SetupError(f"{name} is {value!r:.60}; wanted one of: {', '.join(known)}")
