"""A brain as a tool of another one."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.events import HandedOver, SubEvent
from agent_brain.core.items import FaultKind, Observation, OutcomeStatus
from agent_brain.core.tooling import Inside, ToolSpec
from agent_brain.engine.driver import Driver
from agent_brain.tools.function_tool import NAME_PATTERN

QUESTION = "question"
"""The only argument."""


@dataclass(frozen=True)
class BrainTool:
    """Hands a question on to another brain; what that does is a part of the run that asked.

    Its events come with a path, what it spends counts, its pauses are those of the run that asked, and a process that
    takes that run on takes this one on too, where it was.
    Raises: SetupError for a name that no server takes, and for a tool without a description.
    """

    driver: Driver
    name: str
    description: str
    needs_approval: bool = False

    def __post_init__(self) -> None:
        if not NAME_PATTERN.fullmatch(self.name):
            raise SetupError(f"a tool cannot be called {self.name!r:.100}; wanted 1 to 64 letters, digits, _ or -")
        if not self.description.strip():
            raise SetupError(f"the tool {self.name!r} has no description; wanted what it is good for, for the model")

    @property
    def secrets(self) -> frozenset[str]:
        """What its brain keeps out of journals, and so does the one that it is a tool of."""
        return self.driver.secrets

    @property
    def spec(self) -> ToolSpec:
        """What a model is told of it."""
        question = {"type": "string", "description": "Everything that it has to know: it sees nothing else."}
        schema = {
            "type": "object",
            "properties": {QUESTION: question},
            "required": [QUESTION],
            "additionalProperties": False,
        }
        return ToolSpec(self.name, self.description, schema, needs_approval=self.needs_approval, nests=True)

    async def nest(
        self, args: Mapping[str, Any], inside: Inside
    ) -> AsyncGenerator[SubEvent | HandedOver | Observation, None]:
        """As `Nesting.nest`."""
        question = _read_question(args)
        if isinstance(question, Observation):
            yield question
            return
        run = self.driver.begin_inside(question, inside)
        async with aclosing(run.go(self.driver.open)) as pieces:
            async for piece in pieces:
                yield piece
        outcome = run.find_outcome()
        if outcome is not None:
            yield outcome

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[Observation, None]:
        """A run of its own, for who has no journal to keep it in: one that has to wait for a person fails."""
        question = _read_question(args)
        if isinstance(question, Observation):
            yield question
            return
        result = await self.driver.run(question)
        if result.pauses:
            asked = "; ".join(pause.text for pause in result.pauses)
            yield Observation(f"run {result.run_id} waits for a person: {asked}", OutcomeStatus.FAILED)
        elif result.error is not None:
            yield Observation(f"it failed: {result.error}", OutcomeStatus.FAILED)
        else:
            yield Observation(result.answer)

    async def aclose(self) -> None:
        """Close what its brain has opened for the running event loop."""
        await self.driver.aclose()


def _read_question(args: Mapping[str, Any]) -> str | Observation:
    question = args.get(QUESTION)
    extra = sorted(args.keys() - {QUESTION})
    if isinstance(question, str) and question.strip() and not extra:
        return question
    found = f"an argument called {extra[0]!r}" if extra else f"question = {question!r:.80}"
    said = f"found {found}; wanted one argument, question: a text that is not empty"
    return Observation(said, OutcomeStatus.FAILED, FaultKind.WRONG_ARGUMENTS)
