"""A model that knows the gold chains and nothing else: it decides from the messages it is shown alone."""

import itertools
import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from counterparts.chains import Chain, Hop
from counterparts.reading import is_told, read_answer
from counterparts.rules import Conversation
from counterparts.transcript import Transcript, read_transcript
from mangle import Mangler

Call = tuple[str, int]
"""A question, and the place of a hop in its chain."""


class GoldPlayer:
    """Replies to a run's requests as the gold chain of its question would have it.

    It sends the next call only when the observations it was shown hold the results that the call's arguments come from,
    and reads the answer off the last observation. A share of the calls is mangled when it is sent for the first time,
    the ways in turn; what it is told to correct it sends again as it should be.
    """

    def __init__(self, chains: Sequence[Chain], ways: Mapping[str, Mangler] | None = None, share: float = 0.0) -> None:
        self.sent: Counter[str] = Counter()
        """How calls were sent for the first time: `plain`, or the name of the way in which each was mangled."""
        self.corrected = 0
        """Calls that it was told to correct."""
        self._chains = {chain.question: chain for chain in chains}
        self._conversations = {question: Conversation() for question in self._chains}
        self._ways = dict(ways or {})
        self._plan = deal(
            [(chain.question, place) for chain in chains for place in range(len(chain.hops))], ways, share
        )

    def reply(self, messages: Sequence[dict[str, Any]]) -> str:
        """What the model says next. Raises: RuleBroken; ValueError where it was not shown what it needs."""
        seen = read_transcript(messages)
        if seen.question not in self._chains:
            raise ValueError(f"no chain for the question {seen.question!r}")
        self._conversations[seen.question].check(messages)
        chain = self._chains[seen.question]
        count = len(seen.observations)
        if not seen.is_asked_to_answer and count < len(chain.hops):
            return self._call(chain, seen)
        if count != len(chain.hops):
            raise ValueError(f"{count} observations for {len(chain.hops)} hops of {chain.question!r}")
        result = seen.observations[-1]
        if not seen.is_asked_to_answer:
            return f"The last result was {result} and nothing is missing."
        return read_answer(chain.question, chain.hops[-1].arguments, result)

    def _call(self, chain: Chain, seen: Transcript) -> str:
        place = len(seen.observations)
        hop = chain.hops[place]
        for earlier in hop.depends_on:
            if not is_told(chain.hops[earlier].sub_answer, seen.observations[earlier]):
                raise ValueError(f"{seen.observations[earlier]!r} does not tell {chain.hops[earlier].sub_answer!r}")
        if seen.is_corrected:
            self.corrected += 1
            return write_call(hop)
        way = self._plan.get((chain.question, place), "plain")
        self.sent[way] += 1
        return self._ways[way](write_call(hop), random.Random(place)) if way != "plain" else write_call(hop)


def deal(calls: Sequence[Call], ways: Mapping[str, Mangler] | None, share: float) -> dict[Call, str]:
    """Which calls are mangled, and how: a seeded choice, over which all ways are dealt in turn."""
    chosen = random.Random(1).sample(calls, round(share * len(calls)))
    return dict(zip(chosen, itertools.cycle(ways or ["plain"]), strict=False))


def write_call(hop: Hop) -> str:
    """A thought and the call."""
    action = json.dumps({"name": hop.tool, "args": dict(hop.arguments)}, ensure_ascii=False)
    return f"I need {hop.tool} here.\n```json\n{action}\n```"
