"""Which of several tries is the answer: the choice on the board, and the state that gives it."""

from dataclasses import dataclass, field

from agent_brain.core.items import Item
from agent_brain.core.judgements import find_candidates, find_question
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.state import StateType
from agent_brain.nets.answering import AnswerState

CHOSEN = "chosen"
"""The board's key of the place in the log of what was chosen."""


def choose(env: MemoryEnv, item: Item) -> None:
    """Make this item the answer."""
    env.put_board(CHOSEN, item.seq)


def find_choice(env: MemoryEnv, state: str) -> Item | None:
    """What was chosen since the question, else the last try of this state, as far as there is one."""
    place: int = env.board.get(CHOSEN, -1)
    if place > find_question(env):
        return env.log[place]
    return next(reversed(find_candidates(env, state)), None)


@dataclass(frozen=True)
class ChosenAnswerState(AnswerState):
    """Gives what was chosen, or the last try of the state `of`, which saves a call.

    It asks the model where there is neither, and where the answer was refused.
    """

    of: str = field(default=StateType.ATTEMPT, kw_only=True)

    @property
    def spare_visits(self) -> int:
        """It asks where there is nothing to give, or it was refused."""
        return 1

    def _quote(self, env: MemoryEnv) -> str:
        was_refused = env.log[-1].state == env.state and env.log[-1].turn == env.steps
        item = None if was_refused else find_choice(env, self.of)
        return "" if item is None else item.text.strip()
