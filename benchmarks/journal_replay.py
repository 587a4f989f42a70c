"""Stored runs, played back one after the other as a regression test of many runs would."""

import gc
import time
from collections.abc import Sequence

from agent_brain.brain import Brain
from agent_brain.core.items import Message
from agent_brain.engine.replay import replay_stored
from agent_brain.models.scripted import ScriptedModel
from benchmarks.contenders import QUESTION, UNLIMITED, measure, net
from benchmarks.journal_line import Line
from benchmarks.journal_places import SQLITE, Place
from benchmarks.journal_size import JournalSize
from benchmarks.scenario import MARKER, Scenario

BOUND_MS = 20.0
"""A thousand runs in twenty seconds."""
SCENARIO = Scenario(tools=3)


async def measure_replay(places: Sequence[Place], size: JournalSize) -> list[Line]:
    """One line. Raises: ReplayDiffers where a run is not the same."""
    place = next(place for place in places if place.name == SQLITE)
    store = place.make()
    brain = Brain(net, "messages", ScriptedModel(_reply), [measure], limits=UNLIMITED, store=store)
    names = [(await brain.run(QUESTION)).run_id for _ in range(size.replays)]
    gc.collect()
    began = time.perf_counter()
    steps = 0
    for name in names:
        played = await replay_stored(store, name, brain)
        played.check()
        steps += played.steps
    seconds = time.perf_counter() - began
    await store.aclose()
    case = f"replay of {len(names):,} stored runs, {SQLITE}"
    return [Line(case, "ms/run", seconds * 1e3 / len(names), BOUND_MS, f"{steps:,} steps in {seconds:.1f} s")]


def _reply(messages: Sequence[Message]) -> str:
    observed = sum(message.get("content", "").count(MARKER) for message in messages)
    return "".join(SCENARIO.get_reply(observed))
