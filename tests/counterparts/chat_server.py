"""A handler for `sse_server.Server`: it streams a player's replies in awkward pieces and refuses what breaks a rule."""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from counterparts.rules import RuleBroken
from sse_server import LAST, STREAM_HEAD, Connection, Handler, Request, frame, get_events, response

TEXT_CHARACTERS_MAX = 9
"""Most characters in one event's delta."""
WRITE_BYTES_MAX = 700
"""Most bytes in one write; writes end anywhere, also inside an event or a character."""

Replier = Callable[[Sequence[dict[str, Any]]], str]


def play_awkwardly(replier: Replier, broken: list[str]) -> Handler:
    """Answer each request with what the replier says to its messages; a refusal (HTTP 400) is kept in `broken`."""

    async def handle(request: Request, connection: Connection) -> bool:
        asked = request.json()
        try:
            if asked.get("stream") is not True:
                raise RuleBroken("the request wants no stream")
            text = replier(asked["messages"])
        except (RuleBroken, ValueError) as error:
            broken.append(str(error))
            refusal = {"error": {"message": str(error), "type": "invalid_request_error"}}
            await connection.send(response(400, refusal))
            return True
        await connection.send(STREAM_HEAD)
        chooser = random.Random(text)
        pieces = list(_cut(text, TEXT_CHARACTERS_MAX, chooser))
        for part in _cut(b"".join(get_events(pieces)), WRITE_BYTES_MAX, chooser):
            await connection.send(frame(part))
            await asyncio.sleep(0)  # let the client read: otherwise many writes arrive as one
        await connection.send(LAST)
        return True

    return handle


def _cut(whole: Any, most: int, chooser: random.Random) -> Iterator[Any]:
    """A text or bytes in pieces of random length."""
    place = 0
    while place < len(whole):
        end = place + chooser.randint(1, most)
        yield whole[place:end]
        place = end
