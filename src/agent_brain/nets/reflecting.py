"""Reflection on what came of actions: when it is due, the actions that lead to it, and the state that reflects."""

from dataclasses import dataclass, field

from agent_brain.core.chat import ChatModel, Reply
from agent_brain.core.errors import SetupError
from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.state import StateType
from agent_brain.nets.acting import ActionState
from agent_brain.nets.signal import read_signal
from agent_brain.nets.speaking import SpeakingState

GO_ON, REVISE, ANSWER = "go on", "revise", "answer"
ALWAYS, ON_ERROR = "always", "on_error"

When = str | int
"""After which turns of actions there is a reflection: `always`, `on_error`, or after every so many."""


def check_when(when: When) -> When:
    """Let one pass that can be followed. Raises: SetupError."""
    is_number = isinstance(when, int) and not isinstance(when, bool) and when >= 1
    if is_number or when in {ALWAYS, ON_ERROR}:
        return when
    raise SetupError(f"when is {when!r}; wanted {ALWAYS!r}, {ON_ERROR!r}, or a number of turns, at least 1")


def is_due(env: MemoryEnv, when: When, turns: int) -> bool:
    """Whether the last turn of actions, of so many, is one to reflect on."""
    if isinstance(when, int):
        return turns > 0 and turns % when == 0
    return when == ALWAYS or has_failed(env)


def has_failed(env: MemoryEnv) -> bool:
    """True where one of the last actions did not finish."""
    turn = env.log[-1].turn
    for item in reversed(env.log):
        if item.kind is not ItemKind.ACTION or item.turn != turn:
            return False
        if item.outcome is not None and item.outcome.is_error:
            return True
    return False


@dataclass(frozen=True)
class ReflectedActionState(ActionState):
    """Carries out actions, and goes on to `then` where what came of them is to be reflected on, else to `otherwise`."""

    then: str = field(default=StateType.REFLECT, kw_only=True)
    otherwise: str = field(default=StateType.REASONING, kw_only=True)
    when: When = field(default=ALWAYS, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_when(self.when)

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then} if self.when == ALWAYS else {self.then, self.otherwise})

    async def _transition(self, env: MemoryEnv) -> None:
        if is_due(env, self.when, env.visits[env.state]):
            env.set_state(self.then, "what came of it is to be reflected on")
        else:
            env.set_state(self.otherwise, "the action has its outcome")


@dataclass(frozen=True)
class ReflectingState(SpeakingState):
    """Reflects on the last turn of actions, which it sees with the goal alone, not on the whole trajectory.

    Goes to `then`, to `revise` where something has to change, and to `otherwise` where the goal is reached. What it
    says is a reflection in the log, after the results and before the next call, so that no pair of them is parted.
    """

    model: str | ChatModel = "reasoning"
    groups: int | None = field(default=1, kw_only=True)
    item: ItemKind = ItemKind.REFLECTION
    revise: str = field(default=StateType.REASONING, kw_only=True)
    otherwise: str = field(default=StateType.ANSWER, kw_only=True)

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.revise, self.otherwise})

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        if self._bound().wire.read(reply, ()).text.strip():
            super()._learn(env, reply)

    async def _transition(self, env: MemoryEnv) -> None:
        last = env.log[-1]
        signal = read_signal(last.text, (GO_ON, REVISE, ANSWER)) if last.kind is self.item else ""
        if signal == ANSWER:
            env.set_state(self.otherwise, "the goal is reached")
        elif signal == REVISE:
            env.set_state(self.revise, "something has to change")
        else:
            env.set_state(self.then, "it goes on")
