"""What states read from slots and board: what is read before it was written is a fault, found when a net is built."""

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from inspect import getsource

import pytest

from agent_brain import Net, State
from agent_brain.core.errors import NetError
from agent_brain.core.events import Piece
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.wiring.nets import make_net
from agent_brain.wiring.tables import NETS

VARIANTS = [*NETS, "self_refine(keep='best')", "self_refine(critique_as='assistant')", "debate(end='judge')",
            "reflexion(memory='none')", "ask(react, after='action')", "ask(ask(rewoo))"]  # fmt: skip
READERS = [
    (net, name, key) for net in VARIANTS for name, state in make_net(net).states.items() for key in sorted(state.reads)
]
KEYS = sorted({(net, key) for net, _, key in READERS})
USES = re.compile(r"(?<!self)\.(?:put_board|put_slot|board|slots)\b")
"""How a state uses them, in its source."""


@dataclass(frozen=True)
class Idle(State):
    """Goes where another state went, and writes nothing."""

    ways: frozenset[str]
    visits: int | None = field(default=1)

    @property
    def targets(self) -> frozenset[str]:
        """As of the other one."""
        return self.ways

    @property
    def visits_max(self) -> int | None:
        """As of the other one."""
        return self.visits

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        return
        yield

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(next(iter(self.ways)))


def spoil(net: Net, key: str) -> Mapping[str, State]:
    """The states without what writes a key before anything reads it."""
    writers = [name for name, state in net.states.items() if key in state.writes and key not in state.reads]
    assert writers, f"nobody writes {key!r}"
    return {name: Idle(net.table[name], net[name].visits_max) for name in writers}


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_a_net_is_refused_where_nobody_writes_what_is_read(name: str, key: str) -> None:
    net = make_net(name)
    with pytest.raises(NetError, match=f"reads '{key}', which not every way to it has written"):
        net.extend("spoilt", spoil(net, key), dict(net.table))


@pytest.mark.parametrize(("name", "reader", "key"), READERS)
def test_an_extension_is_refused_that_comes_to_a_reader_on_a_shorter_way(name: str, reader: str, key: str) -> None:
    net = make_net(name)
    states = {"early": Idle(frozenset({reader, net.start}))}
    with pytest.raises(NetError, match=f"{reader} reads '{key}', which not every way to it has written"):
        net.extend("hasty", states, start="early")


@pytest.mark.parametrize("name", VARIANTS)
def test_a_net_whose_states_use_the_board_or_slots_says_so(name: str) -> None:
    states = make_net(name).states.values()
    ours = {kind for state in states for kind in type(state).__mro__ if kind.__module__.startswith("agent_brain.nets")}
    using = sorted(kind.__name__ for kind in ours if USES.search(getsource(kind)))
    saying = sorted({type(state).__name__ for state in states if state.writes})
    assert bool(using) is bool(saying), f"board or slots are used by {using}; states with `writes`: {saying}"


def test_an_extension_whose_further_state_is_written_for_is_built() -> None:
    net = make_net("plan_execute")
    states = {"early": Idle(frozenset({net.start}))}
    assert net.extend("patient", states, start="early").start == "early"
