"""Houses: goals in which each door's key lies behind the one before, as worlds and the simulated model both say it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

TOOL = "open_door"
UNKNOWN = "?"
"""What an answer has in the place of a key that is not known."""
FOUND = re.compile(r"Behind door (\d+) of ([\w-]+) lies the key (\w+)\.")
ASKED = re.compile(
    r"[Oo]pen the (?P<doors>\d+) (?P<unlocked>unlocked )?doors of the house (?P<house>[\w-]+)"
    r"(?P<how> one after the other, with the tool open_door\.)?"
)
"""The goal, and, without its last words, whatever recites it."""
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_KEY_LENGTH = 6


@dataclass(frozen=True, slots=True)
class House:
    """What a goal says of its house."""

    name: str
    doors: int
    is_locked: bool = True

    def ask(self) -> str:
        """The goal."""
        if not self.is_locked:
            return (
                f"Open the {self.doors} unlocked doors of the house {self.name} one after the other, with the tool "
                f"{TOOL}. Each is opened without a key. When all of them are open, answer with the key that lies "
                "behind door 1, and nothing else."
            )
        return (
            f"Open the {self.doors} doors of the house {self.name} one after the other, with the tool {TOOL}. Door 1 "
            "is opened without a key; behind each door lies the key to the next one. When all of them are open, answer "
            "with the keys that lay behind them, in the order of the doors, separated by commas, and nothing else."
        )

    def recite(self) -> str:
        """What it is about, in few words."""
        return f"open the {self.doors} {'' if self.is_locked else 'unlocked '}doors of the house {self.name}"

    @property
    def answer(self) -> str:
        """The right answer."""
        return ", ".join(find_key(self.name, door) for door in (range(1, self.doors + 1) if self.is_locked else (1,)))


@lru_cache(maxsize=4096)
def find_key(house: str, door: int) -> str:
    """The key that lies behind a door."""
    digest = blake2b(f"{house}/{door}".encode(), digest_size=_KEY_LENGTH).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest)


def tell_found(house: str, door: int, key: str) -> str:
    """The sentence that says what lies behind a door."""
    return f"Behind door {door} of {house} lies the key {key}."


def garble(key: str, place: int) -> str:
    """A key that is not this one, but looks like it."""
    place %= max(len(key), 1)
    other = _LETTERS[(_LETTERS.find(key[place : place + 1]) + 1) % len(_LETTERS)]
    return f"{key[:place]}{other}{key[place + 1 :]}"


def read_house(text: str) -> tuple[House, str] | None:
    """The house of the first goal in a text, and what follows that goal."""
    found = ASKED.search(text)
    if found is None or not found["how"]:
        return None
    house = House(found["house"], int(found["doors"]), not found["unlocked"])
    return house, text[found.start() :].removeprefix(house.ask())
