"""How much is tried: enough to find what breaks in `make test`, all of it in `make soak`."""

import os

IS_WHOLE = bool(os.environ.get("SOAK"))


def size(whole: int, short: int) -> int:
    """So many tries: all of them where it is a soak, else the few that a test of each change has time for."""
    return whole if IS_WHOLE else short
