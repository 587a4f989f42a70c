"""Real questions: the complete chains of ToolHop's sample, through the react net and either wire, over HTTP.

Ye et al., ToolHop, ACL 2025, arXiv 2501.02506. The tools are the data set's own functions, run in child processes.
"""

import itertools
from collections import Counter

import pytest

from agent_brain.core.chat import Reply
from agent_brain.core.records import Status
from agent_brain.models.model_errors import Origin
from agent_brain.models.reply import StreamedReply
from agent_brain.nets.gathering import Gathering
from agent_brain.wires.native import NativeWire
from call_shapes import ENDS, SHAPES
from counterparts.calling_player import MENDED, SPOILT, CallingPlayer, Shaper
from counterparts.chains import TOOLHOP, Chain, read_toolhop
from counterparts.playing import play, play_calls
from counterparts.spoil import SPOILS
from mangle import WAYS
from soak import size

COMPLETE_CHAINS = 83
MANGLED_SHARE = 0.3
EVERY_WAY = {name: way for name, way in WAYS.items() if name != "clean"} | SPOILS


@pytest.fixture(scope="module")
def chains() -> list[Chain]:
    if not (TOOLHOP / "derived_calls.jsonl.gz").exists():
        pytest.skip(f"ToolHop's sample is not at {TOOLHOP}; AGENT_BRAIN_TOOLHOP may name its folder")
    return read_toolhop()


async def test_every_complete_chain_gives_its_exact_answer(chains: list[Chain]) -> None:
    played = await play(chains)
    assert played.broken == []
    assert played.find_wrong(chains) == []
    assert len(chains) == COMPLETE_CHAINS
    assert {result.status for result in played.results.values()} == {Status.ANSWERED}
    assert played.sent == {"plain": sum(len(chain.hops) for chain in chains)}
    assert played.corrected == 0


async def test_every_complete_chain_gives_its_exact_answer_with_three_in_ten_calls_mangled(
    chains: list[Chain],
) -> None:
    played = await play(chains, EVERY_WAY, MANGLED_SHARE)
    assert played.broken == []
    assert played.find_wrong(chains) == []
    assert played.sent.keys() == {"plain", *EVERY_WAY}
    assert played.get_mangled_share() == pytest.approx(MANGLED_SHARE, abs=0.01)
    assert played.corrected == sum(played.sent[name] for name in SPOILS)


async def test_every_complete_chain_gives_its_exact_answer_over_tool_calls_in_every_shape(chains: list[Chain]) -> None:
    player, shaper = CallingPlayer(chains), Shaper()
    played = await play_calls(chains, player, shaper)
    assert played.broken == []
    assert played.find_wrong(chains) == []
    assert len(chains) == COMPLETE_CHAINS
    assert {result.status for result in played.results.values()} == {Status.ANSWERED}
    assert played.sent == {"plain": sum(len(chain.hops) for chain in chains)}
    assert played.corrected == 0
    assert {shape for shape, _ in shaper.used} == SHAPES.keys()
    assert player.together == sum(map(count_together, chains), Counter())
    assert max(player.together) > 1


def count_together(chain: Chain) -> Counter[int]:
    """How many hops come at once, where each comes as soon as all that it needs is known."""
    turns: list[int] = []
    for hop in chain.hops:
        turns.append(1 + max((turns[earlier] for earlier in hop.depends_on), default=-1))
    return Counter(Counter(turns).values())


async def test_chains_give_their_exact_answers_over_tool_calls_that_come_byte_by_byte(chains: list[Chain]) -> None:
    chains = chains[:: size(1, 3)]
    player = CallingPlayer(chains)
    shaper = Shaper({"in one chunk": SHAPES["in one chunk"]})
    played = await play_calls(chains, player, shaper, bytes_at_once=1)
    assert played.broken == []
    assert played.find_wrong(chains) == []
    assert {result.status for result in played.results.values()} == {Status.ANSWERED}


@pytest.mark.parametrize("name", SHAPES)
def test_every_call_of_every_chain_is_read_alike_in_each_shape(chains: list[Chain], name: str) -> None:
    for chain, end in zip(chains, itertools.cycle(ENDS.values()), strict=False):
        specs = [function.spec for function in chain.functions]
        calls = [(hop.tool, dict(hop.arguments)) for hop in chain.hops]
        actions = NativeWire().read(read_reply(b"".join([*SHAPES[name](calls), *end])), specs).actions
        assert [(action.name, action.args) for action in actions] == calls, (chain.name, end)


def read_reply(body: bytes) -> Reply:
    """A whole reply out of its bytes, as the adapter and the states read it."""
    reader, said = StreamedReply(Origin("m", "host", "")), Gathering("reasoning")
    for delta in (*reader.feed(body), *reader.close()):
        for _ in said.add(delta):
            pass
    return said.make_reply()


async def test_every_complete_chain_gives_its_exact_answer_with_three_in_ten_tool_calls_wrong(
    chains: list[Chain],
) -> None:
    player, shaper = CallingPlayer(chains, [*MENDED, *SPOILT], MANGLED_SHARE), Shaper()
    played = await play_calls(chains, player, shaper)
    assert played.broken == []
    assert played.find_wrong(chains) == []
    assert played.sent.keys() == {"plain", *MENDED, *SPOILT}
    assert played.get_mangled_share() == pytest.approx(MANGLED_SHARE, abs=0.01)
    assert played.corrected == sum(played.sent[name] for name in SPOILT)
