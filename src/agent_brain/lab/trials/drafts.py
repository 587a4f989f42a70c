"""The drafts of a run: the answers that it had on its way, of nets that revise or try again."""

from collections.abc import Iterator

from agent_brain.core.evaluating import Evaluator
from agent_brain.core.judgements import find_candidates
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.offers import offers
from agent_brain.core.run_evaluating import RunEvaluator
from agent_brain.lab.judging import is_paid

STATES = ("draft", "refine", "attempt")
"""The states of shipped nets that write what may become the answer."""


def find_drafts(evaluator: Evaluator, env: MemoryEnv) -> Iterator[str]:
    """The drafts in their order, for evaluators that judge by the words alone and cost nothing."""
    if offers(evaluator, RunEvaluator) or is_paid(evaluator):
        return
    items = [item for state in STATES for item in find_candidates(env, state)]
    yield from (item.text for item in sorted(items, key=lambda item: item.seq))
