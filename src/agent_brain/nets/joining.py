"""JoinState: look at what came of all calls, and answer, or ask for a further plan."""

import re
from dataclasses import dataclass, field

from agent_brain.core.chat import Reply
from agent_brain.core.counting import count
from agent_brain.core.errors import SetupError
from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.state import StateType
from agent_brain.nets.choosing import ChosenAnswerState, choose, find_choice
from agent_brain.nets.evidence import EVIDENCE, ITS_KINDS, EvidenceAnswerState
from agent_brain.nets.signal import read_signal
from agent_brain.nets.speaking import SpeakingState

FINISH, REPLAN = "finish", "replan"
REPLANS_MAX = 2
_VERDICT = r"[ \t*_`>-]*(?:action[*_ \t]*:[*_` \t]*)?(?P<verdict>finish|replan)[*_`]*[ \t]*(?P<open>[(\[:])"
_ON_A_LINE = re.compile(rf"^{_VERDICT}", re.IGNORECASE | re.MULTILINE)
_ANYWHERE = re.compile(r"\b(?P<verdict>finish|replan)(?P<open>[(\[])", re.IGNORECASE)
_CLOSING = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class Joined:
    """What a joiner's reply says."""

    verdict: str
    said: str
    """The answer, or what a further plan is for."""
    thought: str = ""
    """What stands before it."""


def read_join(text: str) -> Joined:
    """`Finish(answer)` or `Replan(reason)`, on a line of its own first; a reply that is neither is the answer."""
    found = _ON_A_LINE.search(text) or next(reversed(list(_ANYWHERE.finditer(text))), None)
    if found is None:
        return Joined(read_signal(text, (FINISH, REPLAN)) or FINISH, text.strip())
    rest = text[found.end() :]
    end = rest.rfind(_CLOSING[found["open"]]) if found["open"] in _CLOSING else -1
    said = (rest if end < 0 else rest[:end]).strip()
    is_quoted = len(said) > 1 and said[0] == said[-1] and said[0] in "\"'" and said[0] not in said[1:-1]
    return Joined(found["verdict"].lower(), said[1:-1] if is_quoted else said, text[: found.start()].strip())


@dataclass(frozen=True)
class JoinState(SpeakingState):
    """Asks whether the results are enough: goes to `then` with the answer, or to `again` for a further plan.

    At the visit after `replans_max` further plans there is none any more.
    """

    kinds: frozenset[ItemKind] | None = ITS_KINDS
    then: str = StateType.ANSWER
    again: str = field(default=StateType.PLAN, kw_only=True)
    last: str = field(default="", kw_only=True)
    """What is said beyond the directive where no further plan can follow."""
    replans_max: int = field(default=REPLANS_MAX, kw_only=True)
    """How often there is a further plan; the first one is none."""

    reads = frozenset({EVIDENCE})

    def __post_init__(self) -> None:
        if self.replans_max < 0:
            raise SetupError(f"replans_max is {self.replans_max}; wanted at least 0")

    @property
    def targets(self) -> frozenset[str]:
        """Where it may go."""
        return frozenset({self.then, self.again})

    @property
    def visits_max(self) -> int:
        """The bound of the cycle through it."""
        return self.replans_max + 1

    @property
    def last_targets(self) -> frozenset[str]:
        """There is no further plan."""
        return frozenset({self.then})

    def get_directive(self, env: MemoryEnv) -> str:
        """What it asks for, and the question."""
        words = f"{self.directive}\n{self.last}" if self._is_last(env) else self.directive
        return f"{words}\n\n{env.goal}"

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        reading = self._bound().wire.read(reply, ())
        joined = read_join(reading.text)
        if joined.verdict == REPLAN:
            env.add(ItemKind.THOUGHT, reading.text, reasoning=reply.reasoning, details=reading.details)
            return
        if joined.thought:
            env.add(ItemKind.THOUGHT, joined.thought)
        if joined.said:
            env.add(ItemKind.THOUGHT, joined.said, reasoning=reply.reasoning, details=reading.details)
            choose(env, env.log[-1])

    async def _transition(self, env: MemoryEnv) -> None:
        if find_choice(env, "") is not None:
            env.set_state(self.then, "it has the answer")
        elif env.log[-1].turn != env.steps:
            env.set_state(self.then, "it had nothing to say")
        elif self._is_last(env):
            env.meet_limit("replans_max", f"the limit of {count(self.replans_max, 'further plan')} was reached")
            env.set_state(self.then, env.limit)
        else:
            env.set_state(self.again, "it wants a further plan")

    def _is_last(self, env: MemoryEnv) -> bool:
        return env.visits[env.state] >= self.visits_max


@dataclass(frozen=True)
class JoinedAnswerState(EvidenceAnswerState, ChosenAnswerState):
    """Gives the joiner's answer, which saves a call; asks the model where it has none, with the evidence."""

    of: str = field(default="", init=False)
