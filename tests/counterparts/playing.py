"""Gold chains taken through a brain, over a real connection to the server that plays them."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent_brain.brain import Brain
from agent_brain.core.items import ItemKind
from agent_brain.engine.result import Result
from agent_brain.evaluators.matching import is_same
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.tools.child.child import Child
from counterparts.calling_player import CallingPlayer, Shaper
from counterparts.chains import Chain
from counterparts.chat_server import play_awkwardly
from counterparts.gold_player import GoldPlayer
from counterparts.rules import RuleBroken
from mangle import Mangler
from sse_server import Connection, Handler, Request, Server, response, send_events

AT_ONCE = 6
"""Chains under way, each with a child process of its own."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of playing some chains."""

    results: Mapping[str, Result]
    """By the chain's name."""
    sent: Counter[str]
    """As GoldPlayer counts them."""
    corrected: int
    broken: Sequence[str]
    """Requests that the server refused, and why."""

    def find_wrong(self, chains: Sequence[Chain]) -> list[str]:
        """A line for each chain without an exact answer."""
        return [
            f"{chain.name}: {result.status} {result.env.answer!r}, not {chain.answer!r}; {result.env.error}"
            for chain in chains
            if (result := self.results[chain.name]).error or not is_same(result.answer, chain.answer)
        ]

    def get_mangled_share(self) -> float:
        """The share of calls that were sent mangled."""
        return 1 - self.sent["plain"] / self.sent.total()


async def play(chains: Sequence[Chain], ways: Mapping[str, Mangler] | None = None, share: float = 0.0) -> Played:
    """Ask a brain every chain's question, some at the same time; the model is a server that plays the chains."""
    player = GoldPlayer(chains, ways, share)
    broken: list[str] = []
    results = await _ask_all(chains, play_awkwardly(player.reply, broken), "text")
    return Played(results, player.sent, player.corrected, broken)


async def play_calls(
    chains: Sequence[Chain], player: CallingPlayer, shaper: Shaper, *, bytes_at_once: int | None = None
) -> Played:
    """As `play`, over tool calls; with `bytes_at_once`, in HTTP chunks of so many bytes."""
    broken: list[str] = []

    async def handle(request: Request, connection: Connection) -> bool:
        try:
            said = player.reply(request.json())
        except (RuleBroken, ValueError, KeyError) as error:
            broken.append(repr(error))
            await connection.send(response(400, {"error": {"message": str(error)}}))
            return True
        events = shaper.shape(said)
        if bytes_at_once is not None:
            body = b"".join(events)
            events = [body[place : place + bytes_at_once] for place in range(0, len(body), bytes_at_once)]
        return await send_events(*events)(request, connection)

    results = await _ask_all(chains, handle, "native")
    log = [item for result in results.values() for item in result.env.log]
    corrected = sum(item.kind is ItemKind.OBSERVATION or bool(item.outcome and item.outcome.is_error) for item in log)
    return Played(results, player.sent, corrected, broken)


async def _ask_all(chains: Sequence[Chain], handler: Handler, wire: str) -> dict[str, Result]:
    async with Server(handler) as server:
        model = OpenAIChat("gold", base_url=server.base_url, api_key="none")
        places = asyncio.Semaphore(AT_ONCE)

        async def ask(chain: Chain) -> Result:
            async with places, Child() as child:
                return await Brain(
                    net="react", memory="messages", model=model, tools=chain.tools(child), wire=wire
                ).run(chain.question)

        try:
            results = await asyncio.gather(*map(ask, chains))
        finally:
            await model.aclose()
        await server.wait_idle()
    return {chain.name: result for chain, result in zip(chains, results, strict=True)}
