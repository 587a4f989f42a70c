"""Words of the user's in place of shipped nets' and memories' own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agent_brain.core.errors import UnknownName
from agent_brain.core.words import replace_words
from agent_brain.memories import words as memory_words
from agent_brain.memories.composed import Composed
from agent_brain.memories.words import Worded
from agent_brain.nets import words as net_words

Prompts = Mapping[str, Mapping[str, object]]
"""Words by name, by the net or memory that says them."""


def pick_of_nets(prompts: Prompts | None) -> Prompts:
    """Those of nets. Raises: UnknownName for what has no words of its own."""
    nets, memories = net_words.list_worded(), memory_words.list_worded()
    for name in prompts or {}:
        if name not in nets and name not in memories:
            raise UnknownName("net or memory with words of its own", name, sorted([*nets, *memories]))
    return {name: words for name, words in (prompts or {}).items() if name in nets}


def pick_of_memories(prompts: Prompts | None) -> Prompts:
    """Those of memories."""
    memories = memory_words.list_worded()
    return {name: words for name, words in (prompts or {}).items() if name in memories}


def check_words(prompts: Prompts) -> None:
    """Let words pass that memories have, also where none of these is used. Raises: UnknownName; SetupError."""
    for name, words in prompts.items():
        replace_words(f"memory {name!r}", memory_words.load_words(name), words)


def reword(part: Any, prompts: Prompts) -> Any:
    """A part of a memory, with these words in place of its own where it is theirs."""
    if isinstance(part, Composed):
        parts = tuple(reword(overlay, prompts) for overlay in part.overlays)
        return replace(part, history=reword(part.history, prompts), overlays=parts)
    if isinstance(part, Worded) and part.file in prompts:
        return replace(part, words=prompts[part.file])
    return part
