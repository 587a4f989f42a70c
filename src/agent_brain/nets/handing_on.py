"""What a run inside is told beside its question: what a person has said, and of what the conversation was before."""

from collections.abc import Iterator, Sequence

from agent_brain.core.items import Item, ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import GIVEN_SLOTS

EARLIER_CHARACTERS_MAX = 4000
"""Of earlier questions and answers, the last ones."""

_SAID = {ItemKind.QUESTION: "It was asked", ItemKind.REPLY: "A person has said"}
_EARLIER = {
    ItemKind.GOAL: "Earlier in this conversation the person asked",
    ItemKind.ANSWER: "and the answer was",
}


def hand_on(env: MemoryEnv, question: str) -> str:
    """A question for a run inside, with what a person has said in this run so far: none may miss a requirement.

    Where it is this run's own question, earlier ones of the conversation come with it, and their answers.
    """
    place = next((item.seq for item in reversed(env.log) if item.kind is ItemKind.GOAL), 0)
    earlier = list(_find_earlier(env.log[:place])) if _is_own(env, question) else []
    said = (f"{_SAID[item.kind]}: {item.text}" for item in env.log[place:] if item.kind in _SAID)
    return "\n\n".join([question, *reversed(earlier), *said])


def find_given(env: MemoryEnv, question: str) -> dict[str, str]:
    """The slots that a run inside is given besides its own: with this run's own question, those it began with itself.

    So a lesson, or what came of earlier steps, comes through any net that has another one try.
    """
    names = env.board.get(GIVEN_SLOTS, ()) if _is_own(env, question) else ()
    return {name: env.slots[name] for name in names if name in env.slots}


def _is_own(env: MemoryEnv, question: str) -> bool:
    return f"{question}\n".startswith(f"{env.goal}\n")


def _find_earlier(items: Sequence[Item]) -> Iterator[str]:
    """What was asked and answered, the last first, as far as there is room for it."""
    room = EARLIER_CHARACTERS_MAX
    for item in reversed(items):
        if item.kind in _EARLIER and item.text:
            room -= len(item.text)
            if room < 0:
                return
            yield f"{_EARLIER[item.kind]}: {item.text}"
