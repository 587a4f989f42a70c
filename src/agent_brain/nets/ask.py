"""Ask: a wrapper by which any net may ask a person, before it begins or after one of its states.

Question and reply become items of the log, which no memory drops, and which runs inside are told of.
"""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from agent_brain.core.chat import Reply
from agent_brain.core.counting import count
from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.events import Piece
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Moves, Net
from agent_brain.core.state import END, StateType
from agent_brain.nets.asking import AskState
from agent_brain.nets.react import react
from agent_brain.nets.speaking import SpeakingState
from agent_brain.nets.words import Words

THEN = "then"
"""In the table: where the net would have gone."""
MOVES: Moves = {
    StateType.CLARIFY: {StateType.ASK, THEN},
    StateType.ASK: {StateType.CLARIFY},
}
"""What is added to a net; where it has states of these names, they are called `clarify_2` and `ask_2`."""
QUESTIONS_MAX = 3
NOBODY = "(Nobody has replied. Go on with what you think best, and say what you assumed.)"
"""What counts as the reply where one is not waited for any longer."""

_QUESTION = re.compile(r"^[ \t*_`#>]*QUESTION[*_`]*[ \t]*:[*_`]*(?P<question>.+)", re.M | re.S | re.I)


def make_ask(
    words: Words,
    net: Net = react,
    *,
    max_questions: int = QUESTIONS_MAX,
    after: str = "",
    expires_seconds: float | None = None,
) -> Net:
    """Let the model ask a person first, then do as the net does: its calls, and at most min(q + 1, Q) for q questions.

    `after`: ask after each visit of this state instead of before the first; it has one way out. `ask(ask(react),
    after='action')` does both. `expires_seconds`: how long a reply is waited for; None: for ever.
    """
    if max_questions < 1:
        raise SetupError(f"max_questions is {max_questions}; wanted at least 1")
    clarify, ask = _find_name(net, StateType.CLARIFY), _find_name(net, StateType.ASK)
    then = _find_way(net, after) if after else net.start
    states = {
        clarify: ClarifyState(directive=words["clarify"], then=then, otherwise=ask, max_questions=max_questions),
        ask: ClarifyingAskState(
            default=NOBODY, expires_seconds=expires_seconds, then=clarify, max_questions=max_questions
        ).changed(key=ask),
    }
    names = {StateType.CLARIFY: clarify, StateType.ASK: ask, THEN: then}
    moves: Moves = {names[source]: {names[target] for target in row} for source, row in MOVES.items()}
    if after:
        return net.extend("ask", states, {**moves, after: {clarify}})
    return net.extend("ask", states, moves, start=clarify)


def _find_name(net: Net, wanted: str) -> str:
    """A name that no state of the net has."""
    names = (f"{wanted}_{number}" if number > 1 else str(wanted) for number in range(1, len(net.states) + 2))
    return next(name for name in names if name not in net.states)


def _find_way(net: Net, after: str) -> str:
    """Where a state goes. Raises: SetupError; UnknownName."""
    single = [name for name, row in net.table.items() if len(row - {END}) == 1]
    if after not in net.states:
        raise UnknownName("state to ask after", after, single)
    if after not in single:
        raise SetupError(
            f"{after} has several ways out; wanted a state with one: {', '.join(single) or 'there is none'}"
        )
    return next(iter(net.table[after] - {END}))


def read_question(text: str) -> str:
    """What a reply asks a person; empty for nothing."""
    found = _QUESTION.search(text)
    return found["question"].strip().strip("*_`").strip() if found else ""


@dataclass(frozen=True)
class ClarifyState(SpeakingState):
    """Asks the model whether a person has to be asked: goes to `otherwise` with a question, and to `then` without one.

    After `max_questions` of them it goes to `then` at once, without a call.
    """

    otherwise: str = field(default=StateType.ASK, kw_only=True)
    max_questions: int = field(default=QUESTIONS_MAX, kw_only=True)

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.otherwise})

    @property
    def quiet_visits(self) -> int:
        """After the last question it asks no model."""
        return 1

    @property
    def writes(self) -> frozenset[str]:
        """What it sees to."""
        return frozenset({self.otherwise})

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        if self._is_spent(env):
            return
        async with aclosing(super()._run(env)) as pieces:
            async for piece in pieces:
                yield piece

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        env.put_board(self.otherwise, read_question(self._bound().wire.read(reply, ()).text))

    async def _transition(self, env: MemoryEnv) -> None:
        if self._is_spent(env):
            env.set_state(self.then, f"{count(self.max_questions, 'question')} asked, and no more may be")
        elif env.board[self.otherwise]:
            env.set_state(self.otherwise, "a person has to be asked")
        else:
            env.set_state(self.then, "nobody has to be asked")

    def _is_spent(self, env: MemoryEnv) -> bool:
        return env.visits.get(self.otherwise, 0) >= self.max_questions


@dataclass(frozen=True)
class ClarifyingAskState(AskState):
    """Asks a person what stands on the board under its name, at most `max_questions` times in one run."""

    max_questions: int = field(default=QUESTIONS_MAX, kw_only=True)
    key: str = field(default=StateType.ASK, init=False)
    """Of the board: its name."""

    @property
    def visits_max(self) -> int:
        """The bound of the cycle to who wants to ask: then that asks no more."""
        return self.max_questions

    @property
    def reads(self) -> frozenset[str]:
        """What it cannot do without."""
        return frozenset({self.key})

    def _find_question(self, env: MemoryEnv) -> str:
        return str(env.board[env.state])
