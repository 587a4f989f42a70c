"""The tables of names: a new net, memory or wire is a row here."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TypeVar, cast

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.offers import offers
from agent_brain.core.ports import Wire

NETS: Mapping[str, str] = {
    "react": "agent_brain.nets.react:make_react",
    "react_brief": "agent_brain.nets.react:make_react_brief",
    "direct": "agent_brain.nets.direct:make_direct",
    "retry": "agent_brain.nets.retry:make_retry",
    "warming": "agent_brain.nets.retry:make_warming",
    "escalation": "agent_brain.nets.retry:make_escalation",
    "self_consistency": "agent_brain.nets.self_consistency:make_self_consistency",
    "verifier": "agent_brain.nets.verifier:make_verifier",
    "plan_execute": "agent_brain.nets.plan_execute:make_plan_execute",
    "adapt": "agent_brain.nets.adapt:make_adapt",
    "rewoo": "agent_brain.nets.rewoo:make_rewoo",
    "llm_compiler": "agent_brain.nets.llm_compiler:make_llm_compiler",
    "debate": "agent_brain.nets.debate:make_debate",
    "tot": "agent_brain.nets.tot:make_tot",
    "lats": "agent_brain.nets.lats:make_lats",
    "reflexion": "agent_brain.nets.reflexion:make_reflexion",
    "ask": "agent_brain.nets.ask:make_ask",
    "refact": "agent_brain.nets.refact:make_refact",
    "refact_inline": "agent_brain.nets.refact:make_refact_inline",
    "think": "agent_brain.nets.think:make_think",
    "plan_solve": "agent_brain.nets.plan_solve:make_plan_solve",
    "budget_forcing": "agent_brain.nets.budget_forcing:make_budget_forcing",
    "self_refine": "agent_brain.nets.self_refine:make_self_refine",
}
"""By place, as an entry point names it, what makes a net of its words and options; its file of words has the module's
name. All parts are loaded when a brain is made with them, not on import."""
BEYOND_OFFLINE = frozenset({
    "refact_inline", "plan_solve", "budget_forcing", "self_refine", "plan_execute", "adapt", "rewoo", "llm_compiler",
    "debate", "tot", "lats",
})  # fmt: skip
"""Nets whose models write what the embedded one cannot: plans, reviews, verdicts, answers without tools."""
MEMORIES: Mapping[str, str] = {
    "messages": "agent_brain.memories.messages:Messages",
    "whole": "agent_brain.memories.whole:Whole",
    "window": "agent_brain.memories.window:Window",
    "budget": "agent_brain.memories.token_budget:TokenBudget",
    "mask": "agent_brain.memories.mask:Mask",
    "summary": "agent_brain.memories.summary:Summary",
    "fold": "agent_brain.memories.folded:Folded",
    "state": "agent_brain.memories.own_state:OwnState",
    "long_short": "agent_brain.wiring.archives:make_long_short",
}
"""Histories: what is shown of the log."""
OVERLAYS: Mapping[str, str] = {
    "goal": "agent_brain.memories.goal:Goal",
    "plan": "agent_brain.memories.plan:Plan",
    "todo": "agent_brain.memories.todo:Todo",
    "notes": "agent_brain.memories.notes:Notes",
    "lessons": "agent_brain.memories.lessons:Lessons",
    "consolidate": "agent_brain.memories.consolidate:Consolidate",
    "playbook": "agent_brain.wiring.archives:make_playbook",
    "episodic": "agent_brain.wiring.archives:make_episodic",
    "hierarchical": "agent_brain.wiring.archives:make_hierarchical",
    "keyfacts": "agent_brain.wiring.archives:make_keyfacts",
    "reflective": "agent_brain.wiring.archives:make_reflective",
    "graph": "agent_brain.wiring.archives:make_graph",
}
"""What is shown beside it."""
MEMORIES_BEYOND_OFFLINE = frozenset({"state", "long_short", "goal", "episodic", "hierarchical", "reflective", "graph"})
"""Memories that show a question otherwise than it was asked, or other text before it: the embedded model finds no
question in that."""
WIRES: Mapping[str, str] = {
    "text": "agent_brain.wires.text:TextWire",
    "native": "agent_brain.wiring.tool_wires:make_native_wire",
    "auto": "agent_brain.wiring.tool_wires:make_auto_wire",
}

T = TypeVar("T")


def check_kind(what: str, part: T, kind: type, example: str = "") -> T:
    """Let a part pass that is of this class, or has all members of this port. Raises: SetupError."""
    if isinstance(part, kind) if isinstance(part, type) else offers(part, kind):
        return part
    members = sorted(_find_members(kind))
    wanted = f"{kind.__name__} (an object with {', '.join(members)})" if members else kind.__name__
    raise SetupError(f"{what} is {part!r:.100}; wanted {wanted}{f', such as {example}' if example else ''}")


def _find_members(kind: type) -> set[str]:
    """The members of a protocol; empty for an ordinary class."""
    if not getattr(kind, "_is_protocol", False):
        return set()
    return {name for name in vars(kind) if not name.startswith("_")}


def make_wire(wire: str | Wire) -> Wire:
    """The wire of this name; an object is returned as it is. Raises: UnknownName."""
    if not isinstance(wire, str):
        return check_kind("wire", wire, Wire)
    if wire not in WIRES:
        raise UnknownName("wire", wire, WIRES)
    module, _, name = WIRES[wire].partition(":")
    return cast(Callable[[], Wire], getattr(import_module(module), name))()
