"""Forks that cost the same however long the past is: two have the same lists and dicts until one of them is changed."""

from typing import Any, ClassVar, Self

APART = frozenset({"_derived", "_fresh", "_is_urgent"})
"""What a fork begins without: it belongs to the one that is forked alone."""


class Forkable:
    """What has its data in slots, and changes it in one place, which calls `_part` first where it is shared."""

    __slots__ = ("_is_shared",)

    _forked: ClassVar[tuple[str, ...]] = ()
    """The slots of a class, but for those that a fork begins without."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        slots = (name for base in cls.__mro__ for name in getattr(base, "__slots__", ()))
        cls._forked = tuple(name for name in slots if name not in APART and name not in Forkable.__slots__)

    def __init__(self) -> None:
        self._is_shared = False
        """A fork has the same lists and dicts: whichever of the two is changed next makes itself copies of them."""

    def fork(self) -> Self:
        """An equal one with a future of its own."""
        twin = type(self)()
        for name in self._forked:
            setattr(twin, name, getattr(self, name))
        self._is_shared = twin._is_shared = True
        return twin

    def _part(self) -> None:
        """Have lists and dicts of its own, and forks of what can be forked in them."""
        self._is_shared = False
        for name in self._forked:
            value = getattr(self, name)
            if isinstance(value, dict):
                is_deep = isinstance(next(iter(value.values()), None), Forkable)
                setattr(self, name, {key: entry.fork() for key, entry in value.items()} if is_deep else value.copy())
            elif isinstance(value, list):
                setattr(self, name, value.copy())
