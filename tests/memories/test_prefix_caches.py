"""What a server's prefix cache keeps of the prompts of a run, by memory: the classes of docs/memories.md, measured."""

import re
from pathlib import Path

import pytest

from counterparts.prefix_cache import BLOCK, CASES, STEPS, Measured, measure

PAGE = (Path(__file__).parents[2] / "docs" / "memories.md").read_text(encoding="utf-8")
TOLD = dict(re.findall(r"^\| `(\w+)[^`]*` \| [^|]+ \| (K[^|]+) \|", PAGE, re.MULTILINE))
"""By history, what the page says of caches."""
PLACES = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (head|tail) \|", PAGE, re.MULTILINE))
"""By overlay, where the page says that it stands."""
CLASSES = {
    "messages": "K0",
    "whole": "K0",
    "window": "K2",
    "budget": "K2",
    "mask": "K3",
    "mask, polling": "K2",
    "summary": "K2",
    "fold": "K2",
    "state": "K3",
    "goal": "K1",
    "plan": "K1",
    "todo": "K1",
    "notes": "K1",
    "notes at the head": "K2",
    "hierarchical": "K2",
    "episodic": "K1",
    "keyfacts": "K1",
    "reflective": "K1",
    "graph": "K1",
    "playbook": "K0",
}
"""As measured: that of a fold is its closings', that of a playbook holds within a question."""
REWRITES = {"window": 6, "mask": STEPS - 11, "mask, polling": (STEPS - 10) // 5, "fold": 4, "state": STEPS - 1}
REWRITES |= {"notes at the head": 4, "hierarchical": 4}
"""How often the front or the middle is read anew: a window of ten lets five go at once."""


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize("name", CASES)
async def test_what_is_sent_anew_is_what_the_class_of_the_memory_allows(name: str, wire: str) -> None:
    seen = await measure(CASES[name], wire)

    assert seen.result.answer == "It is done."
    assert len(seen.prompts) == STEPS + 1
    assert seen.find_class() == CLASSES[name]
    assert seen.rewrites == REWRITES.get(name, seen.rewrites)
    assert seen.result.usage.cached_tokens == seen.cached
    check_cached(seen)


def check_cached(seen: Measured) -> None:
    """The server knew all of the prompt before but its tail, wherever nothing was rewritten."""
    rewrites = 0
    for before, after in zip(seen.prompts, seen.prompts[1:], strict=False):
        rewrites += after.cached <= len(before.tokens) - before.tail - BLOCK
    assert rewrites <= seen.rewrites


async def test_a_summary_costs_one_rewrite_for_each_time_it_is_made() -> None:
    seen = await measure(CASES["summary"], "text")

    assert seen.rewrites == seen.memory_calls > 1


async def test_a_fold_is_read_anew_where_a_branch_is_closed_and_nowhere_else() -> None:
    seen = await measure(CASES["fold"], "text")

    closings = [place for place, prompt in enumerate(seen.prompts) if "return_result" in prompt.calls]
    assert seen.find_rewritten() == [place + 1 for place in closings]


async def test_messages_send_each_token_of_the_log_once() -> None:
    seen = await measure(CASES["messages"], "native")

    assert seen.tokens - seen.cached <= len(seen.prompts[-1].tokens) + BLOCK * len(seen.prompts)


async def test_polling_spares_a_mask_most_of_what_it_sends_anew() -> None:
    every, polled = [await measure(CASES[name], "text") for name in ("mask", "mask, polling")]

    assert (polled.tokens - polled.cached) * 2 < every.tokens - every.cached


@pytest.mark.parametrize("name", TOLD)
def test_the_page_tells_the_class_that_is_measured(name: str) -> None:
    assert CLASSES[name] in TOLD[name] or TOLD[name].startswith("K0, but")
    polled = CLASSES.get(f"{name}, polling")
    assert polled is None or f"{polled} with `polling`" in TOLD[name]


def test_the_page_tells_of_histories() -> None:
    assert TOLD.keys() >= {"messages", "window", "mask", "summary", "fold", "state"}


@pytest.mark.parametrize("name", sorted(PLACES.keys() & CLASSES.keys()))
def test_an_overlay_at_the_tail_costs_its_tail_and_one_at_the_head_its_changes(name: str) -> None:
    assert CLASSES[name] in {"tail": {"K1"}, "head": {"K0", "K2"}}[PLACES[name]]


def test_nearly_all_overlays_that_the_page_tells_of_are_measured() -> None:
    assert PLACES.keys() - CLASSES.keys() == {"lessons", "consolidate"}  # these change with attempts and questions
