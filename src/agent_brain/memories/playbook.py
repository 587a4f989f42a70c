"""The playbook: rules that earlier runs have left, counted by whether they helped, and changed a little at a time.

When a run has its answer, one call reflects on it, with a label for each rule that mattered, and one call turns what
was learnt into operations; a playbook that is rewritten as a whole would lose what it knows.
Source: Zhang et al., ACE: Agentic Context Engineering, ICLR 2026, arXiv 2510.04618; whose released code only adds.
Without reliable feedback it can make answers worse: freeze what was learnt on other tasks, and measure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from agent_brain.core.archive import Archive
from agent_brain.core.errands import Clean, Errand, is_due
from agent_brain.core.errors import SetupError
from agent_brain.core.lens import Lens, Place, Upkeep
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.asked import read_asked
from agent_brain.memories.bullets import BULLETS_MAX, Bullet, merge_bullets
from agent_brain.memories.episodic import find_outcome
from agent_brain.memories.reply_json import get_text, read_objects
from agent_brain.memories.settling import ask, get_found, keep_as
from agent_brain.memories.transcript import tell_run
from agent_brain.memories.words import Worded

CHARACTERS_MAX = 6000
TEXT_CHARACTERS_MAX = 400
SECTION_CHARACTERS_MAX = 40
MISLED = -2
"""A bullet of no more worth is not shown any more."""
OPERATIONS = frozenset({"ADD", "UPDATE", "MERGE", "DELETE"})
LABELS = frozenset({"HELPFUL", "HARMFUL"})


@dataclass(frozen=True)
class Playbook(Worded):
    """Shows its rules before the log, the same for a whole question, and curates them when there is an answer.

    A frozen archive costs no call and stays as it is.
    Raises: SetupError for numbers that make no sense.
    """

    file: ClassVar[str] = "playbook"

    archive: Archive
    bullets: int = BULLETS_MAX
    """How many it keeps at most."""
    characters: int = CHARACTERS_MAX
    """How much it shows at most: those of most worth, and of equals the latest."""
    name: str = "playbook"
    place: Place = Place.HEAD

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bullets < 1 or self.characters < 1:
            raise SetupError(f"{self.name}: bullets={self.bullets}, characters={self.characters}; wanted at least 1")

    @property
    def archives(self) -> Sequence[Archive]:
        """Where it keeps them."""
        return (self.archive,)

    def show(self, env: MemoryEnv) -> str:
        """Its rules by sections, as far as there is room; empty while there are none."""
        chosen = self._choose(self._find_bullets(env))
        lines = [self.says["heading"]] if chosen else []
        for section in sorted({bullet.section for bullet in chosen}):
            lines += [f"{section}:", *(tell_bullet(bullet) for bullet in chosen if bullet.section == section)]
        return "\n".join(lines)

    def find_upkeep(self, env: MemoryEnv, lens: Lens) -> Errand | None:
        """Sends for the rules when there is a new question."""
        mark, key = read_asked(env).goal, self._key("read")
        if not is_due(env, key, mark) or (lens.slots is not None and self.name not in lens.slots):
            return None

        async def go(_: Clean) -> list[dict[str, Any]]:
            bullets = [Bullet.read(entry) for entry in await self.archive.read()]
            return [{"id": bullet.id, "text": bullet.text, **bullet.data()} for bullet in bullets]

        return Errand("reading the playbook", key, mark, go)

    def find_settling(self, env: MemoryEnv) -> Upkeep | Errand | None:
        """Reflects, then curates where there are lessons, then merges; where one fails, nothing is changed."""
        mark = read_asked(env).goal
        learnt, chosen, merged = map(self._key, ("learnt", "chosen", "merged"))
        if self.archive.is_frozen:
            return None
        if is_due(env, learnt, mark):
            return ask("reflection", self.says["reflect"], self._tell_run(env), keep_as(learnt, mark, _read_reflection))
        found = get_found(env, learnt) or []
        lessons = [entry["lesson"] for entry in found if "lesson" in entry]
        if lessons and is_due(env, chosen, mark):
            return ask(
                "curating",
                self.says["curate"],
                self._tell_lessons(env, lessons),
                keep_as(chosen, mark, _read_operations),
            )
        labels = [entry for entry in found if "op" in entry]
        operations = [*labels, *(get_found(env, chosen) or [] if lessons else [])]
        if operations and is_due(env, merged, mark):
            return Errand("merging", merged, mark, self._make_merge(f"{env.run_id}:{mark}", operations))
        return None

    def _key(self, what: str) -> str:
        return f"{self.name}: {what}"

    def _find_bullets(self, env: MemoryEnv) -> list[Bullet]:
        return [Bullet(**entry) for entry in get_found(env, self._key("read")) or []]

    def _choose(self, bullets: Sequence[Bullet]) -> list[Bullet]:
        """Those that are shown, in the order in which they came."""
        left, chosen = self.characters, set()
        places = {bullet.id: place for place, bullet in enumerate(bullets)}
        for bullet in sorted(bullets, key=lambda bullet: (bullet.worth, places[bullet.id]), reverse=True):
            left -= len(tell_bullet(bullet))
            if left < 0 or bullet.worth <= MISLED:
                break
            chosen.add(bullet.id)
        return [bullet for bullet in bullets if bullet.id in chosen]

    def _tell_run(self, env: MemoryEnv) -> str:
        rules = self.show(env).removeprefix(self.says["heading"]).strip() or "none"
        return f"Rules:\n{rules}\n\nThe run, which has ended so: {find_outcome(env)}\n{tell_run(env)}"

    def _tell_lessons(self, env: MemoryEnv, lessons: Sequence[str]) -> str:
        rules = "\n".join(f"{tell_bullet(bullet)} ({bullet.section})" for bullet in self._find_bullets(env)) or "none"
        told = "\n".join(f"- {lesson}" for lesson in lessons)
        return f"Rules:\n{rules}\n\nLessons:\n{told}"

    def _make_merge(self, event: str, operations: Sequence[Any]) -> Callable[[Clean], Any]:
        async def go(clean: Clean) -> bool:
            safe = clean(operations)
            return await self.archive.merge(event, lambda entries: merge_bullets(entries, safe, event, self.bullets))

        return go


def tell_bullet(bullet: Bullet) -> str:
    """A rule as models see it."""
    return f"[{bullet.id}] (+{bullet.helpful}/-{bullet.harmful}) {bullet.text}"


def _read_reflection(text: str) -> list[Any]:
    found: list[dict[str, str]] = []
    for entry in read_objects(text):
        lesson, label = get_text(entry, "lesson", TEXT_CHARACTERS_MAX), get_text(entry, "op", 10).upper()
        if lesson:
            found.append({"lesson": lesson})
        elif label in LABELS:
            found.append({"op": label, "id": get_text(entry, "id", 20)})
    return found


def _read_operations(text: str) -> list[Any]:
    found: list[dict[str, Any]] = []
    for entry in read_objects(text):
        ids = entry.get("ids")
        operation = {
            "op": get_text(entry, "op", 10).upper(),
            "id": get_text(entry, "id", 20),
            "ids": [one for one in ids if isinstance(one, str)] if isinstance(ids, list) else [],
            "section": get_text(entry, "section", SECTION_CHARACTERS_MAX),
            "text": get_text(entry, "text", TEXT_CHARACTERS_MAX),
        }
        if operation["op"] in OPERATIONS:
            found.append(operation)
    return found
