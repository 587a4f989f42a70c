"""What a net cannot do without, and whether a brain has it."""

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.evaluating import Evaluator
from agent_brain.core.net import Net
from agent_brain.core.offers import offers
from agent_brain.core.ports import Memory, Parts
from agent_brain.core.state import Need
from agent_brain.core.tooling import Openable, Tools
from agent_brain.engine.limits import Limits
from agent_brain.evaluators.function import FunctionEvaluator, Judge
from agent_brain.wiring.memories import EXAMPLE
from agent_brain.wiring.nets import list_names
from agent_brain.wiring.specs import parse_spec
from agent_brain.wiring.tables import BEYOND_OFFLINE, MEMORIES_BEYOND_OFFLINE

PLAYABLE = ("react", "react_brief", "refact", "think", "ask")
"""Nets in which the embedded model answers what it can."""
PLAYABLE_MEMORIES = ("messages", "whole", "window", "budget", "mask", "summary", "fold", "plan", "todo", "notes",
                     "lessons", "consolidate", "playbook", "keyfacts")  # fmt: skip
WINDOW_MIN = 4
"""With fewer groups the embedded model does not see what it has done for a question of three parts."""


def make_evaluator(evaluator: Evaluator | Judge | str | None) -> Evaluator | None:
    """The evaluator, made of a function where it is one, and loaded where it is a name. Raises: SetupError."""
    if isinstance(evaluator, str):
        evaluator = _load(evaluator)
    if evaluator is None or (isinstance(evaluator, Evaluator) and not isinstance(evaluator, type)):
        return evaluator
    if isinstance(evaluator, type) or hasattr(evaluator, "judge"):
        lacks = [name for name in ("name", "oracle", "judge") if not hasattr(evaluator, name)]
        reason = f"has no {' and no '.join(lacks)}" if lacks else "is a class"
        raise SetupError(
            f"evaluator is {evaluator!r:.80}, which {reason}; wanted an object with name, oracle and judge"
        )
    return FunctionEvaluator(evaluator)


def _load(name: str) -> Evaluator | Judge:
    place, _, attribute = name.rpartition(":")
    if not place or not attribute:
        raise SetupError(f"evaluator is {name!r:.100}; wanted FILE.py:NAME or package.module:NAME")
    from agent_brain.tools.load import load_object

    found: Evaluator | Judge | None = load_object(place, attribute)
    if found is None:
        raise SetupError(f"evaluator {name!r} is None; wanted an Evaluator, or a function of question and answer")
    return found


def check_needs(net: Net, parts: Parts) -> None:
    """Let a net pass that these parts can serve. Raises: SetupError with all that is missing."""
    missing = []
    if Need.EVALUATOR in net.needs and parts.evaluator is None:
        missing.append("something that says whether an answer is good: Brain(evaluator=...), or --evaluator")
    of_memory = {each.spec.name for each in getattr(parts.memory, "tools", ())}
    own = [spec for spec in parts.tools.specs if spec.name not in of_memory]
    if Need.TOOLS in net.needs and not own and not hasattr(parts.tools, "open"):
        missing.append("at least one tool: Brain(tools=[...])")
    if missing:
        raise SetupError(f"net {net.name!r} needs {' and '.join(missing)}")
    check_traces(net, parts.tools)
    check_apart(net, parts.memory)


def check_apart(net: Net, memory: Memory) -> None:
    """Let a memory pass in which runs that shall know nothing of each other find nothing of each other.

    Raises: SetupError. Most memories write when the run has its answer, once, and not for runs inside.
    """
    if Need.APART in net.needs and getattr(memory, "writes_within", False):
        raise SetupError(
            f"net {net.name!r} makes attempts that shall know nothing of each other, and this memory writes to its "
            "store while they are under way: samples must not share writable memory; wanted frozen=True, as in "
            "hierarchical(frozen=True), or a memory that writes when there is an answer, as episodic and keyfacts do"
        )


