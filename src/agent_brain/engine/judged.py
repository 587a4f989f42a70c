"""What was judged in a run, read from its records: the texts of its log in their places, and the verdicts on them."""

from agent_brain.core.items import Action
from agent_brain.core.judgements import find_judgements, has_passed, is_judgement, read_judgement
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import ActionStarted, Asked, BoardPut, Faulted, ItemAdded, Paused, Record, Started


class JudgedReader:
    """Reads records in order, after those that made `before`, and knows whether an answer passed."""

    def __init__(self, before: MemoryEnv) -> None:
        self._texts = [item.text for item in before.log]
        self._actions = {item.action_id for item in before.log if item.action_id}
        self._judged = {found.seq: found.score.passed for found in find_judgements(before)}

    def read(self, record: Record) -> None:
        """The next record."""
        match record:
            case Started(goal=goal) | Asked(goal=goal):
                self._texts.append(goal)
                self._judged.clear()
            case ItemAdded(text=text) | Faulted(text=text):
                self._texts.append(text)
            case ActionStarted() | Paused(action=Action()) if record.action_id not in self._actions:
                self._texts.append("")
                self._actions.add(record.action_id)
            case BoardPut(key=key, value=value) if is_judgement(key):
                found = read_judgement(key, value)
                self._judged[found.seq] = found.score.passed
            case _:
                pass

    def has_passed(self, answer: str) -> bool | None:
        """Whether this answer passed; None: nobody has judged it. Of a log without its beginning: as far as known."""
        places = len(self._texts)
        judged = ((self._texts[seq] if seq < places else "", passed) for seq, passed in self._judged.items())
        return has_passed(answer, judged)
