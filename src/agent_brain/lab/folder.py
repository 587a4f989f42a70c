"""An experiment's folder: its journal, its rows, what it was made of, and who runs it at present."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.stores.sqlite import SqliteStore

EXPERIMENT, JOURNAL, ROWS, TABLE = "experiment.json", "journal.db", "trials.jsonl", "trials.parquet"
LOCK, STOP, PROGRESS = "lock", "stop", "progress.json"
FORMAT = 1
"""Of what an experiment was made of: a later one is of a later version, and is neither read nor written over."""


class Folder:
    """Where an experiment is kept; it is made with the first use."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.rows = self.path / ROWS
        self.table = self.path / TABLE
        self.journal = self.path / JOURNAL

    @classmethod
    def find(cls, name: str) -> "Folder":
        """The folder of this name, or of the experiment's file of this name. Raises: SetupError where there is none."""
        path = Path(name)
        folder = cls.of_file(path) if path.suffix == ".toml" else cls(path)
        if not folder.has_experiment:
            raise SetupError(f"no experiment was run in {folder.path}; `agent-brain lab run FILE.toml` makes one")
        return folder

    @classmethod
    def of_file(cls, file: Path) -> "Folder":
        """The folder of an experiment's file: beside it, with its name."""
        return cls(file.with_suffix("") if file.suffix else file.with_name(f"{file.name}.lab"))

    def open_store(self) -> SqliteStore:
        """The store of its trials' runs."""
        return SqliteStore(self.journal)

    @property
    def has_experiment(self) -> bool:
        """True once one was begun in it."""
        return (self.path / EXPERIMENT).is_file()

    def read(self) -> Mapping[str, Any]:
        """What it was made of, as `describe_experiment` has it. Raises: SetupError for no such file, or a later one."""
        data = self._read_json(EXPERIMENT)
        found = data.get("format", FORMAT)
        if not isinstance(found, int) or found > FORMAT:
            raise SetupError(
                f"{self.path / EXPERIMENT}: its format is {found!r:.80}; this version knows formats up to {FORMAT}: a "
                "later agent-brain wrote it, and goes on with it"
            )
        return data

    def check_name(self, experiment: str) -> None:
        """Let an experiment in that is of this folder, or the first one. Raises: SetupError: rows would be lost."""
        found = self.read().get("name", experiment) if self.has_experiment else experiment
        if found != experiment:
            raise SetupError(
                f"{self.path} holds the experiment {found!r}, and this one is {experiment!r}: rows would be lost; "
                f"wanted another folder, or name = {found!r} to go on with it"
            )

    def read_progress(self) -> Mapping[str, Any]:
        """How far it was when somebody last ran it; empty where nobody has."""
        return self._read_json(PROGRESS) if (self.path / PROGRESS).is_file() else {}

    def write(self, name: str, data: Mapping[str, Any]) -> None:
        """Put JSON into one of its files, whole or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        place = self.path / f"{name}.part"
        place.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", errors="replace")
        os.replace(place, self.path / name)

    @property
    def is_stop_wanted(self) -> bool:
        """True once somebody has asked for it to be stopped."""
        return (self.path / STOP).exists()

    def ask_to_stop(self) -> int | None:
        """Ask whoever runs it to stop, and give that process's number; None where nobody does."""
        runner = self.find_runner()
        if runner is not None:
            (self.path / STOP).touch()
        return runner

    def find_runner(self) -> int | None:
        """The number of the process that runs it; None for none, also where one was killed."""
        place = self.path / LOCK
        if not place.is_file():
            return None
        with place.open("a+" if os.access(place, os.W_OK) else "r") as file:  # who may only read may ask
            if _lock(file.fileno()):
                return None
            file.seek(0)
            return int(file.read().strip() or 0)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Run it alone meanwhile. Raises: SetupError where another process does."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / LOCK).open("a+") as file:
            if not _lock(file.fileno()):
                file.seek(0)
                raise SetupError(
                    f"process {file.read().strip()} runs the experiment in {self.path} already; "
                    f"`agent-brain lab status {self.path}` shows it, `agent-brain lab stop {self.path}` stops it"
                )
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            with suppress(FileNotFoundError):
                (self.path / STOP).unlink()
            yield

    def _read_json(self, name: str) -> Mapping[str, Any]:
        place = self.path / name
        try:
            data = json.loads(place.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SetupError(f"{place} cannot be read: {error}") from error
        if not isinstance(data, dict):
            raise SetupError(f"{place} holds {type(data).__name__}; wanted an object")
        return data


def _lock(descriptor: int) -> bool:
    """Take a file's lock, which ends with its process; False where another one has it."""
    try:
        import fcntl
    except ImportError:  # Windows: two processes there have to be told apart by whoever starts them
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
