"""Whom a trial asks, and on which servers: how an attempt has ended speaks of those of one of them, or of all."""

from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass

from agent_brain.core.chat import ChatModel
from agent_brain.core.records import Failed
from agent_brain.lab.arms.arm_brains import ArmBrains
from agent_brain.lab.judging import list_judges, make_task_evaluator
from agent_brain.lab.schedule import Slot
from agent_brain.lab.trials.failures import JUDGE, USER
from agent_brain.lab.user import list_players
from agent_brain.models.served import find_server
from agent_brain.tools.attempt import Attempt

Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """The servers of the arm's own models, of the user's, and of those that judge: none of models in this process."""

    arm: Names
    user: Names = frozenset()
    judge: Names = frozenset()

    @property
    def all(self) -> Names:
        """Without any of them a trial does not come to its end."""
        return self.arm | self.user | self.judge

    def list_told(self, failed: Failed | None) -> list[Names]:
        """Those, as they are asked together, of which this end of an attempt tells something."""
        match failed:
            case None:
                told = [self.arm, self.user, self.judge]
            case Failed(error) if error in (USER, JUDGE):
                told = [self.user if error == USER else self.judge]
            case _:
                told = [self.arm]
        return [names for names in told if names]


class Asking:
    """Finds whom trials ask; evaluators are made for that once, for each arm and name of one."""

    def __init__(self) -> None:
        self._judges: MutableMapping[tuple[str, str], tuple[Names, Names]] = {}

    def find(self, slot: Slot, brains: ArmBrains) -> Asked:
        """Whom this trial asks, of an arm with these brains."""
        key = slot.arm, slot.task.evaluator
        if key not in self._judges:
            self._judges[key] = _find_judges(slot, brains)
        inside, judge = self._judges[key]
        own = _name(brains.models) | inside
        return Asked(own or frozenset({""}), _name(list_players([slot.task.user])), judge)


def _find_judges(slot: Slot, brains: ArmBrains) -> tuple[Names, Names]:
    """The servers of the judges that the arm itself asks, and the trial's; what cannot be made asks none."""
    inside, judge = Names(), Names()
    with Attempt():  # the trial itself tells why
        judge = _name(list_judges(make_task_evaluator(brains.experiment.evaluator, slot.task)))
        inside = _name(list_judges(brains.find_evaluator(slot.task)))
    return inside, judge


def _name(models: Iterable[ChatModel]) -> Names:
    return frozenset(find_server(model) for model in models) - {""}
