"""Real questions: the complete chains of ToolHop's sample, through the react net and either wire, over HTTP.

Ye et al., ToolHop, ACL 2025, arXiv 2501.02506. The tools are the data set's own functions, run in child processes.
"""

import pytest

from agent_brain.core.records import Status
from call_shapes import SHAPES
from counterparts.calling_player import MENDED, SPOILT, CallingPlayer, Shaper
from counterparts.chains import TOOLHOP, Chain, read_toolhop
from counterparts.playing import play, play_calls
from counterparts.spoil import SPOILS
from mangle import WAYS

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
    assert max(player.together) > 1


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
