"""Our own questions of several hops, through the react net and either wire, over HTTP: they need no data set."""

import json

import pytest

from agent_brain.core.items import ItemKind
from agent_brain.core.records import Status
from counterparts.calling_player import MENDED, SPOILT, CallingPlayer, Shaper
from counterparts.chains import OWN, Chain, read_own
from counterparts.playing import play, play_calls
from counterparts.spoil import SPOILS
from mangle import WAYS

NAMES = sorted({*WAYS, *SPOILS} - {"clean"})


@pytest.fixture(scope="module")
def chains() -> list[Chain]:
    return read_own()


async def test_every_own_chain_gives_its_exact_answer(chains: list[Chain]) -> None:
    played = await play(chains)
    assert played.broken == []
    assert played.find_wrong(chains) == []
    assert {result.status for result in played.results.values()} == {Status.ANSWERED}


async def test_the_log_of_a_run_holds_the_chain_with_its_results(chains: list[Chain]) -> None:
    played = await play(chains)
    for chain in chains:
        log = played.results[chain.name].env.log
        done = [item for item in log if item.kind is ItemKind.ACTION]
        assert [(item.action.name, item.action.args) for item in done if item.action] == [
            (hop.tool, dict(hop.arguments)) for hop in chain.hops
        ]
        assert all(item.outcome is not None and not item.outcome.is_error for item in done)


@pytest.mark.parametrize("names", [NAMES[::2], NAMES[1::2]], ids=["one half of the ways", "the other half"])
async def test_every_own_chain_gives_its_exact_answer_with_every_call_mangled(
    chains: list[Chain], names: list[str]
) -> None:
    played = await play(chains, {name: (WAYS | SPOILS)[name] for name in names}, 1.0)
    assert played.broken == []
    assert played.find_wrong(chains) == []
    assert played.sent.keys() == set(names)
    assert played.corrected == sum(played.sent[name] for name in SPOILS)


@pytest.mark.parametrize("ways", [(), sorted(MENDED), sorted(SPOILT)], ids=["plain", "mended", "corrected"])
async def test_every_own_chain_gives_its_exact_answer_over_tool_calls(chains: list[Chain], ways: list[str]) -> None:
    player, shaper = CallingPlayer(chains, ways, 1.0 if ways else 0.0), Shaper()
    played = await play_calls(chains, player, shaper)
    assert played.broken == []
    assert played.find_wrong(chains) == []
    assert played.sent.keys() == set(ways or ["plain"])
    assert played.corrected == sum(played.sent[name] for name in SPOILT)
    assert (max(player.together) > 1) is (set(ways) != SPOILT.keys())  # what is spoilt is sent alone


def test_own_chains_have_two_to_five_hops_and_a_namesake() -> None:
    rows = [json.loads(line) for line in (OWN / "questions.jsonl").read_text("utf-8").splitlines()]
    assert {row["hop_count"] for row in rows} >= {2, 3, 5}
    names = [function.spec.name for chain in read_own() for function in chain.functions]
    assert "catalogue_lookup_2" in names
