"""A playbook's bullets, and the operations that change them: a pure function, so that it merges the same everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent_brain.core.archive import Change, Entry
from agent_brain.core.digest import digest_text
from agent_brain.memories.searching import is_alike

BULLETS_MAX = 100
SECTION = "general"
ID_CHARACTERS = 6

Operation = Mapping[str, Any]
"""`op`: ADD (section, text), UPDATE (id, text), MERGE (ids, text), DELETE (id), HELPFUL (id) or HARMFUL (id)."""


@dataclass(frozen=True, slots=True)
class Bullet:
    """One rule, and how often it was found to have helped or to have misled."""

    id: str
    text: str
    section: str = SECTION
    helpful: int = 0
    harmful: int = 0

    @classmethod
    def read(cls, entry: Entry) -> "Bullet":
        """The bullet that an archive's entry is."""
        data = entry.data
        return cls(entry.id, entry.text, data.get("section", SECTION), data.get("helpful", 0), data.get("harmful", 0))

    @property
    def worth(self) -> int:
        """By what bullets are kept and shown where not all can be."""
        return self.helpful - self.harmful

    def data(self) -> dict[str, Any]:
        """What an archive keeps beside its text."""
        return {"section": self.section, "helpful": self.helpful, "harmful": self.harmful}


def merge_bullets(
    entries: Sequence[Entry], operations: Sequence[Operation], event: str, bullets_max: int = BULLETS_MAX
) -> list[Change]:
    """What the operations change, in their order; one that fits nothing that is there is left out.

    Where there are too many afterwards, the worst go, and of equals the oldest.
    """
    before = {entry.id: Bullet.read(entry) for entry in entries}
    after = dict(before)
    for number, operation in enumerate(operations):
        _apply(after, operation, f"b-{digest_text(f'{event}:{number}')[:ID_CHARACTERS]}")
    places = {bullet_id: place for place, bullet_id in enumerate(after)}
    worst = sorted(after, key=lambda bullet_id: (after[bullet_id].worth, places[bullet_id]))
    for bullet_id in worst[: max(0, len(after) - bullets_max)]:
        del after[bullet_id]
    gone = [Change(bullet_id, None) for bullet_id in before if bullet_id not in after]
    put = [bullet for bullet_id, bullet in after.items() if before.get(bullet_id) != bullet]
    return [*gone, *(Change(bullet.id, bullet.text, bullet.data()) for bullet in put)]


def _apply(bullets: dict[str, Bullet], operation: Operation, fresh_id: str) -> None:
    text, bullet = operation.get("text", ""), bullets.get(operation.get("id", ""))
    match operation.get("op"):
        case "ADD" if text and not any(is_alike(text, other.text) for other in bullets.values()):
            bullets[fresh_id] = Bullet(fresh_id, text, operation.get("section") or SECTION)
        case "MERGE" if text:
            _merge(bullets, [bullets[one] for one in operation.get("ids", ()) if one in bullets], text)
        case "UPDATE" if bullet and text:
            bullets[bullet.id] = replace(bullet, text=text)
        case "DELETE" if bullet:
            del bullets[bullet.id]
        case "HELPFUL" if bullet:
            bullets[bullet.id] = replace(bullet, helpful=bullet.helpful + 1)
        case "HARMFUL" if bullet:
            bullets[bullet.id] = replace(bullet, harmful=bullet.harmful + 1)


def _merge(bullets: dict[str, Bullet], merged: Sequence[Bullet], text: str) -> None:
    """One bullet in place of several, with all that was counted of them, under the first one's id."""
    if len(merged) < 2:
        return
    for bullet in merged:
        del bullets[bullet.id]
    helpful, harmful = sum(bullet.helpful for bullet in merged), sum(bullet.harmful for bullet in merged)
    bullets[merged[0].id] = replace(merged[0], text=text, helpful=helpful, harmful=harmful)
