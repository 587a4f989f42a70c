"""Guards: plain functions that see what goes into a tool, out of it, and into the answer; and what they may say."""

import copy
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from agent_brain.core.items import Action, Item, Observation
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.usage import Usage


@dataclass(frozen=True, slots=True)
class Refuse:
    """It shall not pass; the reason is told to the model."""

    reason: str


@dataclass(frozen=True, slots=True)
class AskFirst:
    """A person decides: the run waits for an approval, as it does for a tool that needs one."""

    text: str
    expires_seconds: float | None = None
    """How long the person has; then it is refused. None: for ever."""


@dataclass(frozen=True, slots=True)
class GuardContext:
    """What a guard may know of the run; it can change nothing of it."""

    run_id: str
    state: str
    step: int
    goal: str
    usage: Usage
    is_replay: bool = False
    """A journal is played back: a guard that asks a server may leave that, and must then say what it said before."""
    _env: MemoryEnv = field(default_factory=MemoryEnv, repr=False, compare=False)

    @property
    def log(self) -> Sequence[Item]:
        """What stands in the log, in copies."""
        return [replace(item, action=copy.deepcopy(item.action)) for item in self._env.log]


def make_context(env: MemoryEnv, *, is_replay: bool = False) -> GuardContext:
    """What a guard may know of this run."""
    return GuardContext(env.run_id, env.state, env.steps, env.goal, env.usage, is_replay, env)


ActionRuling = Action | Refuse | AskFirst | None
"""What a guard says to an action; None lets it pass."""
OutcomeRuling = Observation | str | Refuse | None
AnswerRuling = str | Refuse | AskFirst | None

BeforeTool = Callable[[Action, GuardContext], ActionRuling | Awaitable[ActionRuling]]
AfterTool = Callable[[Action, Observation, GuardContext], OutcomeRuling | Awaitable[OutcomeRuling]]
BeforeAnswer = Callable[[str, GuardContext], AnswerRuling | Awaitable[AnswerRuling]]


@dataclass(frozen=True, slots=True)
class Guards:
    """The guards of a brain; of several, each sees what the one before it has made of it."""

    before_tool: tuple[BeforeTool, ...] = ()
    after_tool: tuple[AfterTool, ...] = ()
    before_answer: tuple[BeforeAnswer, ...] = ()

    @property
    def inside(self) -> "Guards":
        """Those of a net that works inside a state: what it comes to is a thought, and no answer that is given."""
        return replace(self, before_answer=()) if self.before_answer else self


NO_GUARDS = Guards()
