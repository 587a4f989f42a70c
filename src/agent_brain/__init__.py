"""agent-brain: an agent core that you can take apart."""

from importlib import import_module
from typing import TYPE_CHECKING

from agent_brain.brain import Brain
from agent_brain.core.errors import (
    BrainError,
    IllegalMove,
    ModelError,
    ModelErrorKind,
    NetError,
    RunError,
    SetupError,
    TimeUp,
    UnknownName,
)
from agent_brain.core.events import Chunk, ChunkKind, Ended, Entered, Event, Moved, Retracted
from agent_brain.core.items import Action, FaultKind, Item, ItemKind, Message, Observation, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.ports import Again, ChatModel, Delta, Lens, Memory, Reply, Tool, Wire
from agent_brain.core.records import ActionFinished, ActionStarted, Charged, ItemAdded, Record, Status
from agent_brain.core.state import END, State, StateType
from agent_brain.core.usage import Usage
from agent_brain.engine.limits import Limits
from agent_brain.engine.result import Result
from agent_brain.nets.acting import ActionState
from agent_brain.nets.answering import AnswerState, QuotedAnswerState
from agent_brain.nets.react import react, react_brief
from agent_brain.nets.reasoning import ReasoningState
from agent_brain.nets.speaking import SpeakingState
from agent_brain.tools.function_tool import FunctionTool, tool
from agent_brain.tools.toolbox import Toolbox

if TYPE_CHECKING:  # what `__getattr__` loads on first use, for type checkers; it hides no circle
    from agent_brain.models.chaos import ChaosModel, Faults
    from agent_brain.models.offline.model import OfflineModel
    from agent_brain.models.openai_chat import OpenAIChat
    from agent_brain.models.retry import RetryPolicy
    from agent_brain.models.scripted import ScriptedModel
    from agent_brain.models.text_stream import stream_response
    from agent_brain.models.timeouts import Timeouts
    from agent_brain.wires.json_text import parse_json_response

__all__ = [
    "END",
    "Action",
    "ActionFinished",
    "ActionStarted",
    "ActionState",
    "Again",
    "AnswerState",
    "Brain",
    "BrainError",
    "ChaosModel",
    "Charged",
    "ChatModel",
    "Chunk",
    "ChunkKind",
    "Delta",
    "Ended",
    "Entered",
    "Event",
    "FaultKind",
    "Faults",
    "FunctionTool",
    "IllegalMove",
    "Item",
    "ItemAdded",
    "ItemKind",
    "Lens",
    "Limits",
    "Memory",
    "MemoryEnv",
    "Message",
    "ModelError",
    "ModelErrorKind",
    "Moved",
    "Net",
    "NetError",
    "Observation",
    "OfflineModel",
    "OpenAIChat",
    "OutcomeStatus",
    "QuotedAnswerState",
    "ReasoningState",
    "Record",
    "Reply",
    "Result",
    "Retracted",
    "RetryPolicy",
    "RunError",
    "ScriptedModel",
    "SetupError",
    "SpeakingState",
    "State",
    "StateType",
    "Status",
    "TimeUp",
    "Timeouts",
    "Tool",
    "Toolbox",
    "UnknownName",
    "Usage",
    "Wire",
    "parse_json_response",
    "react",
    "react_brief",
    "stream_response",
    "tool",
]

_ON_FIRST_USE = {
    "ChaosModel": "agent_brain.models.chaos",
    "Faults": "agent_brain.models.chaos",
    "OfflineModel": "agent_brain.models.offline.model",
    "OpenAIChat": "agent_brain.models.openai_chat",
    "RetryPolicy": "agent_brain.models.retry",
    "ScriptedModel": "agent_brain.models.scripted",
    "Timeouts": "agent_brain.models.timeouts",
    "parse_json_response": "agent_brain.wires.json_text",
    "stream_response": "agent_brain.models.text_stream",
}
"""Names that would make `import agent_brain` slow: the SDK, the grammar of the embedded model, tables of patterns."""


def __getattr__(name: str) -> object:
    if name not in _ON_FIRST_USE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ON_FIRST_USE[name]), name)


def __dir__() -> list[str]:
    return __all__
