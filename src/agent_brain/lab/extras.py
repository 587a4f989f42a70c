"""What the lab needs beside the package itself: numpy, scipy and pyarrow, looked for before anything is paid."""

from collections.abc import Sequence
from importlib.util import find_spec

from agent_brain.core.errors import SetupError

NEEDED = ("numpy", "scipy", "pyarrow")
DRAWS = ("matplotlib",)
"""What a report needs beside these."""


def check_extra(more: Sequence[str] = ()) -> None:
    """Let an installation pass that can count what it has paid for. Raises: SetupError, which says what to install."""
    missing = [name for name in (*NEEDED, *more) if find_spec(name) is None]
    if missing:
        raise SetupError(f'the lab needs {", ".join(missing)}: pip install "agent-brain[lab]"')
