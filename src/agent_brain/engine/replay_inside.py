"""What is played back when runs inside a run are: each with the brain or the net that it was a run of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from agent_brain.core.net import Net
from agent_brain.core.ports import Parts
from agent_brain.core.records import Called, Started
from agent_brain.core.tooling import Tools
from agent_brain.engine.brain_tool import BrainTool
from agent_brain.engine.inner_journals import InnerJournal
from agent_brain.engine.limits import Limits
from agent_brain.models.fallback import list_names


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
        driver = tool.driver if isinstance(tool, BrainTool) else None
        return None if driver is None else InnerNet(driver.net, driver.limits, driver.tools)
    state = outer.net.states.get(journal.state)
    net = None if state is None else _choose_net(journal, state.inner_nets)
    return None if net is None else InnerNet(net, outer.limits, outer.tools)


def _choose_net(journal: InnerJournal, nets: Sequence[Net]) -> Net | None:
    """Which of a state's nets it was a run of: one of its shape, and of several, one that has the models it asked."""
    records = [record for commit in journal.commits for record in commit.records]
    shape = next((record.fingerprint for record in records if isinstance(record, Started)), "")
    asked = {record.model for record in records if isinstance(record, Called)}
    alike = [net for net in nets if net.fingerprint == shape]
    return next((net for net in alike if asked <= _name_models(net)), next(iter([*alike, *nets]), None))


def _name_models(net: Net) -> set[str]:
    """Of the brain's models, those that its states may ask."""
    parts = (getattr(state, "parts", None) for state in net.states.values())
    models = [model for found in parts if isinstance(found, Parts) for model in found.models.values()]
    return {name for model in models for name in list_names(model)}
