"""SQL by name: the statements of one dialect, and the numbered scripts that make its tables.

`sql/DIALECT.sql` holds statements, each below a line `-- name: what_it_does`; comments above the first name are for the
reader. `sql/DIALECT_0001.sql` and so on are the migrations: number n takes a database from version n - 1 to n, and is
never changed once it was released.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_NAME = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)


@cache
def load_sql(name: str) -> Mapping[str, str]:
    """The statements of `sql/NAME.sql`. Raises: ValueError where two have one name."""
    _, *parts = _NAME.split(_read(f"{name}.sql"))
    names = parts[::2]
    if doubled := {one for one in names if names.count(one) > 1}:
        raise ValueError(f"{name}.sql has two statements called {', '.join(sorted(doubled))}")
    return dict(zip(names, (text.strip().removesuffix(";") for text in parts[1::2]), strict=True))


@cache
def load_migrations(name: str) -> tuple[str, ...]:
    """The scripts `sql/NAME_0001.sql` and on, in order; as many as the version that they lead to."""
    found = sorted(file.name for file in _folder().iterdir() if re.fullmatch(rf"{name}_\d{{4}}\.sql", file.name))
    wanted = [f"{name}_{number:04}.sql" for number in range(1, len(found) + 1)]
    if found != wanted:
        raise ValueError(f"the migrations of {name} are {', '.join(found)}; wanted {', '.join(wanted)}")
    return tuple(map(_read, found))


def _read(file: str) -> str:
    return (_folder() / file).read_text(encoding="utf-8")


def _folder() -> Traversable:
    return files("agent_brain.stores") / "sql"
