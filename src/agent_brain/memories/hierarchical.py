"""Hierarchical memory: core blocks always in sight, an archive and the conversation within reach of tools.

Source: Packer et al., MemGPT: Towards LLMs as Operating Systems, 2023, arXiv 2310.08560. What is in sight of the
conversation is the history's business: `window(10)+hierarchical`. Small models seldom call such tools.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from agent_brain.core.archive import Archive, Change
from agent_brain.core.errands import Clean, Errand, find_brought, is_due
from agent_brain.core.errors import SetupError
from agent_brain.core.lens import Lens, Place
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import Tool
from agent_brain.memories.archival import PASSAGE, find_flush, make_insert_tool, make_searches
from agent_brain.memories.asked import read_asked
from agent_brain.memories.core_blocks import PREFIX, CoreBlocks
from agent_brain.memories.words import Worded

BLOCKS = "persona human"
CHARACTERS_MAX = 5000
"""As MemGPT had it."""
BLOCK = "block"


@dataclass(frozen=True)
class Hierarchical(Worded):
    """Shows the core blocks before the log, and gives the model tools to edit them, to put away, and to search.

    Blocks are kept from run to run. A frozen archive is read and not written to: then nothing can be put away, and what
    the model does to its blocks ends with the run.
    Raises: SetupError for no blocks, and for a size below 1.
    """

    file: ClassVar[str] = "hierarchical"

    archive: Archive
    blocks: str = BLOCKS
    """Their names, parted by spaces."""
    characters: int = CHARACTERS_MAX
    """Of a block at most."""
    name: str = "hierarchical"
    place: Place = Place.HEAD

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.blocks.split() or self.characters < 1:
            raise SetupError(
                f"{self.name}: blocks={self.blocks!r}, characters={self.characters}; wanted some, at least 1"
            )

    @cached_property
    def core(self) -> CoreBlocks:
        """The blocks."""
        return CoreBlocks(tuple(self.blocks.split()), self.characters, f"{self.name}: read")

    @cached_property
    def tools(self) -> Sequence[Tool]:
        """What edits, puts away and searches."""
        put_away = () if self.archive.is_frozen else (make_insert_tool(self.says),)
        return (*self.core.make_tools(self.says), *put_away, *make_searches(self.archive, self.says))

    @property
    def archives(self) -> Sequence[Archive]:
        """Where blocks and passages are kept."""
        return (self.archive,)

    @property
    def writes_within(self) -> bool:
        """What is put away is in the archive before the next prompt: a run beside this one finds it."""
        return not self.archive.is_frozen

    def show(self, env: MemoryEnv) -> str:
        """The blocks, and how much is in the archive."""
        blocks = [f"{name}: {text or '(empty)'}" for name, text in self.core.read(env).items()]
        brought = find_brought(env, self.core.key)
        known = f"archive: {brought.found['passages']} passages" if brought is not None and not brought.error else ""
        return "\n".join([*blocks, *([known] if known else ())])

    def find_upkeep(self, env: MemoryEnv, lens: Lens) -> Errand | None:
        """Sends for the blocks when there is a new question, and puts away what waits."""
        mark = read_asked(env).goal
        if is_due(env, self.core.key, mark):
            return Errand("reading core memory", self.core.key, mark, self._read)
        return self._find_flush(env)

    def find_settling(self, env: MemoryEnv) -> Errand | None:
        """Puts away what waits, and keeps the blocks that this run has changed."""
        mark, key = read_asked(env).goal, f"{self.name}: kept"
        changed = {name: text for name, text in self.core.read(env).items() if PREFIX + name in env.slots}
        if self.archive.is_frozen or not changed or not is_due(env, key, mark):
            return self._find_flush(env)
        event = f"{env.run_id}:{mark}:core"

        async def go(clean: Clean) -> bool:
            changes = [Change(f"{PREFIX}{name}", clean(text), {"kind": BLOCK}) for name, text in changed.items()]
            return await self.archive.change(event, changes)

        return Errand("keeping core memory", key, mark, go)

    def _find_flush(self, env: MemoryEnv) -> Errand | None:
        return None if self.archive.is_frozen else find_flush(env, self.archive, f"{self.name}: put away")

    async def _read(self, _: Clean) -> dict[str, Any]:
        entries = await self.archive.read()
        blocks = {entry.id.removeprefix(PREFIX): entry.text for entry in entries if entry.data.get("kind") == BLOCK}
        return {"blocks": blocks, "passages": sum(entry.data.get("kind") == PASSAGE for entry in entries)}
