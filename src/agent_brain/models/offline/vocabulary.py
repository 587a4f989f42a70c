"""Words that stand for numbers, positions, months and spans of time."""

from collections.abc import Sequence
from fractions import Fraction


def split_words(text: str) -> list[str]:
    """The words of a table that is written as running text."""
    return text.split()


_SMALL = split_words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = split_words("twenty thirty forty fifty sixty seventy eighty ninety")
CARDINALS = {word: value for value, word in enumerate(_SMALL)} | {
    word: value for value, word in zip(range(20, 100, 10), _TENS, strict=True)
}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
WHOLES = {"dozen": 12, "half": Fraction(1, 2)}
ORDINALS = {
    word: value
    for value, word in enumerate(
        split_words(
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
            "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
        ),
        start=1,
    )
} | {"last": -1, "final": -1, "penultimate": -2, "middle": 0}
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
SPANS = {"day": "days", "week": "weeks", "month": "months", "year": "years"}
SPANS |= {plural: plural for plural in SPANS.values()}


def read_number_words(words: Sequence[str]) -> tuple[int, int]:
    """The value of the number words at the head of a list, and how many of them it took (0: none)."""
    total = group = used = 0
    for place, word in enumerate(words):
        parts = word.split("-")
        if all(part in CARDINALS for part in parts) and _continues(group, used, parts[0]):
            group += sum(CARDINALS[part] for part in parts)
        elif word in SCALES and used:
            group *= SCALES[word]
            if SCALES[word] > 100:
                total, group = total + group, 0
        elif word == "and" and used == place and words[place - 1 : place] and words[place - 1] in SCALES:
            continue
        else:
            break
        used = place + 1
    return total + group, used


def _continues(group: int, used: int, word: str) -> bool:
    """`twenty one` goes on, `two three` does not."""
    if not used or group % 100 == 0:
        return True
    return group % 100 >= 20 and group % 10 == 0 and 0 < CARDINALS[word] < 10
