"""Gold chains taken through brains whose memories forget; `python -m counterparts.forgetting` prints what is left."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_brain import Brain, Observation, ScriptedModel
from agent_brain.core.items import Message
from agent_brain.core.tooling import ToolSpec
from agent_brain.engine.result import Result
from agent_brain.evaluators.matching import is_same
from agent_brain.models.scripted import Script
from agent_brain.tools.child.child import Child
from agent_brain.tools.child.source_tool import observe
from call_shapes import write
from counterparts.chains import Chain, read_toolhop
from counterparts.looking_player import FILED, LookingPlayer

FILLER = FILED + "the records of that year, which nobody needs, line by line\n" * 200
"""Behind each result: those of ToolHop are so short that no memory would hide them."""
AT_ONCE = 10
EAGER = "summary(0.01, keep=1, tokens=20000)"
"""Sums up after each call all but the last one."""

Results = Mapping[tuple[str, str, str], str]
"""What came of each call of each chain, by the chain's name, the tool and the arguments."""


@dataclass(frozen=True)
class KnownTool:
    """A tool of a chain that has been run before: what it found then, and a filler."""

    spec: ToolSpec
    found: Results
    chain: str
    filler: str

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[str | Observation, None]:
        """What it has found for these arguments."""
        yield Observation(self.found[self.chain, self.spec.name, write(args)] + self.filler)


async def run_calls(chains: Sequence[Chain]) -> Results:
    """Run the functions of all chains with the gold arguments, once."""
    found = {}
    async with Child() as child:
        for chain in chains:
            functions = {function.spec.name: function for function in chain.functions}
            for hop in chain.hops:
                function = functions[hop.tool]
                returned = await child.call(function.source, function.name, hop.arguments)
                seen = observe(function.spec, hop.arguments, returned)
                found[chain.name, hop.tool, write(hop.arguments)] = seen.text
    return found


def keep_verbatim(messages: Sequence[Message]) -> str:
    """A memory's model that keeps of each call its first line as it stands, and the summary so far."""
    before, _, after = messages[-1]["content"].partition("\n\nAfter it:\n\n")
    lines = [*before.partition("Summary so far:\n")[2].splitlines(), *after.splitlines()]
    return "\n".join(line for line in lines if line.startswith("[") and "(" in line)


def keep_nothing(_: Sequence[Message]) -> str:
    """One that has forgotten what it was about."""
    return "Some things were looked up."


@dataclass(frozen=True)
class Arm:
    """A memory, and who uses it."""

    memory: str
    recalls: bool = False
    summarise: Script = keep_nothing
    filler: str = FILLER


ARMS: Mapping[str, Arm] = {
    "messages": Arm("messages"),
    "window(1)": Arm("window(1)"),
    "mask(1), nothing brought back": Arm("mask(1)"),
    "mask(1), short results": Arm("mask(1)", filler=""),
    "mask(1), brought back by recall": Arm("mask(1)", recalls=True),
    "summary that keeps nothing": Arm(EAGER),
    "summary with identifiers verbatim": Arm(EAGER, summarise=keep_verbatim),
}


@dataclass
class Lived:
    """What came of an arm."""

    results: dict[str, Result] = field(default_factory=dict)
    """By the chain's name."""
    memory_calls: int = 0

    def find_right(self, chains: Sequence[Chain]) -> set[str]:
        """The chains that came to their exact answer."""
        return {chain.name for chain in chains if is_same(str(self.results[chain.name].env.answer), chain.answer)}


async def live(chains: Sequence[Chain], found: Results, arm: Arm) -> Lived:
    """Ask a brain every chain's question."""
    player = LookingPlayer({chain.question: chain for chain in chains}, arm.recalls)
    model, keeper = ScriptedModel(player.reply), ScriptedModel(arm.summarise)
    places, lived = asyncio.Semaphore(AT_ONCE), Lived()

    async def ask(chain: Chain) -> None:
        tools = [KnownTool(function.spec, found, chain.name, arm.filler) for function in chain.functions]
        async with places:
            brain = Brain("react_brief", arm.memory, model, tools, memory_model=keeper, wire="native")
            lived.results[chain.name] = await brain.run(chain.question)

    await asyncio.gather(*map(ask, chains))
    lived.memory_calls = len(keeper.calls)
    return lived


async def measure() -> None:
    """Print how many chains each memory leaves."""
    chains = read_toolhop()
    found = await run_calls(chains)
    print(f"{'memory':<34}{'right':>6} of {len(chains)}   {'calls':>6}   {'of the memory':>13}")
    for name, arm in ARMS.items():
        lived = await live(chains, found, arm)
        calls = sum(result.usage.model_calls for result in lived.results.values())
        print(f"{name:<34}{len(lived.find_right(chains)):>6}         {calls:>6}   {lived.memory_calls:>13}")


if __name__ == "__main__":
    asyncio.run(measure())
