"""Facts that a summary carries: where its model keeps each with chance s, c compactions leave s^c of them."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import aclosing

import pytest

from agent_brain import ChatModel, MemoryEnv, Message, ScriptedModel
from agent_brain.core.chat import Delta
from agent_brain.core.items import Observation
from agent_brain.core.lens import Lens, Upkeep
from agent_brain.core.state import StateType
from agent_brain.memories.summary import SUMMARY, Summary
from agent_brain.models.simulated.houses import FOUND, House, find_key, tell_found
from agent_brain.models.simulated.model import SimulatedModel
from agent_brain.models.simulated.parameters import Parameters
from memories.logs import WIRES, act, make_budget

FACTS, HOUSES, COMPACTIONS, TOKENS = 300, 4, 5, 20_000
FILLER = "The harbour lies to the north of the old town.\n" * 400
SUMMING = Summary(theta=0.1, keep=1, tokens=TOKENS, otherwise="hide")

MakeKeeper = Callable[[float, int], ChatModel]
"""A model that keeps each fact with this chance, in the compaction of this number."""


def make_sieve(s: float, number: int) -> ChatModel:
    """Keeps a line or drops it by a hash of its words and the number."""

    def sieve(messages: Sequence[Message]) -> str:
        facts = [match[0] for match in FOUND.finditer(messages[-1]["content"])]
        return "\n".join(["Doors:", *(fact for fact in facts if draw(fact, number) < s)])

    return ScriptedModel(sieve)


def draw(*name: object) -> float:
    """A number from 0 to 1, by nothing but its name."""
    return int.from_bytes(hashlib.sha256(repr(name).encode()).digest()[:8]) / 2**64


def make_simulated(s: float, number: int) -> ChatModel:
    return SimulatedModel(Parameters(s=s)).placed(f"compaction {number}")


KEEPERS = {"sieve": make_sieve, "simulated": make_simulated}


def look(env: MemoryEnv, found: str) -> None:
    act(env, "I look.", "", [Observation(found)])
    env.set_state(StateType.REASONING)


async def sum_up(env: MemoryEnv, model: ChatModel) -> int:
    """One compaction; gives how many facts are left."""
    upkeep = SUMMING.find_upkeep(env, Lens(budget=make_budget(WIRES["text"], TOKENS)))
    assert isinstance(upkeep, Upkeep)
    async with aclosing(model.stream(upkeep.messages)) as deltas:
        said = "".join([delta.text async for delta in deltas if isinstance(delta, Delta)])
    upkeep.keep(env, said)
    assert env.slots[SUMMARY] == said.strip()
    return len(FOUND.findall(env.slots[SUMMARY]))


async def count_left(name: str, make_keeper: MakeKeeper, s: float) -> list[int]:
    """How many facts of a house are left after each compaction."""
    house, left = House(name, FACTS), list[int]()
    env = MemoryEnv.begin("r", "net", "f", StateType.REASONING, house.ask())
    found = [tell_found(name, door, find_key(name, door)) for door in range(1, FACTS + 1)]
    look(env, "\n".join([*found, FILLER]))
    for number in range(COMPACTIONS):
        look(env, FILLER)
        left.append(await sum_up(env, make_keeper(s, number)))
    return left


@pytest.mark.parametrize("keeper", KEEPERS)
@pytest.mark.parametrize("s", [0.93, 0.7, 1.0, 0.0])
async def test_after_c_compactions_a_fact_is_there_with_s_to_the_power_of_c(s: float, keeper: str) -> None:
    counts = [await count_left(f"house-{number}", KEEPERS[keeper], s) for number in range(HOUSES)]

    total = FACTS * HOUSES
    for c, left in enumerate(map(sum, zip(*counts, strict=True)), 1):
        error = (s**c * (1 - s**c) / total) ** 0.5
        assert abs(left / total - s**c) <= 3 * error
