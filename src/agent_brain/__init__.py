"""agent-brain: an agent core that you can take apart."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what `__getattr__` loads, for type checkers; it hides no circle
    from agent_brain.brain import Brain
    from agent_brain.core.answer_type import ReplyForm
    from agent_brain.core.archive import Archive, Change, Entry
    from agent_brain.core.chat import Again, CallDelta, CallingModel, ChatModel, Delta, Reply
    from agent_brain.core.errors import (
        AnswerRefused,
        BrainError,
        BudgetTooSmall,
        EvaluatorFailed,
        Fenced,
        IllegalMove,
        ModelError,
        ModelErrorKind,
        NetChanged,
        NetError,
        RunBusy,
        RunError,
        RunExists,
        RunKept,
        RunUnknown,
        SetupError,
        StillWaiting,
        StoreBroken,
        StoreDown,
        StoreError,
        TimeUp,
        UnknownName,
        WrongAnswer,
    )
    from agent_brain.core.evaluating import Evaluator, Score
    from agent_brain.core.events import Chunk, ChunkKind, Ended, Entered, Event, Moved, Partial, Retracted, SubEvent
    from agent_brain.core.form_model import FormModel
    from agent_brain.core.guards import AskFirst, GuardContext, Refuse
    from agent_brain.core.items import (
        Action,
        FaultKind,
        Item,
        ItemKind,
        Message,
        Observation,
        OutcomeStatus,
        ReplyCall,
    )
    from agent_brain.core.judgements import Judgement
    from agent_brain.core.lens import Budget
    from agent_brain.core.memory_env import MemoryEnv
    from agent_brain.core.net import Net
    from agent_brain.core.pauses import Pause, PauseKind, ReplySource
    from agent_brain.core.ports import Lens, Memory, Wire
    from agent_brain.core.records import (
        ActionFinished,
        ActionStarted,
        Charged,
        Fitted,
        ItemAdded,
        Paused,
        Record,
        Refused,
        Replied,
        Status,
    )
    from agent_brain.core.state import END, State, StateType
    from agent_brain.core.store import Commit, RunInfo, Store
    from agent_brain.core.tooling import ActionId, Question, Tool
    from agent_brain.core.usage import Usage
    from agent_brain.engine.brain_tool import BrainTool
    from agent_brain.engine.diff import Diff
    from agent_brain.engine.limits import Limits
    from agent_brain.engine.replay import Replay, ReplayDiffers
    from agent_brain.engine.result import Result
    from agent_brain.engine.story import Story
    from agent_brain.engine.worker import Worker
    from agent_brain.evaluators.code_tests import CodeTests
    from agent_brain.evaluators.command import CommandEvaluator
    from agent_brain.evaluators.function import FunctionEvaluator
    from agent_brain.evaluators.model import ModelEvaluator
    from agent_brain.evaluators.noisy import NoisyEvaluator
    from agent_brain.evaluators.tool import ToolEvaluator
    from agent_brain.lab.arms.arm import Arm
    from agent_brain.lab.experiment import Contrast, Experiment, Stopping
    from agent_brain.lab.experiment_file import read_experiment
    from agent_brain.lab.progress import Ending, Progress
    from agent_brain.lab.rerunning.rerun import rerun
    from agent_brain.lab.running import run_experiment
    from agent_brain.lab.task import Task, World
    from agent_brain.lab.trial import Outcome, Trial
    from agent_brain.memories.composed import Composed
    from agent_brain.memories.episodic import Episodic
    from agent_brain.models.chaos import ChaosModel, Faults
    from agent_brain.models.circuit import Circuit, Circuits
    from agent_brain.models.fallback import FallbackModel
    from agent_brain.models.offline.model import OfflineModel
    from agent_brain.models.openai_chat import OpenAIChat
    from agent_brain.models.prices import Price, Prices
    from agent_brain.models.retry import RetryPolicy
    from agent_brain.models.scripted import ScriptedModel
    from agent_brain.models.simulated.model import SimulatedModel
    from agent_brain.models.text_stream import stream_response
    from agent_brain.models.timeouts import Timeouts
    from agent_brain.nets.acting import ActionState
    from agent_brain.nets.answering import AnswerState, QuotedAnswerState
    from agent_brain.nets.asking import AskState
    from agent_brain.nets.attempting import AttemptState
    from agent_brain.nets.direct import direct
    from agent_brain.nets.judging import JudgeState
    from agent_brain.nets.react import react, react_brief
    from agent_brain.nets.reasoning import ReasoningState
    from agent_brain.nets.speaking import SpeakingState
    from agent_brain.nets.sub_run import SubRunState
    from agent_brain.stores.memory import MemoryStore
    from agent_brain.stores.memory_archive import MemoryArchive
    from agent_brain.stores.postgres import PostgresStore
    from agent_brain.stores.sqlite import SqliteStore
    from agent_brain.stores.sqlite_archive import SqliteArchive
    from agent_brain.tools.asking import AskPerson, ask_person
    from agent_brain.tools.function_tool import FunctionTool, tool
    from agent_brain.tools.mcp.auth import BearerToken, ClientCredentials, IdentityAssertion, OAuth
    from agent_brain.tools.mcp.server import McpServer
    from agent_brain.tools.mcp.tokens import FileTokens, MemoryTokens
    from agent_brain.tools.toolbox import Toolbox
    from agent_brain.wires.json_text import parse_json_response

__all__ = [
    "END",
    "Action",
    "ActionFinished",
    "ActionId",
    "ActionStarted",
    "ActionState",
    "Again",
    "AnswerRefused",
    "AnswerState",
    "Archive",
    "Arm",
    "AskFirst",
    "AskPerson",
    "AskState",
    "AttemptState",
    "BearerToken",
    "Brain",
    "BrainError",
    "BrainTool",
    "Budget",
    "BudgetTooSmall",
    "CallDelta",
    "CallingModel",
    "Change",
    "ChaosModel",
    "Charged",
    "ChatModel",
    "Chunk",
    "ChunkKind",
    "Circuit",
    "Circuits",
    "ClientCredentials",
    "CodeTests",
    "CommandEvaluator",
    "Commit",
    "Composed",
    "Contrast",
    "Delta",
    "Diff",
    "Ended",
    "Ending",
    "Entered",
    "Entry",
    "Episodic",
    "Evaluator",
    "EvaluatorFailed",
    "Event",
    "Experiment",
    "FallbackModel",
    "FaultKind",
    "Faults",
    "Fenced",
    "FileTokens",
    "Fitted",
    "FormModel",
    "FunctionEvaluator",
    "FunctionTool",
    "GuardContext",
    "IdentityAssertion",
    "IllegalMove",
    "Item",
    "ItemAdded",
    "ItemKind",
    "JudgeState",
    "Judgement",
    "Lens",
    "Limits",
    "McpServer",
    "Memory",
    "MemoryArchive",
    "MemoryEnv",
    "MemoryStore",
    "MemoryTokens",
    "Message",
    "ModelError",
    "ModelErrorKind",
    "ModelEvaluator",
    "Moved",
    "Net",
    "NetChanged",
    "NetError",
    "NoisyEvaluator",
    "OAuth",
    "Observation",
    "OfflineModel",
    "OpenAIChat",
    "Outcome",
    "OutcomeStatus",
    "Partial",
    "Pause",
    "PauseKind",
    "Paused",
    "PostgresStore",
    "Price",
    "Prices",
    "Progress",
    "Question",
    "QuotedAnswerState",
    "ReasoningState",
    "Record",
    "Refuse",
    "Refused",
    "Replay",
    "ReplayDiffers",
    "Replied",
    "Reply",
    "ReplyCall",
    "ReplyForm",
    "ReplySource",
    "Result",
    "Retracted",
    "RetryPolicy",
    "RunBusy",
    "RunError",
    "RunExists",
    "RunInfo",
    "RunKept",
    "RunUnknown",
    "Score",
    "ScriptedModel",
    "SetupError",
    "SimulatedModel",
    "SpeakingState",
    "SqliteArchive",
    "SqliteStore",
    "State",
    "StateType",
    "Status",
    "StillWaiting",
    "Stopping",
    "Store",
    "StoreBroken",
    "StoreDown",
    "StoreError",
    "Story",
    "SubEvent",
    "SubRunState",
    "Task",
    "TimeUp",
    "Timeouts",
    "Tool",
    "ToolEvaluator",
    "Toolbox",
    "Trial",
    "UnknownName",
    "Usage",
    "Wire",
    "Worker",
    "World",
    "WrongAnswer",
    "ask_person",
    "direct",
    "parse_json_response",
    "react",
    "react_brief",
    "read_experiment",
    "rerun",
    "run_experiment",
    "stream_response",
    "tool",
]

_PLACES = {
    "brain": "Brain",
    "core.answer_type": "ReplyForm",
    "core.archive": "Archive Change Entry",
    "core.chat": "Again CallDelta CallingModel ChatModel Delta Reply",
    "core.errors": "AnswerRefused BrainError BudgetTooSmall EvaluatorFailed Fenced IllegalMove ModelError "
    "ModelErrorKind NetChanged NetError RunBusy RunError RunExists RunKept RunUnknown SetupError StillWaiting "
    "StoreBroken StoreDown StoreError TimeUp UnknownName WrongAnswer",
    "core.evaluating": "Evaluator Score",
    "core.events": "Chunk ChunkKind Ended Entered Event Moved Partial Retracted SubEvent",
    "core.form_model": "FormModel",
    "core.guards": "AskFirst GuardContext Refuse",
    "core.items": "Action FaultKind Item ItemKind Message Observation OutcomeStatus ReplyCall",
    "core.judgements": "Judgement",
    "core.memory_env": "MemoryEnv",
    "core.net": "Net",
    "core.pauses": "Pause PauseKind ReplySource",
    "core.ports": "Lens Memory Wire",
    "core.lens": "Budget",
    "core.records": "ActionFinished ActionStarted Charged Fitted ItemAdded Paused Record Refused Replied Status",
    "core.state": "END State StateType",
    "core.store": "Commit RunInfo Store",
    "core.tooling": "ActionId Question Tool",
    "core.usage": "Usage",
    "engine.brain_tool": "BrainTool",
    "engine.diff": "Diff",
    "engine.limits": "Limits",
    "engine.replay": "Replay ReplayDiffers",
    "engine.result": "Result",
    "engine.story": "Story",
    "engine.worker": "Worker",
    "evaluators.code_tests": "CodeTests",
    "evaluators.command": "CommandEvaluator",
    "evaluators.function": "FunctionEvaluator",
    "evaluators.model": "ModelEvaluator",
    "evaluators.noisy": "NoisyEvaluator",
    "evaluators.tool": "ToolEvaluator",
    "lab.arms.arm": "Arm",
    "lab.experiment": "Contrast Experiment Stopping",
    "lab.experiment_file": "read_experiment",
    "lab.progress": "Ending Progress",
    "lab.rerunning.rerun": "rerun",
    "lab.running": "run_experiment",
    "lab.task": "Task World",
    "lab.trial": "Outcome Trial",
    "models.chaos": "ChaosModel Faults",
    "models.circuit": "Circuit Circuits",
    "models.fallback": "FallbackModel",
    "models.offline.model": "OfflineModel",
    "models.openai_chat": "OpenAIChat",
    "models.prices": "Price Prices",
    "models.retry": "RetryPolicy",
    "models.scripted": "ScriptedModel",
    "models.simulated.model": "SimulatedModel",
    "models.text_stream": "stream_response",
    "models.timeouts": "Timeouts",
    "memories.composed": "Composed",
    "memories.episodic": "Episodic",
    "nets.acting": "ActionState",
    "nets.answering": "AnswerState QuotedAnswerState",
    "nets.asking": "AskState",
    "nets.attempting": "AttemptState",
    "nets.direct": "direct",
    "nets.judging": "JudgeState",
    "nets.react": "react react_brief",
    "nets.reasoning": "ReasoningState",
    "nets.speaking": "SpeakingState",
    "nets.sub_run": "SubRunState",
    "stores.memory": "MemoryStore",
    "stores.memory_archive": "MemoryArchive",
    "stores.postgres": "PostgresStore",
    "stores.sqlite": "SqliteStore",
    "stores.sqlite_archive": "SqliteArchive",
    "tools.asking": "AskPerson ask_person",
    "tools.function_tool": "FunctionTool tool",
    "tools.mcp.auth": "BearerToken ClientCredentials IdentityAssertion OAuth",
    "tools.mcp.server": "McpServer",
    "tools.mcp.tokens": "FileTokens MemoryTokens",
    "tools.toolbox": "Toolbox",
    "wires.json_text": "parse_json_response",
}
"""The public names by the module that each is loaded from on first use: importing the package itself loads nothing."""

_MODULES = {name: module for module, names in _PLACES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return __all__
