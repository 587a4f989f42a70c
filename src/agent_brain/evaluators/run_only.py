"""What evaluators share that judge what a run did: shown an answer alone they have nothing to say."""

from agent_brain.core.errors import EvaluatorFailed
from agent_brain.core.evaluating import Score


class RunOnly:
    """Judges runs; to be asked about an answer alone is a failure, and no score."""

    name: str = "run"

    async def judge(self, question: str, answer: str) -> Score:
        """Raises: EvaluatorFailed."""
        raise EvaluatorFailed(self.name, "it judges what a run has done, and was shown an answer alone")
