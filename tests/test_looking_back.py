"""Which chains of hops survive a memory that forgets: those that look back no further than it shows, and no others.

Over ToolHop's sample where it is there, and over our own chains in any case.
"""

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest

from counterparts.chains import TOOLHOP, Chain, read_own, read_toolhop
from counterparts.forgetting import ARMS, Lived, Results, live, run_calls
from counterparts.looking_player import LOST

LOOK_BACKS = {1: 57, 2: 8, 3: 17, 4: 1}
"""Of how many chains of the sample that is the furthest."""
SHOWN: dict[str, Callable[[int, int], bool]] = {
    "messages": lambda place, earlier: True,
    "window(1)": lambda place, earlier: place - earlier == 1,
    "mask(1), nothing brought back": lambda place, earlier: place - earlier == 1 or earlier == 0,
    "summary that keeps nothing": lambda place, earlier: place - earlier == 1,
    "mask(1), brought back by recall": lambda place, earlier: True,
    "summary with identifiers verbatim": lambda place, earlier: True,
}
"""For each memory whether the hop at a place can use what an earlier one has found; a mask spares the first result."""
COUNTS = {
    "messages": 83,
    "window(1)": 57,
    "mask(1), nothing brought back": 58,
    "summary that keeps nothing": 57,
    "mask(1), brought back by recall": 83,
    "summary with identifiers verbatim": 83,
}


@pytest.fixture(scope="module", params=["toolhop", "own"])
def chains(request: pytest.FixtureRequest) -> list[Chain]:
    if request.param == "own":
        return read_own()
    if not (TOOLHOP / "derived_calls.jsonl.gz").exists():
        pytest.skip(f"ToolHop's sample is not at {TOOLHOP}; AGENT_BRAIN_TOOLHOP may name its folder")
    return read_toolhop()


@pytest.fixture(scope="module")
def found(chains: list[Chain]) -> Results:
    return asyncio.run(run_calls(chains))


def find_look_back(chain: Chain) -> int:
    return max((place - earlier for place, hop in enumerate(chain.hops) for earlier in hop.depends_on), default=0)


def find_possible(chains: list[Chain], name: str) -> set[str]:
    """The chains that need nothing which this memory does not show."""
    return {
        chain.name
        for chain in chains
        if all(SHOWN[name](place, earlier) for place, hop in enumerate(chain.hops) for earlier in hop.depends_on)
    }


def find_stop(chain: Chain, name: str) -> int:
    """The first hop that needs something which this memory does not show."""
    blind = (any(not SHOWN[name](place, earlier) for earlier in hop.depends_on) for place, hop in enumerate(chain.hops))
    return list(blind).index(True)


def find_lost(lived: Lived) -> dict[str, int]:
    """How many hops were made by each run that said that it does not know any more."""
    lost = {name: result for name, result in lived.results.items() if result.env.answer == LOST}
    return {name: sum(item.action is not None for item in result.env.log) for name, result in lost.items()}


@pytest.mark.parametrize("name", SHOWN)
async def test_exactly_those_chains_are_answered_that_need_no_more_than_is_shown(
    chains: list[Chain], found: Results, name: str
) -> None:
    lived = await live(chains, found, ARMS[name])

    right = find_possible(chains, name)
    assert lived.find_right(chains) == right
    assert find_lost(lived) == {chain.name: find_stop(chain, name) for chain in chains if chain.name not in right}
    assert (lived.memory_calls > 0) is name.startswith("summary")
    if len(chains) == sum(LOOK_BACKS.values()):
        assert len(lived.find_right(chains)) == COUNTS[name]


async def test_a_mask_hides_nothing_that_is_shorter_than_its_placeholder(chains: list[Chain], found: Results) -> None:
    long, short = [await live(chains, found, ARMS[name]) for name in
                   ("mask(1), nothing brought back", "mask(1), short results")]  # fmt: skip

    assert long.find_right(chains) <= short.find_right(chains)
    if len(chains) == sum(LOOK_BACKS.values()):
        assert len(short.find_right(chains)) == 79


async def test_only_what_looks_further_back_than_one_hop_is_brought_back(chains: list[Chain], found: Results) -> None:
    lived = await live(chains, found, ARMS["mask(1), brought back by recall"])

    recalling = {name for name, result in lived.results.items()
                 if any(item.action and item.action.name == "recall" for item in result.env.log)}  # fmt: skip
    assert recalling == {chain.name for chain in chains} - find_possible(chains, "mask(1), nothing brought back")


def test_the_sample_looks_back_as_far_as_it_is_said() -> None:
    if not (TOOLHOP / "derived_calls.jsonl.gz").exists():
        pytest.skip(f"ToolHop's sample is not at {TOOLHOP}; AGENT_BRAIN_TOOLHOP may name its folder")

    assert Counter(map(find_look_back, read_toolhop())) == LOOK_BACKS
