"""What is played back when runs inside a run are: each with the brain or the net that it was a run of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from agent_brain.core.net import Net
from agent_brain.core.tooling import Tools
from agent_brain.engine.brain_tool import BrainTool
from agent_brain.engine.inner_journals import InnerJournal
from agent_brain.engine.limits import Limits


class Playable(Protocol):
    """What a replay needs of a driver."""

    @property
    def net(self) -> Net:
        """The net, with its parts."""

    @property
    def limits(self) -> Limits:
        """What one run may spend."""

    @property
    def asks_for_more(self) -> bool:
        """Whether a person is asked for more of a limit."""

    @property
    def tools(self) -> Tools:
        """Those of its parts."""


@dataclass(frozen=True, slots=True)
class InnerNet:
    """A net inside a state, as a replay plays it."""

    net: Net
    limits: Limits
    tools: Tools
    asks_for_more: bool = False


def find_playable(journal: InnerJournal, outer: Playable) -> Playable | None:
    """Whose run it was; None where the net or the tool is not there any more."""
    if journal.tool:
        get: Callable[[str], object] | None = getattr(outer.tools, "get", None)
        tool = get(journal.tool) if get is not None else None
        return tool.driver if isinstance(tool, BrainTool) else None
    net = getattr(outer.net.states.get(journal.state), "net", None)
    return InnerNet(net, outer.limits, outer.tools) if isinstance(net, Net) else None
