"""What a server's prefix cache keeps of the prompts of a run, by memory: the classes of docs/memories.md, measured."""

import re
from pathlib import Path

import pytest

from agent_brain.core.lens import Place
from agent_brain.memories.composed import Composed
from agent_brain.wiring.memories import make_memory
from agent_brain.wiring.tables import MEMORIES, OVERLAYS
from counterparts.prefix_cache import BLOCK, CASES, STEPS, Measured, measure

PAGE = (Path(__file__).parents[2] / "docs" / "memories.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(\w+)[^`]*` \| [^|]+ \|(?: (head|tail) \|)? (K[^|]+) \|", re.MULTILINE)
TOLD = {name: (place, told) for name, place, told in ROW.findall(PAGE)}
"""What the page says by memory: where an overlay stands, and its class."""
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
    "long_short": "K2",
    "goal": "K1",
    "plan": "K1",
    "todo": "K1",
    "notes": "K1",
    "notes at the head": "K2",
    "lessons": "K2",
    "consolidate": "K1",
    "hierarchical": "K2",
    "episodic": "K1",
    "keyfacts": "K1",
    "reflective": "K1",
    "graph": "K1",
    "playbook": "K0",
    "playbook that learns": "K2",
}
"""As measured: that of a fold is its closings', that of a playbook holds within a question."""
VARIANTS = {"mask": ("mask, polling", "`polling`"), "notes": ("notes at the head", "head")}
VARIANTS |= {"playbook": ("playbook that learns", "question")}
"""By memory, the case in which its class is another one, and what the page calls it."""
REWRITES = {"window": 6, "mask": STEPS - 11, "mask, polling": (STEPS - 10) // 5, "fold": 4, "state": STEPS - 1}
REWRITES |= {"notes at the head": 4, "hierarchical": 4, "lessons": 4, "playbook that learns": 3, "long_short": 6}
"""How often the front or the middle is read anew: a window of ten lets five go at once."""


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize("name", CASES)
async def test_what_is_sent_anew_is_what_the_class_of_the_memory_allows(name: str, wire: str) -> None:
    seen = await measure(CASES[name], wire)

    assert {result.answer for result in seen.results} == {"It is done."}
    assert len(seen.prompts) == STEPS + 1
    assert seen.find_class() == CLASSES[name]
    assert seen.rewrites == REWRITES.get(name, seen.rewrites)
    assert sum(result.usage.cached_tokens for result in seen.results) == seen.cached
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


@pytest.mark.parametrize("name", [*MEMORIES, *OVERLAYS])
def test_each_memory_is_measured_and_the_page_tells_its_class(name: str) -> None:
    assert name in CLASSES, f"{name} has no class here, and perhaps no case in tests/counterparts/prefix_cache.py"
    assert name in TOLD, f"docs/memories.md has no row of {name} that tells its class"
    place, told = TOLD[name]
    variant, word = VARIANTS.get(name, (name, ""))

    assert {CLASSES[name], CLASSES[variant]} == set(re.findall(r"K\d", told))
    assert word in told
    assert place == PLACES.get(name, "")


def find_places() -> dict[str, Place]:
    """Where each overlay stands that is made by its name."""
    made = {name: make_memory(f"{name}('memory')" if name in KEPT else name) for name in OVERLAYS}
    return {name: one.overlays[0].place for name, one in made.items() if isinstance(one, Composed)}


KEPT = {name for name, place in OVERLAYS.items() if place.startswith("agent_brain.wiring.archives:")}
PLACES = find_places()


@pytest.mark.parametrize("name", [name for name in OVERLAYS if PLACES[name] is Place.TAIL])
def test_an_overlay_at_the_tail_costs_its_tail_alone(name: str) -> None:
    assert CLASSES.get(name, "K1") == "K1"
