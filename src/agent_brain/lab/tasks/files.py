"""Files of tasks: opened, packed or not, with errors that say what is the matter with them."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.lab.tasks.rows import read_object


def read_text(path: str | Path) -> str:
    """All of a file, also of one packed with gzip. Raises: SetupError."""
    file = Path(path).expanduser()
    try:
        data = file.read_bytes()
        return (gzip.decompress(data) if file.suffix == ".gz" else data).decode("utf-8-sig")
    except FileNotFoundError:
        raise SetupError(f"{file}: there is no such file") from None
    except (OSError, EOFError) as error:
        raise SetupError(f"{file} cannot be read: {error}") from None
    except UnicodeDecodeError as error:
        raise SetupError(f"{file}: wanted text in UTF-8; {error}") from None


def read_rows(path: str | Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a file of JSON lines, each with the words that say where it stands. Raises: SetupError."""
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.strip():
            where = f"{path}, line {number}"
            yield where, read_object(line, where)
