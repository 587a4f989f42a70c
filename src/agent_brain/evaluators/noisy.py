"""An evaluator that errs at known rates: what nets that go by a verdict are worth where that cannot be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator, Score
from agent_brain.core.offers import offers
from agent_brain.core.place import Placed
from agent_brain.core.ports import Closable
from agent_brain.core.run_evaluating import RunEvaluator
from agent_brain.models.simulated.chances import Chances


@dataclass(frozen=True)
class NoisyEvaluator:
    """Asks another evaluator, and says the opposite by chance: the same of one answer in one place of a run, always."""

    inner: Evaluator
    fp: float
    """How often it lets a wrong answer pass."""
    fn: float
    """How often it refuses a right one."""
    seed: int = 0
    key: tuple[object, ...] = ()
    place: str = ""

    def __post_init__(self) -> None:
        for name in ("fp", "fn"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise SetupError(f"{name} of a noisy evaluator is {value!r:.60}; wanted a number from 0 to 1")

    @property
    def name(self) -> str:
        """That of the other one, and how it errs."""
        return f"noisy {self.inner.name} (fp={self.fp:g}, fn={self.fn:g})"

    @property
    def oracle(self) -> bool:
        """As that of the other one: what it knows, it knows still."""
        return self.inner.oracle

    @property
    def models(self) -> Sequence[Any]:
        """Whom the other one asks."""
        return tuple(getattr(self.inner, "models", ()))

    @property
    def model_calls(self) -> int:
        """How many calls one verdict takes at most."""
        return int(getattr(self.inner, "model_calls", 0))

    def keyed(self, key: Sequence[object]) -> Self:
        """The same evaluator with another trial's luck: its task, its arm or one word for all arms, its repeat."""
        return replace(self, key=tuple(key))

    def placed(self, place: str) -> Self:
        """The same evaluator, asked in this place of a run."""
        inner = self.inner.placed(place) if offers(self.inner, Placed) else self.inner
        return replace(self, inner=inner, place=place)

    async def judge(self, question: str, answer: str) -> Score:
        """What the other one says, or the opposite."""
        score = await self.inner.judge(question, answer)
        rate = self.fn if score.passed else self.fp
        if Chances(self.seed, self.key).draw("verdict", question, answer, self.place) >= rate:
            return score
        if score.passed:
            return replace(score, passed=False, value=0.0, feedback="this is not the right answer")
        return replace(score, passed=True, value=1.0, feedback="")

    async def aclose(self) -> None:
        """Close what the other one has opened."""
        if isinstance(self.inner, Closable):
            await self.inner.aclose()


def noisy(evaluator: Evaluator, fp: float = 0.0, fn: float = 0.0, *, seed: int = 0) -> NoisyEvaluator:
    """An evaluator that lets wrong answers pass, and refuses right ones, at these rates.

    Raises: SetupError.
    """
    name = evaluator.name
    if offers(evaluator, RunEvaluator):
        raise SetupError(f"noisy was given {name}, which judges runs; wanted an evaluator of answers")
    return NoisyEvaluator(evaluator, fp, fn, seed)
