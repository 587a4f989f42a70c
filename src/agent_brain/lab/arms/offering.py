"""Tools that are offered from a turn on: what a model cannot call before, it is not told of."""

from collections.abc import Iterable
from typing import Any

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.tooling import Tools
from agent_brain.lab.task import Task
from agent_brain.tools.toolbox import Toolbox
from agent_brain.wiring.tools import make_tools


def offer_tools(tools: Tools | Iterable[Any], task: Task, turn: int | None) -> Tools | Iterable[Any]:
    """The tools of a turn, or of the last one where it is None. Raises: SetupError; UnknownName."""
    if not task.tools_from:
        return tools
    made = make_tools(tools)
    if not isinstance(made, Toolbox):
        raise SetupError(
            f"task {task.task_id!r} has tools that are offered later, and servers' tools beside them, which are known "
            "only when these are reached; wanted one or the other"
        )
    known = [spec.name for spec in made.specs]
    for name, first in task.tools_from.items():
        if name not in known:
            raise UnknownName(f"tool of task {task.task_id!r}", name, known)
        if task.user is None and not 0 < first < len(task.turns):
            raise SetupError(
                f"task {task.task_id!r} offers {name} from turn {first}, counted from 0; it has {len(task.turns)} turns"
            )
    return made if turn is None else Toolbox(each for each in made if turn >= task.tools_from.get(each.spec.name, 0))
