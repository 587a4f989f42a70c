"""A simulated person: replies to questions by a table of what they are about."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent_brain import Brain
from agent_brain.engine.result import Result


@dataclass
class Person:
    """Says to the first words that stand in a question what belongs to them."""

    says: Mapping[str, str]
    was_asked: list[str] = field(default_factory=list)

    def reply(self, question: str) -> str:
        """What they say."""
        self.was_asked.append(question)
        return next((said for words, said in self.says.items() if words in question), "I do not know.")

    async def talk(self, brain: Brain, question: str, run_id: str = "r") -> Result:
        """A run to its end, with a reply to whatever it waits for."""
        await brain.run(question, run_id=run_id)
        return await self.go_on(brain, run_id)

    async def go_on(self, brain: Brain, run_id: str) -> Result:
        """A run that was left somewhere, to its end."""
        result = await brain.go_on(run_id)
        while result.pauses:
            result = await brain.go_on(run_id, {pause.pause_id: self.reply(pause.text) for pause in result.pauses})
        return result
