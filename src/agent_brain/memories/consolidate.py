"""Consolidation: all that a person has asked for in a conversation, rewritten as one block by a model.

Source: Laban et al., LLMs Get Lost In Multi-Turn Conversation, 2025, arXiv 2505.06120: the same requirements in one
turn keep nearly all of what models lose where they come one after the other.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from agent_brain.core.items import Item, ItemKind
from agent_brain.core.lens import FAILED_UPKEEP, Lens, Place, Upkeep
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.asked import read_asked
from agent_brain.memories.settling import has_failed_lately
from agent_brain.memories.words import Worded

SLOT = "requirements"
SEEN = "requirements: seen"
"""Where the board keeps up to which place in the log the block goes."""
TRIED = "requirements: tried"
"""Up to where a model was asked for one, whatever came of it."""


@dataclass(frozen=True)
class Consolidate(Worded):
    """Shows after the log one block with all requirements, made anew whenever the person has said more.

    The first thing said needs none. What was said after the block was made, because that failed, is shown as it was;
    the call is made again when the person says more, or after a while.
    """

    file: ClassVar[str] = "consolidate"

    name: str = SLOT
    place: Place = Place.TAIL

    def show(self, env: MemoryEnv) -> str:
        """The block, and what is not in it yet."""
        block = env.slots.get(SLOT, "")
        later = [item.text for item in _find_said(env, env.board.get(SEEN, 0))] if block else []
        return "\n\n".join([block, *later]) if block else ""

    def find_upkeep(self, env: MemoryEnv, lens: Lens) -> Upkeep | None:
        """The call that makes the block anew, from the very words that were said."""
        if not _find_said(env, env.board.get(TRIED, 0)) or _was_tried(env):
            return None
        said = _find_said(env, 0)
        if sum(item.kind is not ItemKind.QUESTION for item in said) < 2:
            return None
        told = "\n\n".join(f"{_get_voice(item)}: {item.text}" for item in said)
        return Upkeep(
            SLOT,
            [{"role": "system", "content": self.says["rewrite"]}, {"role": "user", "content": told}],
            keep_requirements,
        )


def keep_requirements(env: MemoryEnv, text: str) -> None:
    """Put the block into its slot; a reply without a word leaves the old one, and is not asked for again."""
    env.put_board(TRIED, len(env.log))
    if text.strip():
        env.put_slot(SLOT, text.strip())
        env.put_board(SEEN, len(env.log))


def _was_tried(env: MemoryEnv) -> bool:
    """True where the call failed a short while ago, and the person has said nothing since."""
    return has_failed_lately(env, SLOT) and not _find_said(env, env.board[FAILED_UPKEEP]["at"])


def _find_said(env: MemoryEnv, start: int) -> Sequence[Item]:
    talk = read_asked(env).talk
    return talk[bisect_left(talk, start, key=lambda item: item.seq) :]


def _get_voice(item: Item) -> str:
    return "Assistant" if item.kind is ItemKind.QUESTION else "Person"
