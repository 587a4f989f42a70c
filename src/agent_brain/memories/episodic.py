"""Episodes: what earlier runs were asked and have answered, recalled where it fits the question."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from agent_brain.core.archive import Change
from agent_brain.core.digest import digest_text
from agent_brain.core.errands import Clean, Errand, is_due
from agent_brain.core.judgements import find_judgements
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.asked import read_asked
from agent_brain.memories.embedding import embed_changes
from agent_brain.memories.recalling import Recalling

PART_CHARACTERS_MAX = 600
"""How much of a question and of an answer an episode keeps."""


@dataclass(frozen=True)
class Episodic(Recalling):
    """Keeps each question with its answer when the run has it, and shows those that fit the present question.

    A frozen archive is read and not written to. Embeddings are optional: without them, the words decide.
    """

    file: ClassVar[str] = "episodic"

    def find_settling(self, env: MemoryEnv) -> Errand | None:
        """Keeps the episode under the name of its run and the place of its question: one, however often it is done.

        A step that is made again may come to another answer, which then takes the place of the one before.
        """
        mark, key = read_asked(env).goal, self._key("kept")
        if self.archive.is_frozen or not is_due(env, key, mark):
            return None
        name, episode = f"{env.run_id}:{mark}", describe_episode(env)

        async def go(clean: Clean) -> bool:
            data = {"from": f"run {env.run_id}, {tell_day(self.clock())}, {find_outcome(env)}", "question": env.goal}
            changes = await embed_changes(self.embed, [Change(name, clean(episode), clean(data))])
            return await self.archive.change(f"{name}:{digest_text(clean(episode))}", changes)

        return Errand("keeping the episode", key, mark, go)


def describe_episode(env: MemoryEnv) -> str:
    """What was asked, with the replies since, and what was answered."""
    asked = " / ".join(_cut(item.text) for item in read_asked(env).now)
    return f"Question: {asked} Answer: {_cut(env.log[-1].text)}"


def find_outcome(env: MemoryEnv) -> str:
    """How a run that has its answer came to it."""
    judgements = find_judgements(env)
    judged = (
        f", {'passed' if judgements[-1].score.passed else 'not passed'} by {judgements[-1].by}" if judgements else ""
    )
    return ("stopped by a limit" if env.limit else "answered") + judged


def tell_day(seconds: float) -> str:
    """The day of a time since the epoch."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _cut(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= PART_CHARACTERS_MAX else f"{words[:PART_CHARACTERS_MAX]}..."
