"""A net: named states, the legal moves between them, and a start; checked when it is built."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Self

from agent_brain.core.digest import digest_text
from agent_brain.core.errors import IllegalMove, NetError, UnknownName
from agent_brain.core.net_check import find_faults
from agent_brain.core.ports import Parts
from agent_brain.core.state import END, Need, State, StateType
from agent_brain.core.tooling import Tool

Moves = Mapping[str, Iterable[str]]
"""For each state the states it may go to; END among them lets it end the run."""


@dataclass(frozen=True)
class Net:
    """Named states and their table of legal moves.

    A state without a row in `moves` gets one from its declared targets.
    Raises: NetError when it is built, with every fault that the checker finds.
    """

    name: str
    states: Mapping[str, State]
    moves: InitVar[Moves | None] = None
    start: str = StateType.REASONING
    finish: str = StateType.ANSWER
    """Where a limit sends the run: the state that answers from what is known."""
    instructions: str = ""
    """The system prompt of every run, before the wire adds the tools."""
    slots: frozenset[str] = frozenset()
    """Slots that its states write for models to see: every memory shows them; a further question begins without."""
    tools: tuple[Tool, ...] = ()
    """Tools that it brings: a brain with this net, inside another one too, has them beside its own."""
    beside: Mapping[str, str] = field(default_factory=dict)
    """What tells it from another one beside its states: of a net with a brain's parts, the words of the memory."""
    table: Mapping[str, frozenset[str]] = field(init=False)
    """The rows of `moves`, complete."""

    def __post_init__(self, moves: Moves | None) -> None:
        wrong = [
            f"{name!r}: {state!r:.80}; wanted a name and a State"
            for name, state in self.states.items()
            if not isinstance(name, str) or not isinstance(state, State)  # type: ignore[redundant-expr]  # untyped callers
        ]
        if wrong:
            raise NetError(self.name, wrong)
        rows = _spell_rows(self.name, moves or {})
        for name, state in self.states.items():
            rows.setdefault(_spell(name), state.targets or frozenset())
        object.__setattr__(self, "states", MappingProxyType({_spell(k): v.sealed() for k, v in self.states.items()}))
        object.__setattr__(self, "table", MappingProxyType(rows))
        faults = find_faults(self.states, self.table, self.start, self.finish)
        if faults:
            raise NetError(self.name, faults)

    @cached_property
    def shape(self) -> Mapping[str, str]:
        """All that tells this net from another one, in words: states with their arguments, moves, instructions."""
        rows = {"start": self.start, "finish": self.finish, "instructions": self.instructions, **self.beside}
        rows |= {f"state {name}": state.describe() for name, state in sorted(self.states.items())}
        rows |= {f"tool {made.spec.name}": made.spec.description for made in self.tools}
        return rows | {f"moves of {name}": ", ".join(sorted(row)) for name, row in sorted(self.table.items())}

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of the net's shape: what a run goes on with has to have the one that it began with."""
        return digest_text("\n".join(f"{name}: {words}" for name, words in self.shape.items()))

    @property
    def needs(self) -> frozenset[Need]:
        """What its states cannot do without, and those of the nets inside it."""
        inner = (net.needs for state in self.states.values() for net in state.inner_nets)
        return frozenset().union(*(state.needs for state in self.states.values()), *inner)

    @property
    def shown_slots(self) -> frozenset[str]:
        """The slots that memories show to its states, and to those of the nets inside it."""
        inner = (net.shown_slots for state in self.states.values() for net in state.inner_nets)
        return self.slots.union(*inner)

    @property
    def brought_tools(self) -> Sequence[Tool]:
        """The tools that it brings, and those of the nets inside it; equal ones once."""
        found: list[Tool] = []
        inner = (made for state in self.states.values() for net in state.inner_nets for made in net.brought_tools)
        for made in (*self.tools, *inner):
            if made not in found:
                found.append(made)
        return found

    def __getitem__(self, name: str) -> State:
        """The state of this name. Raises: UnknownName."""
        try:
            return self.states[name]
        except KeyError:
            raise UnknownName("state", name, self.states) from None

    def check_move(self, source: str, target: str) -> None:
        """Let a legal move pass. Raises: IllegalMove."""
        if target not in self.table[source]:
            raise IllegalMove(self.name, source, target, self.table[source])

    def extend(
        self, name: str, states: Mapping[str, State], moves: Moves | None = None, *, start: str | None = None
    ) -> Self:
        """A new net with further states and with rows that replace the old ones of the same name.

        Where a new row has one way out only and its state aims elsewhere, the state is aimed at that way. `start`: the
        state that it begins with; None: the one that it began with.
        """
        rows = {**self.table, **_spell_rows(name, moves or {})}
        for added in states:
            if moves is None or added not in moves:
                rows.pop(_spell(added), None)
        merged = {**self.states, **{_spell(k): v for k, v in states.items()}}
        for source in moves or {}:
            exits = rows[_spell(source)] - {END}
            state = merged.get(_spell(source))
            if state is not None and len(exits) == 1 and not (state.targets or exits) <= rows[_spell(source)]:
                merged[_spell(source)] = state.aimed_at(next(iter(exits)))
        return replace(self, name=name, states=merged, moves=rows, start=self.start if start is None else start)

    def bind(self, parts: Parts) -> Self:
        """The same net with states that hold a brain's parts."""
        bound = {name: state.bind(parts) for name, state in self.states.items()}
        return replace(self, states=bound, moves=self.table, beside=getattr(parts.memory, "digests", {}))


def _spell_rows(net: str, moves: Moves) -> dict[str, frozenset[str]]:
    for source, row in moves.items():
        if isinstance(row, str):  # a text is a collection of its letters
            raise NetError(net, [f"the row of {source} is the text {row!r}; wanted a set: {{{row!r}}}"])
    return {_spell(source): frozenset(map(_spell, row)) for source, row in moves.items()}


def _spell(name: str) -> str:
    """A state's name as plain text, also where it is a member of an enum, whose `str` may be something else."""
    return str.__str__(name)
