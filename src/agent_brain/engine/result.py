"""What a finished run hands back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, cast

from typing_extensions import TypeVar

from agent_brain.core.answer_type import AnswerType
from agent_brain.core.errors import RunError, StillWaiting
from agent_brain.core.judgements import Judgement, find_judgements, find_oracles, find_passed
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import Pause
from agent_brain.core.records import Status
from agent_brain.core.usage import Usage

T = TypeVar("T", default=Any)


@dataclass(frozen=True, slots=True)
class Result(Generic[T]):
    """A run's end: its env, and the error where it failed."""

    env: MemoryEnv
    error: RunError | None = None
    answer_type: AnswerType | None = None
    """What answers of its brain are; None: words."""

    @property
    def answer(self) -> str:
        """The answer; where it is a value of a type, the JSON that the model has said of it.

        Raises: the run's own error where the run failed, so that no failure reads like an answer; StillWaiting.
        """
        if self.error is not None:
            raise self.error
        if self.pauses:
            raise StillWaiting(self.run_id, {pause.pause_id: pause.text for pause in self.pauses})
        return self.env.answer

    @property
    def value(self) -> T:
        """The answer as a value of the brain's `answer_type`; of a brain without one, the text.

        Raises: as `answer`; WrongAnswer where a state of another kind has answered with something else.
        """
        answer = self.answer
        return cast(T, answer if self.answer_type is None else self.answer_type.load(answer))

    @property
    def judgements(self) -> Sequence[Judgement]:
        """What the brain's evaluator has said of tries to answer, in the order in which it did."""
        return find_judgements(self.env)

    @property
    def passed(self) -> bool | None:
        """Whether the answer passed the brain's evaluator; None: nobody has judged it, or there is none.

        Nets that try again end `answered` with their last or best try, also where none passed.
        """
        return find_passed(self.env)

    @property
    def oracles(self) -> Sequence[str]:
        """The evaluators that had a say, inside it too, and knew what an agent at work would not."""
        return find_oracles(self.env)

    @property
    def status(self) -> Status:
        """How it ended."""
        return self.env.status

    @property
    def pauses(self) -> Sequence[Pause]:
        """What it waits for: `brain.resume(run_id, {pause_id: reply})`."""
        return self.env.open_pauses

    @property
    def usage(self) -> Usage:
        """What it has spent."""
        return self.env.usage

    @property
    def run_id(self) -> str:
        """Its name."""
        return self.env.run_id
