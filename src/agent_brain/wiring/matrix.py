"""How nets and memories go together: the judgement kept beside the nets, and what a brain is refused with."""

import inspect
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.net import Net
from agent_brain.nets.attempting import acts
from agent_brain.wiring.making import load_place
from agent_brain.wiring.nets import EXAMPLE
from agent_brain.wiring.specs import Term, parse_spec
from agent_brain.wiring.tables import MEMORIES, NETS, OVERLAYS

FILE = "matrix.toml"
ALL = "*"
UNJUDGED = "?"
SEVERITY = "+o!-"
"""The signs, the worst one last."""
WARNINGS = "!-"

Build = Callable[[str, str], object]
"""Puts a net and a memory, by their names, into a brain."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is thought of a pair."""

    net: str
    memory: str
    sign: str = UNJUDGED
    """`+`, `o`, `-` or `!`, as the file explains them."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A pair that no brain is made of."""

    net: str
    memory: str
    why: str


@dataclass(frozen=True, slots=True)
class _Rule:
    nets: frozenset[str]
    memories: frozenset[str]
    sign: str
    why: str

    def fits(self, net: str, memory: str) -> bool:
        return all(ALL in names or name in names for name, names in ((net, self.nets), (memory, self.memories)))


def list_memories() -> list[str]:
    """All that are shipped: histories, then what is shown beside one."""
    return [*MEMORIES, *OVERLAYS]


def judge(net: str, memory: str) -> Verdict:
    """The judgement on a pair; `?` where there is none, as of nets and memories of other packages.

    On a net around others it is the worst of those on all of them, however deep; but where nothing is thought of the
    one outside itself, that one does not count.
    """
    outside = net.partition("(")[0]
    found = [rule for rule in _read_rules() if rule.fits(outside, memory)] if outside in NETS else []
    if not found:
        return Verdict(net, memory)
    own = Verdict(net, memory, found[-1].sign, found[-1].why)
    inside = [judge(each, memory) for each in _find_inside(net)]
    return _join(inside if inside and ALL in found[-1].nets else [own, *inside], net)


def _join(verdicts: Sequence[Verdict], net: str) -> Verdict:
    """The worst of several, with its reason; where that is a warning, with all warnings' reasons."""
    judged = [verdict for verdict in verdicts if verdict.sign != UNJUDGED]
    if not judged:
        return replace(verdicts[0], net=net)
    worst = max(judged, key=lambda verdict: SEVERITY.index(verdict.sign))
    warnings = [verdict.why for verdict in judged if verdict.sign in WARNINGS]
    why = "; ".join(dict.fromkeys([worst.why, *warnings])) if worst.sign in WARNINGS else worst.why
    return Verdict(net, worst.memory, worst.sign, why)


def find_refusals(build: Build, nets: Sequence[str]) -> list[Refusal]:
    """The pairs of these nets that cannot be built, with what was said. Raises: whatever no author could mend."""
    found = []
    for net in nets:
        for memory in list_memories():
            try:
                build(net, memory)
            except SetupError as error:
                found.append(Refusal(net, memory, str(error)))
    return found


def list_wrappers() -> list[str]:
    """The nets that make attempts by one that does not act, unless they are given another: around one that does."""
    return [f"{name}(react)" for name, place in NETS.items() if _wraps_one_that_is_still(load_place(place))]


def _wraps_one_that_is_still(maker: Callable[..., Any]) -> bool:
    inside = [parameter.default for parameter in inspect.signature(maker).parameters.values()]
    return any(isinstance(net, Net) and not acts(net) for net in inside)


def _find_inside(net: str) -> list[str]:
    """The nets in another one's brackets."""
    if "(" not in net:
        return []
    term = parse_spec(net, "net", EXAMPLE)[0]
    named = [value for value in term.options.values() if isinstance(value, Term) and value.name in NETS]
    return [str(value) for value in (*term.args, *named) if isinstance(value, Term)]


@cache
def _read_rules() -> Sequence[_Rule]:
    data = tomllib.loads((files("agent_brain.nets") / FILE).read_text(encoding="utf-8"))
    groups = {name: names.split() for name, names in data["groups"].items()}
    return [_make_rule(rule, groups, data["notes"]) for rule in data["rules"]]


def _make_rule(rule: Mapping[str, Any], groups: Mapping[str, Sequence[str]], notes: Mapping[str, str]) -> _Rule:
    nets, memories = (
        frozenset(name for word in rule[part].split() for name in groups.get(word, [word]))
        for part in ("nets", "memories")
    )
    return _Rule(nets, memories, rule["verdict"], notes[rule["note"]] if "note" in rule else "")
