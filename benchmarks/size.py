"""How much is measured: the whole table takes minutes, the smallest seconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Counts of everything; the ratios that come out mean the more, the larger these are."""

    repeats: int
    repeats_at_once: int
    """Where many runs go on at once."""
    runs_at_once: int
    tools: int
    """Tool calls of a run."""
    tools_at_once: int
    chunks: tuple[int, int]
    """Of a short and a long reply that comes in one write."""
    chunks_at_once: tuple[int, int]
    chunks_apart: tuple[int, int]
    """Of replies that come in one write for each chunk."""
    chunks_apart_at_once: tuple[int, int]
    history: int
    """Tool calls behind the steps that are measured late in a run."""
    late: int
    """Such steps."""
    waiting_warm: int
    """Waiting runs that are there before memory is looked at."""
    waiting: int
    """And those that come then."""
    turn: int
    """Tool calls in one reply."""
    repeats_of_turns: int
    streams: int
    """In one process."""
    chunks_of_streams: int
    repeats_of_streams: int


FULL = Size(
    repeats=9, repeats_at_once=3, runs_at_once=100, tools=15, tools_at_once=15, chunks=(200, 2000),
    chunks_at_once=(20, 120), chunks_apart=(50, 450), chunks_apart_at_once=(5, 45), history=500, late=6,
    waiting_warm=50, waiting=950, turn=100, repeats_of_turns=25, streams=2000, chunks_of_streams=20,
    repeats_of_streams=3,
)  # fmt: skip
QUICK = Size(
    repeats=3, repeats_at_once=1, runs_at_once=100, tools=10, tools_at_once=2, chunks=(100, 1000),
    chunks_at_once=(10, 60), chunks_apart=(20, 200), chunks_apart_at_once=(3, 13), history=500, late=2,
    waiting_warm=50, waiting=250, turn=100, repeats_of_turns=9, streams=2000, chunks_of_streams=8, repeats_of_streams=1,
)  # fmt: skip
TINY = Size(
    repeats=1, repeats_at_once=1, runs_at_once=5, tools=2, tools_at_once=1, chunks=(10, 200), chunks_at_once=(2, 40),
    chunks_apart=(2, 10), chunks_apart_at_once=(2, 5), history=5, late=1, waiting_warm=2, waiting=10, turn=5,
    repeats_of_turns=1, streams=10, chunks_of_streams=3, repeats_of_streams=1,
)  # fmt: skip
