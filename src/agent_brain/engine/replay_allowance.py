"""What could be spent as a journal tells it, where another run or a clock had a say that a replay does not know of."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_brain.core.items import Action
from agent_brain.engine.replay_script import Script

UNRECORDED = "the journal tells of none"


@dataclass(frozen=True, slots=True)
class RecordedAllowance:
    """Allows what was done in the step under way, and nothing else."""

    script: Script

    def find_met(self, calls: int, actions: Sequence[Action] = ()) -> str:
        """Empty where the next call of this step is one for the memory, or where these actions were begun in it."""
        is_done = all(map(self.script.has_begun, actions)) if actions else self.script.is_upkeep_next
        return "" if is_done else UNRECORDED
