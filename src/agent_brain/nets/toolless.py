"""States of nets that use no tools, whose models are not told of any."""

from dataclasses import dataclass, replace
from typing import Self

from agent_brain.core.chat import ChatModel
from agent_brain.core.ports import Parts
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.choosing import ChosenAnswerState
from agent_brain.nets.speaking import SpeakingState
from agent_brain.tools.toolbox import Toolbox


@dataclass(frozen=True)
class ToollessState(SpeakingState):
    """A state that asks a model and keeps the brain's tools from it, as no state of its net carries out an action."""

    model: str | ChatModel = "reasoning"

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts but its tools."""
        return super().bind(drop_tools(parts))


@dataclass(frozen=True)
class ToollessAnswerState(AnswerState):
    """Asks for the answer, and keeps the brain's tools from its model."""

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts but its tools."""
        return super().bind(drop_tools(parts))


@dataclass(frozen=True)
class ToollessChoiceState(ChosenAnswerState):
    """Gives what was chosen, and keeps the brain's tools from its model where it has to ask."""

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts but its tools."""
        return super().bind(drop_tools(parts))


def drop_tools(parts: Parts) -> Parts:
    """The same parts without tools."""
    return replace(parts, tools=Toolbox(()))
