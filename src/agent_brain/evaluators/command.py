"""A command as an evaluator."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_brain.core.errors import EvaluatorFailed, SetupError
from agent_brain.core.evaluating import Score
from agent_brain.evaluators.child import run_child
from agent_brain.tools.result_text import make_safe

FEEDBACK_CHARACTERS_MAX = 2_000
QUESTION_CHARACTERS_MAX = 20_000
"""No system takes variables of any length."""
NOT_FOUND = (126, 127)
"""With what a shell ends where a command cannot be run: that says nothing of the answer."""


@dataclass(frozen=True)
class CommandEvaluator:
    """Runs a command with the answer as its input: it passes where the command ends with 0.

    The beginning of the question is in the variable AGENT_BRAIN_QUESTION. What the command prints is the feedback; its
    last lines count where it is long. Time over: not passed.
    """

    command: Sequence[str]
    oracle: bool = False
    name: str = ""
    seconds: float = 60.0
    folder: str | None = None
    """Where it runs; None: in an empty folder, which is gone afterwards."""

    def __post_init__(self) -> None:
        if isinstance(self.command, str) or not self.command:
            raise SetupError(f"command is {self.command!r:.80}; wanted its words in a list: ['python', 'check.py']")
        object.__setattr__(self, "command", tuple(self.command))
        object.__setattr__(self, "name", self.name or self.command[0])

    async def judge(self, question: str, answer: str) -> Score:
        """How the command ends."""
        asked = make_safe(question.replace("\0", ""))[:QUESTION_CHARACTERS_MAX]
        ended = await run_child(
            self.command, answer, self.seconds, variables={"AGENT_BRAIN_QUESTION": asked}, folder=self.folder
        )
        if ended.code is None:
            return Score(False, feedback=f"it did not end within {self.seconds:g} s")
        if ended.code in NOT_FOUND:
            raise EvaluatorFailed(self.name, f"it ended with {ended.code}: {ended.output.strip()[-200:]}")
        passed = ended.code == 0
        told = ended.output.strip()[-FEEDBACK_CHARACTERS_MAX:]
        return Score(passed, float(passed), told or ("" if passed else f"it ended with {ended.code}"))