def check_traces(net: Net, tools: Tools) -> None:
    """Let tools pass of which further attempts find no traces, where the net makes some. Raises: SetupError."""
    check_sharing(net, tools)
    lasting = [spec.name for spec in tools.specs if spec.leaves_traces] if Need.RESET in net.needs else []
    if lasting:
        raise SetupError(
            f"net {net.name!r} makes further attempts, which would find what {', '.join(lasting)} has changed in the "
            "first one; wanted @tool(reset=...), which undoes it, read_only=True where there is nothing to undo, "
            "or the net's option resets=False, where that does not matter"
        )


def check_sharing(net: Net, tools: Tools) -> None:
    """Let tools pass that several runs may use at the same time without a trace. Raises: SetupError."""
    changing = [spec.name for spec in tools.specs if not spec.read_only and not spec.looks]
    if Need.READ_ONLY in net.needs and changing:
        raise SetupError(
            f"net {net.name!r} makes several attempts at the same time, each of which would find what "
            f"{', '.join(changing)} has changed in the others; wanted read_only=True where a tool changes nothing, or "
            "the net's option shares_tools=True, where that does not matter"
        )


def tell_crowds(net: Net, limits: Limits) -> list[str]:
    """Where the net, or one inside, wants more calls at the same time than the limit can ever let it make, in words."""
    most, kept_back = limits.model_calls, net[net.finish].model_calls
    told = [
        words for state in net.states.values() for inner in state.inner_nets for words in tell_crowds(inner, limits)
    ]
    for name, state in net.states.items():
        each = sum(inner[inner.finish].model_calls for inner in state.inner_nets)
        if most is None or not each or state.inner_runs_max * each + kept_back <= most:
            continue
        told.append(
            f"{net.name} begins {state.inner_runs_max:,} runs at once in {name}, and the limit of {most} model calls "
            f"has room for {max(0, most - kept_back) // each}: the others will not begin, unless the limit is "
            f"{state.inner_runs_max * each + kept_back} at least"
        )
    return list(dict.fromkeys(told))


def check_calls_of(limits: Limits, tools: Tools) -> None:
    """Let limits pass on tools that there are; those of servers and of brains inside are known only in the run.

    Raises: UnknownName for any other: it would never bind.
    """
    if offers(tools, Openable) or any(spec.nests for spec in tools.specs):
        return
    known = [spec.name for spec in tools.specs]
    for name in limits.calls_of or ():
        if name not in known:
            raise UnknownName("tool to limit (calls_of)", name, known)


def check_playable(net: str, memory: str = "messages") -> None:
    """Let a net and a memory pass with which the embedded model comes to an answer. Raises: SetupError."""
    _check_playable_memory(memory)
    beyond = next((name for name in list_names(net) if name in BEYOND_OFFLINE), None)
    if beyond is not None:
        raise SetupError(
            f"net {beyond!r} wants more of its model than the embedded offline one can write, which is a set of rules; "
            f"give it a model (--model, --base-url, OPENAI_API_KEY), or choose of: {', '.join(PLAYABLE)}; with tools, "
            "and nets such as retry(react) around them"
        )


def _check_playable_memory(memory: str) -> None:
    for term in parse_spec(memory, "memory", EXAMPLE):
        groups = term.options.get("groups", term.args[0] if term.args else None) if term.name == "window" else None
        is_narrow = isinstance(groups, int) and groups < WINDOW_MIN
        if is_narrow or term.name in MEMORIES_BEYOND_OFFLINE:
            raise SetupError(
                f"memory {str(term)!r} shows a question otherwise than the embedded offline model can read it, which "
                f"is a set of rules; give it a model (--model, --base-url, OPENAI_API_KEY), or choose of: "
                f"{', '.join(PLAYABLE_MEMORIES)}; a window of {WINDOW_MIN} groups at least"
            )
