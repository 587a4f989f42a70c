"""An arm: one combination of parts that an experiment tries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Arm:
    """One brain to be compared with others: the keywords of `Brain`, and the name that results give it.

    `factors` are the levels that it stands for in a grid: `{"net": "refact", "memory": "mask"}`.
    """

    name: str
    parts: Mapping[str, Any] = field(default_factory=dict)
    """As `Brain` takes them; by name where trials are to run in several processes."""
    factors: Mapping[str, str] = field(default_factory=dict)
