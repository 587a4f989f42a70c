"""Think: a net whose model has a tool for thoughts, and so can stop and think between its other calls.

The states and moves are those of the net that it is put around. Private reasoning between calls is kept and shown by
every net; how long, is the memory's to say.

Source: Anthropic, The "think" tool: Enabling Claude to stop and think in complex tool use situations, 2025.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.items import Observation
from agent_brain.core.net import Net
from agent_brain.core.tooling import Question, ToolSpec
from agent_brain.nets.react import react_brief
from agent_brain.nets.words import Words, load_words

NAME = "think"


def make_think(words: Words, net: Net = react_brief) -> Net:
    """A net with a tool for thoughts beside the brain's own: s' + 1 model calls, where thoughts are actions too.

    Raises: SetupError for a net whose model chooses no actions.
    """
    if not _is_acting(net):
        raise SetupError(f"net {net.name!r} lets its model choose no actions, so it cannot use a tool for thoughts")
    tool = ThinkTool(words["tool"], words["thought"], words["acknowledgement"])
    instructions = f"{net.instructions}\n\n{words['instructions']}".strip()
    return replace(net, name=NAME, tools=(*net.tools, tool), instructions=instructions, moves=net.table)


def _is_acting(net: Net) -> bool:
    """True where a state of it, or of a net inside it, lets the model call tools."""
    states = net.states.values()
    return any(getattr(state, "choice", "none") == "auto" or any(map(_is_acting, state.inner_nets)) for state in states)


@dataclass(frozen=True)
class ThinkTool:
    """A tool that does nothing: its argument is a thought, and so stands in the run; its result says that it does."""

    description: str
    thought: str
    """What the model is told of the argument."""
    acknowledgement: str

    @property
    def spec(self) -> ToolSpec:
        """Its name, description and schema."""
        properties = {"thought": {"type": "string", "description": self.thought}}
        schema = {"type": "object", "properties": properties, "required": ["thought"], "additionalProperties": False}
        return ToolSpec(NAME, self.description, schema, read_only=True, idempotent=True)

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[str | Observation | Question, None]:
        """Say that it is written down, whatever it is."""
        yield Observation(self.acknowledgement)


think = make_think(load_words("think"))
