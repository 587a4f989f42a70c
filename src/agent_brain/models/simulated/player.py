"""What a simulated model has in hand when it is asked: its parameters, its luck, the prompt and the tools."""

from dataclasses import dataclass
from functools import lru_cache
from math import exp

from agent_brain.core.chat import Reply
from agent_brain.models.simulated.chances import Chances
from agent_brain.models.simulated.parameters import Parameters
from agent_brain.models.simulated.reading import Prompt


@dataclass(frozen=True, slots=True)
class Player:
    """One call, with every chance that is to be taken in it, each by its name."""

    parameters: Parameters
    chances: Chances
    place: str
    prompt: Prompt
    tools: frozenset[str]
    is_native: bool

    def happens(self, rate: float, *name: object) -> bool:
        """Whether something of this rate happens in this place."""
        return rate > 0 and (rate >= 1 or self.chances.draw(self.place, *name) < rate)

    def choose(self, count: int, *name: object) -> int:
        """One of so many."""
        return self.chances.choose(count, self.place, *name)

    def is_right(self, subject: str, *name: object, is_taught: bool = False) -> bool:
        """Whether it does the right thing about a subject, each of which is as difficult for all who try."""
        taught = is_taught or self.prompt.is_taught
        tau = self.parameters.tau
        difficulty = _find_difficulty(self.chances.seed, subject) if tau else 0.0
        return self.happens(self.parameters.find_rate(difficulty, self.prompt.errors, is_taught=taught), "right", *name)

    def recalls(self, place: int, *name: object) -> bool:
        """Whether it recalls what stands in this place of the prompt."""
        distance = self.prompt.find_distance(place)
        if self.parameters.recall == "middle":
            distance = 2 * min(distance, self.prompt.find_distance(self.prompt.size - place))
        return self.happens(exp(-distance / self.parameters.l0), "recall", *name)

    def drifts(self) -> bool:
        """Whether it has lost sight of the goal."""
        parameters = self.parameters
        if not parameters.h:
            return False
        distance = self.prompt.find_distance(self.prompt.recited)
        return self.happens(parameters.h * (1 - exp(-distance / parameters.d0)), "drift")

    def find_malformed(self) -> str:
        """In which way the next call is malformed; empty for a good one."""
        if not self.happens(self.parameters.m, "malformed"):
            return ""
        kinds = self.parameters.malformed
        return kinds[self.choose(len(kinds), "kind")]


def say(text: str) -> Reply:
    """A reply of nothing but words."""
    return Reply(text, finish="stop")


@lru_cache(maxsize=4096)
def _find_difficulty(seed: int, subject: str) -> float:
    """How much harder than most a subject is: the same in all arms and repeats, in standard deviations."""
    return Chances(seed).draw_normal("difficulty", subject)
