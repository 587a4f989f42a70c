"""ReasoningState: think, and perhaps ask for an action."""

from dataclasses import dataclass
from typing import ClassVar

from agent_brain.core.chat import ChatModel, Reply, ToolChoice
from agent_brain.core.errors import SetupError
from agent_brain.core.items import FaultKind, ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.state import StateType
from agent_brain.nets.speaking import SpeakingState

STEPS_MAX = 20


@dataclass(frozen=True)
class ReasoningState(SpeakingState):
    """Asks the model, streams its text, and sets `env.next_actions` to what it asks for.

    Goes to `then` when there is an action, to `mend` when the reply was faulty, and to `otherwise` when there is no
    action or `steps_max` is reached.
    """

    choice: ClassVar[ToolChoice] = "auto"

    model: str | ChatModel = "reasoning"
    then: str = StateType.ACTION
    otherwise: str = StateType.ANSWER
    mend: str = StateType.REASONING
    steps_max: int = STEPS_MAX
    """Visits in one run; whatever the last one asks for is not carried out any more."""

    def __post_init__(self) -> None:
        if self.steps_max < 1:
            raise SetupError(f"steps_max is {self.steps_max}; wanted at least 1")

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.otherwise, self.mend})

    @property
    def visits_max(self) -> int:
        """The bound of every cycle through it."""
        return self.steps_max

    @property
    def last_targets(self) -> frozenset[str]:
        """Whatever it asks for then is not carried out."""
        return frozenset({self.otherwise})

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        parts = self._bound()
        reading = parts.wire.read(reply, parts.tools.specs)
        if reading.text or reply.reasoning or reading.details:
            env.add(ItemKind.THOUGHT, reading.text, reasoning=reply.reasoning, details=reading.details)
        env.choose(reading.actions)
        is_thought = reading.fault is FaultKind.EMPTY and reply.reasoning.strip()
        if reading.fault is not None and not is_thought:
            env.fault(reading.fault, reading.remedy)

    async def _transition(self, env: MemoryEnv) -> None:
        last = env.log[-1]
        was_faulty = last.kind is ItemKind.OBSERVATION and last.turn == env.steps
        is_last_visit = env.visits[env.state] >= self.steps_max
        if is_last_visit and (env.next_action or was_faulty):
            env.choose(())
            env.meet_limit("steps_max", f"the limit of {self.steps_max} reasoning steps was reached")
            env.set_state(self.otherwise, env.limit)
        elif env.next_action:
            env.set_state(self.then, "it asked for " + ", ".join(action.name for action in env.next_actions))
        elif was_faulty:
            env.set_state(self.mend, "its reply has to be mended")
        else:
            env.set_state(self.otherwise, "it asked for no action")
