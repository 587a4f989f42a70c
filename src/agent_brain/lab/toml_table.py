"""A table of an experiment's file, read key by key: a wrong value or an unknown key is told with its place."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

from agent_brain.core.errors import SetupError, nearest_hint

T = TypeVar("T")
KINDS: Mapping[type, str] = {
    str: "a text", bool: "true or false", int: "a whole number", float: "a number", list: "a list", dict: "a table",
}  # fmt: skip


class Table:
    """Hands out values by key and knows which of them nobody has asked for."""

    def __init__(self, data: object, where: str) -> None:
        """`where`: for messages, such as `the file, table [grid]`. Raises: SetupError for what is no table."""
        if not isinstance(data, Mapping):
            raise SetupError(f"{where} is {data!r:.80}; wanted a table")
        self.where = where
        self._data: dict[str, Any] = dict(data)
        self._asked: set[str] = set()

    def take(self, name: str, kind: type[T], default: T) -> T:
        """The value of this key. Raises: SetupError for one of another kind."""
        found = self.take_some(name, kind)
        return default if found is None else found

    def take_some(self, name: str, kind: type[T]) -> T | None:
        """As `take`, and None where there is no such key."""
        self._asked.add(name)
        if name not in self._data:
            return None
        value: Any = self._data[name]
        wanted: tuple[type, ...] = (int, float) if kind is float else (kind,)
        if not isinstance(value, wanted) or (isinstance(value, bool) and kind is not bool):
            raise SetupError(f"{self.where}: {name} is {value!r:.80}; wanted {KINDS[kind]}")
        return cast(T, float(cast(float, value)) if kind is float else value)

    def take_any(self, name: str, default: Any = None) -> Any:
        """The value of this key, whatever it is."""
        self._asked.add(name)
        return self._data.get(name, default)

    def take_rest(self) -> dict[str, Any]:
        """All that nobody has asked for."""
        rest = {name: value for name, value in self._data.items() if name not in self._asked}
        self._asked |= rest.keys()
        return rest

    def close(self) -> None:
        """Let the table pass where every key was asked for. Raises: SetupError."""
        refuse_unknown(self._data, self._asked, self.where)


def refuse_unknown(names: Iterable[str], known: Iterable[str], where: str) -> None:
    """Let names pass that are known. Raises: SetupError with the nearest ones."""
    names_known = sorted(known)
    for name in names:
        if name not in names_known:
            raise SetupError(
                f"{where}: unknown key {name!r}{nearest_hint(name, names_known)}; known: {', '.join(names_known)}"
            )
