"""Budget forcing: when the model has thought its thought to the end, it is made to go on thinking, so many times.

Over a chat endpoint a reply cannot be begun for the model: "Wait" becomes the end of its own turn, and it is asked to
go on.

Source: Muennighoff et al., s1: Simple test-time scaling, 2025, arXiv 2501.19393.
"""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Self

from agent_brain.core.counting import count
from agent_brain.core.events import Piece
from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Moves, Net
from agent_brain.core.options import check_count
from agent_brain.core.ports import Parts
from agent_brain.core.state import END, StateType
from agent_brain.nets.answering import QuotedAnswerState
from agent_brain.nets.linked import LinkedState
from agent_brain.nets.toolless import ToollessState, drop_tools
from agent_brain.nets.words import Words, load_words

THINK, EXTEND = "think", "extend"
MOVES: Moves = {
    THINK: {EXTEND, StateType.ANSWER},
    EXTEND: {THINK},
    StateType.ANSWER: {END},
}
EXTENSIONS = 1
_MARK = re.compile(r"^[ \t\"'`*_#>-]*+answer[\s\"'`*_]*+:[ \t\"'`*_]*+", re.IGNORECASE | re.MULTILINE)


def make_budget_forcing(words: Words, *, extensions: int = EXTENSIONS) -> Net:
    """Think, go on thinking w times, and give what came of it: 1 + w model calls, and no tools.

    Raises: SetupError.
    """
    return Net(
        name="budget_forcing",
        states={
            THINK: ThinkState(directive=words["think"], again=words["again"], extensions=extensions),
            EXTEND: ExtendState(text=words["extend"]),
            StateType.ANSWER: ThoughtAnswerState(directive=words["answer"]),
        },
        moves=MOVES,
        start=THINK,
        instructions=words["instructions"],
    )


@dataclass(frozen=True)
class ThinkState(ToollessState):
    """Thinks, and goes to `then` until it has done so one time more than `extensions`; after that to `otherwise`."""

    then: str = EXTEND
    again: str = field(default="", kw_only=True)
    """What it asks for from its second visit on."""
    extensions: int = field(default=EXTENSIONS, kw_only=True)
    otherwise: str = field(default=StateType.ANSWER, kw_only=True)

    def __post_init__(self) -> None:
        check_count("extensions", self.extensions, least=0)

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.otherwise})

    @property
    def visits_max(self) -> int:
        """The bound of its cycle."""
        return self.extensions + 1

    def get_directive(self, env: MemoryEnv) -> str:
        """The directive; from the second visit on the one to go on."""
        return self.directive if env.visits[env.state] == 1 else self.again

    async def _transition(self, env: MemoryEnv) -> None:
        if env.visits[env.state] <= self.extensions:
            env.set_state(self.then, "it has to go on thinking")
        else:
            env.set_state(self.otherwise, f"it was made to go on {count(self.extensions, 'time')}")


@dataclass(frozen=True)
class ExtendState(LinkedState):
    """Lets the model's own turn end with these words, as if it had doubts, and goes on to `then`."""

    then: str = field(default=THINK, kw_only=True)
    text: str = "Wait"

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        yield f"\n{self.text}\n"
        env.add(ItemKind.NOTE, self.text)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, "it goes on thinking")


@dataclass(frozen=True)
class ThoughtAnswerState(QuotedAnswerState):
    """Takes as the answer what the last thought says behind `Answer:`, or all of it; asks where a limit cut it off."""

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts but its tools."""
        return super().bind(drop_tools(parts))

    def _quote(self, env: MemoryEnv) -> str:
        return find_answer(super()._quote(env))


def find_answer(thought: str) -> str:
    """What stands behind the last `Answer:` that begins a line; the whole text where there is none."""
    marks = list(_MARK.finditer(thought))
    said = thought[marks[-1].end() :].strip() if marks else ""
    return said or thought


budget_forcing = make_budget_forcing(load_words("budget_forcing"))
