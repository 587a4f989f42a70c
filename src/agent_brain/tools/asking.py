"""`ask_person`: the tool by which a model asks a person, whose reply is its outcome."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from agent_brain.core.items import FaultKind, Observation, OutcomeStatus
from agent_brain.core.tooling import Question, ToolSpec

SCHEMA: Mapping[str, Any] = MappingProxyType(
    {
        "type": "object",
        "properties": {
            "question": {"type": "string", "description": "What the person is asked, complete in itself."},
            "choices": {"type": "array", "items": {"type": "string"}, "description": "Replies to choose from."},
        },
        "required": ["question"],
        "additionalProperties": False,
    }
)


@dataclass(frozen=True)
class AskPerson:
    """Makes the run wait, without a process, until a person has replied."""

    name: str = "ask_person"
    description: str = "Ask the person a question and wait for the reply; use it where only they can know or decide."
    expires_seconds: float | None = None
    """None: it waits for ever."""
    default: Any = "(nobody replied)"
    """What counts as the reply when it expires."""

    @property
    def spec(self) -> ToolSpec:
        """What a model is told of it."""
        return ToolSpec(self.name, self.description, SCHEMA, read_only=True)

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[str | Observation | Question, None]:
        """Hand the question on."""
        question, choices = args.get("question"), args.get("choices")
        if not isinstance(question, str) or not question.strip():
            said = f"wrong arguments: question is {question!r:.80}; wanted a text"
            yield Observation(said, OutcomeStatus.FAILED, FaultKind.WRONG_ARGUMENTS)
            return
        wanted: dict[str, Any] = {"type": "string"}
        if isinstance(choices, list) and choices:
            wanted["enum"] = [str(choice) for choice in choices]
        yield Question(question, wanted, self.default, self.expires_seconds)


ask_person = AskPerson()
"""The tool as a brain takes it: `Brain(tools=[ask_person])`."""
