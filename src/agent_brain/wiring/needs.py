"""What a net cannot do without, and whether a brain has it."""

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.core.net import Net
from agent_brain.core.ports import Parts
from agent_brain.core.state import Need
from agent_brain.core.tooling import Tools
from agent_brain.evaluators.function import FunctionEvaluator, Judge


def make_evaluator(evaluator: Evaluator | Judge | None) -> Evaluator | None:
    """The evaluator, made of a function where it is one. Raises: SetupError."""
    if evaluator is None or isinstance(evaluator, Evaluator):
        return evaluator
    return FunctionEvaluator(evaluator)


def check_needs(net: Net, parts: Parts) -> None:
    """Let a net pass that these parts can serve. Raises: SetupError with all that is missing."""
    missing = []
    if Need.EVALUATOR in net.needs and parts.evaluator is None:
        missing.append("something that says whether an answer is good: Brain(evaluator=...)")
    if Need.TOOLS in net.needs and not parts.tools.specs and not hasattr(parts.tools, "open"):
        missing.append("at least one tool: Brain(tools=[...])")
    if missing:
        raise SetupError(f"net {net.name!r} needs {' and '.join(missing)}")
    check_traces(net, parts.tools)


def check_traces(net: Net, tools: Tools) -> None:
    """Let tools pass of which further attempts find no traces, where the net makes some. Raises: SetupError."""
    lasting = [spec.name for spec in tools.specs if spec.leaves_traces] if Need.RESET in net.needs else []
    if lasting:
        raise SetupError(
            f"net {net.name!r} makes further attempts, which would find what {', '.join(lasting)} has changed in the "
            "first one; wanted @tool(reset=...), which undoes it, read_only=True where there is nothing to undo, "
            "or the net's option resets=False, where that does not matter"
        )
