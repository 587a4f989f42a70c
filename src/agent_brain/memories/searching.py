"""Search over texts: by the words that they share with a query, and by their embeddings where there are some.

BM25 as Lucene has it (Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009), divided by
what a text would have that holds nothing but the query, so that a threshold means the same for every query.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from agent_brain.core.archive import Entry
from agent_brain.memories.embedding import KEY, Embed, embed_all

SATURATION = 1.2
"""BM25's k1: how soon a word that is repeated counts no more."""
LENGTH = 0.75
"""BM25's b: how much a long text counts less."""
ALIKE = 0.9
"""Texts that share so many of their words are one."""

_DENSE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
"""Scripts that are written without spaces, or in which a word is a few characters."""
_WORD = re.compile(rf"[^\W{_DENSE}]+|[{_DENSE}]+")
_IS_DENSE = re.compile(rf"[{_DENSE}]")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found, and how relevant it is, at most 1."""

    entry: Entry
    score: float


def split_words(text: str) -> list[str]:
    """The words of a text, in small letters and in the singular; of dense scripts each two neighbours."""
    words: list[str] = []
    for word in _WORD.findall(text.casefold()):
        is_plain = len(word) < 3 or not _IS_DENSE.match(word)
        words += [_cut_plural(word)] if is_plain else [word[place : place + 2] for place in range(len(word) - 1)]
    return words


def _cut_plural(word: str) -> str:
    """The word without the ending of a plural, and of verbs: `ships`, `lives`. Source: Harman's S stemmer, 1991."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("us", "ss")):
        return word
    return word[:-3] + "y" if word.endswith("ies") and not word.endswith(("eies", "aies")) else word[:-1]


def score_words(query: str, texts: Sequence[str]) -> list[float]:
    """How well each text fits a query by their words: from 0 to 1."""
    wanted = set(split_words(query))
    if not texts or not wanted:
        return [0.0] * len(texts)
    begins = {word[:3] for word in wanted}
    bags = [_count_wanted(text, wanted, begins) for text in texts]
    average = sum(length for _, length in bags) / len(bags) or 1.0
    weights = {word: _weigh(sum(word in bag for bag, _ in bags), len(bags)) for word in sorted(wanted)}
    best = sum(weights.values()) * (SATURATION + 1)
    return [
        sum(weights[word] * _saturate(bag[word], length / average) for word in weights if word in bag) / best
        for bag, length in bags
    ]


def score_embeddings(query: Sequence[float], others: Sequence[Sequence[float] | None]) -> list[float]:
    """The cosine of each with the query; 0 for one that is missing, or of another length."""
    return [_get_cosine(query, other) if other and len(other) == len(query) else 0.0 for other in others]


def choose(hits: Sequence[Hit], top: int, threshold: float = 0.0) -> list[Hit]:
    """The best that reach the threshold, best first, the later of equals; of those that say the same, the first."""
    chosen: list[Hit] = []
    bags: list[set[str]] = []
    for _, hit in sorted(enumerate(hits), key=lambda pair: (pair[1].score, pair[0]), reverse=True):
        if hit.score < threshold or len(chosen) == top:
            break
        bag = set(split_words(hit.entry.text))
        if not any(_is_alike(bag, other) for other in bags):
            chosen.append(hit)
            bags.append(bag)
    return chosen


async def relate(query: str, entries: Sequence[Entry], embed: Embed | None = None) -> list[tuple[float, float]]:
    """How well each entry fits a query: by all that is known of it, and by its meaning alone where that is known.

    With embeddings the first is the mean of both, and the second that of the meaning; without, both are that of words.
    """
    words = score_words(query, [entry.text for entry in entries])
    if embed is None or not entries:
        return [(score, score) for score in words]
    [wanted] = await embed_all(embed, [query])
    meanings = score_embeddings(wanted, [entry.data.get(KEY) for entry in entries])
    return [((score + meaning) / 2, meaning) for score, meaning in zip(words, meanings, strict=True)]


async def find_relevant(
    query: str, entries: Sequence[Entry], threshold: float, embed: Embed | None = None
) -> list[Hit]:
    """The entries that have to do with a query and whose meaning, where it is known, reaches the threshold."""
    found = zip(entries, await relate(query, entries, embed), strict=True)
    return [Hit(entry, score) for entry, (score, meaning) in found if score > 0 and meaning >= threshold]


def find_by_words(query: str, entries: Sequence[Entry]) -> list[Hit]:
    """All entries that share words with a query."""
    scores = score_words(query, [entry.text for entry in entries])
    return [Hit(entry, score) for entry, score in zip(entries, scores, strict=True) if score > 0]


def _weigh(having: int, texts: int) -> float:
    """What a word is worth that so many of the texts have."""
    return math.log(1 + (texts - having + 0.5) / (having + 0.5))


def _saturate(times: int, length: float) -> float:
    return times * (SATURATION + 1) / (times + SATURATION * (1 - LENGTH + LENGTH * length))


def _count_wanted(text: str, wanted: set[str], begins: set[str]) -> tuple[Counter[str], int]:
    """How often a text has each word that is wanted, and how many words it has; most are seen by how they begin."""
    if _IS_DENSE.search(text):
        words = split_words(text)
        return Counter(word for word in words if word in wanted), len(words)
    words = _WORD.findall(text.casefold())
    near = (_cut_plural(word) for word in words if word[:3] in begins)
    return Counter(word for word in near if word in wanted), len(words)


def _get_cosine(one: Sequence[float], other: Sequence[float]) -> float:
    size = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / size if size else 0.0


def is_alike(one: str, other: str) -> bool:
    """True where two texts say the same, as far as their words tell."""
    return _is_alike(set(split_words(one)), set(split_words(other)))


def _is_alike(one: set[str], other: set[str]) -> bool:
    return one == other or len(one & other) >= ALIKE * len(one | other)
