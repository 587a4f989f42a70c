"""Core memory: a few blocks of bounded size, always in sight, which the model edits itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from agent_brain.core.errands import find_brought
from agent_brain.core.errors import nearest_hint
from agent_brain.core.items import Observation
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import Tool
from agent_brain.core.words import Words
from agent_brain.memories.looking import MemoryTool, ToolArgs, refuse

PREFIX = "core/"
"""What the slots of blocks begin with; the block's name follows."""
APPEND, REPLACE = "core_append", "core_replace"
QUOTE_CHARACTERS_MAX = 80


class _Added(ToolArgs):
    block: str
    text: str = Field(min_length=1)


class _Replaced(ToolArgs):
    block: str
    old: str = Field(min_length=1)
    new: str


@dataclass(frozen=True)
class CoreBlocks:
    """The blocks of these names, each of so many characters at most."""

    names: tuple[str, ...]
    characters: int
    key: str
    """Where the board keeps what earlier runs have left in them."""

    def make_tools(self, words: Words) -> Sequence[Tool]:
        """What edits them."""
        return (
            MemoryTool(APPEND, words[APPEND], _Added, self.append),
            MemoryTool(REPLACE, words[REPLACE], _Replaced, self.replace),
        )

    def read(self, env: MemoryEnv) -> dict[str, str]:
        """Each block's text: as this run has it, or as earlier runs have left it."""
        brought = find_brought(env, self.key)
        kept = brought.found["blocks"] if brought is not None and not brought.error else {}
        return {name: env.slots.get(PREFIX + name, kept.get(name, "")) for name in self.names}

    def append(self, args: _Added, env: MemoryEnv) -> Observation:
        """A line more."""
        before = self.read(env).get(args.block)
        if before is None:
            return self._miss(args.block)
        return self._put(args.block, "\n".join(part for part in (before, args.text.strip()) if part))

    def replace(self, args: _Replaced, env: MemoryEnv) -> Observation:
        """Other words in place of exactly these: a block is not clobbered by an edit that fits nothing in it."""
        before = self.read(env).get(args.block)
        if before is None:
            return self._miss(args.block)
        times = before.count(args.old)
        if times != 1:
            found = f"old: found {args.old[:QUOTE_CHARACTERS_MAX]!r}, which stands {times} times in {args.block!r}"
            return refuse(f"{found}; wanted words that stand there once")
        return self._put(args.block, before.replace(args.old, args.new).strip())

    def _put(self, name: str, text: str) -> Observation:
        if len(text) > self.characters:
            return refuse(
                f"{name!r} would have {len(text):,} characters, wanted at most {self.characters:,}: shorten it"
            )
        return Observation(f"{name} has {len(text):,} of {self.characters:,} characters", slots={PREFIX + name: text})

    def _miss(self, name: str) -> Observation:
        found = f"found {name[:QUOTE_CHARACTERS_MAX]!r}{nearest_hint(name, self.names)}"
        return refuse(f"block: {found}, wanted one of: {', '.join(self.names)}")
