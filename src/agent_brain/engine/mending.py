"""Whether an answer may be mended: each further try of the finishing state counts against the limits."""

from agent_brain.core.errors import WrongAnswer
from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.engine.limits import Limits


def is_mending(env: MemoryEnv, net: Net) -> bool:
    """True where the finishing state is visited once more because what it wrote is no answer."""
    last = env.log[-1]
    is_told = last.kind is ItemKind.OBSERVATION and last.turn == env.steps - 1 and last.state == env.state
    return is_told and env.state == net.finish and net.finish in net.table[net.finish]


def check_mending(env: MemoryEnv, net: Net, limits: Limits, spent_above: str = "") -> None:
    """Let a further try pass that no limit forbids; `spent_above`: one of a run that this one is inside of.

    Raises: WrongAnswer with the limit and all that was written last.
    """
    met = next(limits.find_spent(env, net[net.finish].model_calls, ()), None)
    reason = limits.describe(env, met) if met is not None else spent_above
    if reason:
        last = next((item.text for item in reversed(env.log) if item.kind is ItemKind.THOUGHT), "")
        raise WrongAnswer(
            "value of the type that was asked for", last, f"{reason}, so it was not mended. {env.log[-1].text}"
        )
