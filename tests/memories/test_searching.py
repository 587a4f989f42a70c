"""Search by words and by embeddings."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.archive import Entry
from agent_brain.memories.embedding import Embed
from agent_brain.memories.searching import LENGTH, SATURATION, Hit, choose, find_relevant, score_words, split_words

TEXTS = ["The ship is in Oslo.", "The ship is in Bergen, and the crew is ashore.", "Bread is baked at six."]


async def search(
    query: str, entries: Sequence[Entry], top: int, threshold: float, embed: Embed | None = None
) -> list[Hit]:
    return choose(await find_relevant(query, entries, threshold, embed), top)


def make_entries(texts: Sequence[str]) -> list[Entry]:
    return [Entry(str(place), text) for place, text in enumerate(texts)]


def test_the_score_is_that_of_bm25_divided_by_the_best_there_could_be() -> None:
    scores = score_words("ship Oslo", ["ship ship", "Oslo", "bread of rye"])
    once, twice = math.log(1 + 2.5 / 1.5), 2 * (SATURATION + 1)
    saturated = twice / (2 + SATURATION * (1 - LENGTH + LENGTH * 2 / 2))
    assert scores[0] == pytest.approx(once * saturated / (2 * once * (SATURATION + 1)))
    assert scores[2] == 0


async def test_what_shares_rare_words_with_the_query_comes_first() -> None:
    hits = await search("Where is the ship in Bergen?", make_entries(TEXTS), 2, 0.05)
    assert [hit.entry.id for hit in hits] == ["1", "0"]


async def test_below_the_threshold_nothing_is_found() -> None:
    assert await search("What is it?", make_entries(TEXTS), 5, 0.3) == []
    assert await search("", make_entries(TEXTS), 5, 0.0) == []
    assert await search("ship", [], 5, 0.0) == []


def test_of_what_says_the_same_the_latest_is_chosen_once() -> None:
    entries = make_entries(["the ship is here", "The ship is here!", "bread"])
    hits = choose([Hit(entry, 0.5) for entry in entries], 5, 0.1)
    assert [hit.entry.id for hit in hits] == ["2", "1"]


async def test_with_embeddings_the_meaning_has_to_fit_too() -> None:
    async def embed(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return [[1.0, 0.0] if "vessel" in text or "ship" in text else [0.0, 1.0] for text in texts]

    [near] = await embed(["ship"])
    entries = [
        Entry("a", "A ship.", {"embedding": near}),
        Entry("b", "The vessel's bread."),
        Entry("c", "x", {"embedding": [1]}),
    ]
    hits = await search("my vessel", entries, 5, 0.5, embed)
    assert [hit.entry.id for hit in hits] == ["a"]


def test_plurals_are_found_by_their_singular_and_dense_scripts_by_pairs() -> None:
    assert split_words("Ships of cities pass us") == ["ship", "of", "city", "pass", "us"]
    assert split_words("Das Schiff, 船は港に OK") == ["das", "schiff", "船は", "は港", "港に", "ok"]
    assert score_words("港に", ["船は港にいる", "パンを焼く"])[0] > 0


@given(st.lists(st.sampled_from(["ships", "ship", "us", "cities", "city", "ox", "oxs", "港", "船は港に", "a", "Bus"])))
def test_what_is_counted_of_a_text_is_what_its_words_are(words: list[str]) -> None:
    text = " ".join(words)
    for word in set(split_words(text)):
        assert (score_words(word, [text, ""])[0] > 0) is (word in split_words(text))
        assert score_words(word, [text, ""])[1] == 0


@given(st.text(max_size=40), st.lists(st.text(max_size=60), max_size=6))
def test_scores_are_from_0_to_1(query: str, texts: list[str]) -> None:
    scores = score_words(query, texts)
    assert len(scores) == len(texts)
    assert all(0 <= score <= 1 for score in scores)
