"""KeyChain: houses in which each door's key lies behind the one before, under more words than anybody needs."""

import re
from functools import lru_cache
from hashlib import blake2b

from agent_brain.core.usage import CHARACTERS_PER_TOKEN
from agent_brain.lab.task import Task
from agent_brain.models.simulated.houses import FOUND, House, find_key, tell_found
from agent_brain.tools.function_tool import tool

FILLERS = (150, 300, 600)
"""Tokens that stand around a key, as long as nobody says how many."""
MIXED = "mixed"
DOORS = 6
SPARE_STEPS = 5
"""Steps beyond one for each door that arms are given: `react(steps_max=11)`."""
_WORDS = re.findall(
    r"\w+",
    "dust lies on the floor and the paper comes off the walls here and there a chair stands by the window which "
    "looks out over the yard and nobody has sat on it for years as it seems the lamp still burns",
)
_LINE_WORDS = 16


class DoorStaysShut(Exception):
    """The key does not fit."""


@tool(read_only=True)
async def open_door(house: str, door: int, key: str = "") -> str:
    """Open a door of a house with the key to it, and look at what lies behind it; door 1 needs no key."""
    if door < 1:
        raise DoorStaysShut(f"there is no door {door}")
    found = FOUND.search(key)
    if door > 1 and not house.endswith(UNLOCKED) and (found[3] if found else key) != find_key(house, door - 1):
        raise DoorStaysShut(f"door {door} stays shut: the key does not fit")
    return _show(house, door)


UNLOCKED = "-u"
"""How the names of houses end whose doors need no keys."""


def make_tasks(
    count: int, seed: int = 0, *, doors: int = DOORS, filler: int | str = MIXED, is_locked: bool = True
) -> list[Task]:
    """So many houses. `filler`: tokens that stand around each key; `mixed`: 150, 300 or 600."""
    ending = "" if is_locked else UNLOCKED
    houses = [House(f"K{seed}-{number}-{filler}{ending}", doors, is_locked) for number in range(count)]
    return [Task(house.name, (house.ask(),), house.answer, evaluator="exact", tools=(open_door,)) for house in houses]


@lru_cache(maxsize=2048)
def _show(house: str, door: int) -> str:
    """What lies behind a door: a pure function of both."""
    _, _, filler = house.removesuffix(UNLOCKED).rpartition("-")
    chance = int.from_bytes(blake2b(f"{house}:{door}".encode(), digest_size=8).digest())
    tokens = int(filler) if filler.isdigit() else FILLERS[chance % len(FILLERS)]
    told = tell_found(house, door, find_key(house, door))
    if not tokens:
        return told
    return f"{told}\n{_fill(tokens * CHARACTERS_PER_TOKEN, chance % 997)}"


def _fill(characters: int, start: int) -> str:
    return _FILLER[start : start + characters]


def _write_filler(characters: int) -> str:
    lines, length, place = [], 0, 0
    while length < characters:
        line = " ".join(_WORDS[(place + number * 7) % len(_WORDS)] for number in range(_LINE_WORDS))
        lines.append(line)
        length += len(line) + 1
        place += 11
    return "\n".join(lines)


_FILLER = _write_filler(8000)
