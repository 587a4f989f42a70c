"""Reads what an experiment's folder keeps of its design: a field of another kind is refused by name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.design import ArmDesign, Design, against_first
from agent_brain.lab.evidence import Evidence, is_evidence
from agent_brain.lab.experiment import RULES, Contrast
from agent_brain.lab.folder import EXPERIMENT
from agent_brain.lab.toml_table import Table
from agent_brain.lab.trial import METRICS

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeptTask:
    """A task as the file has it, in place of its text."""

    name: str
    family: str = ""
    split: str = ""
    asked: str = ""
    """The digest of what it asks."""
    right: str = ""
    """The digest of what says whether it was done."""


def load_design(data: Mapping[str, Any], where: str = EXPERIMENT) -> Design:
    """The design that is kept as these data. Raises: SetupError for what is none, with the field that is wrong."""
    table = Table(data, where)
    arms = tuple(_take_each(table, "arms", _load_arm))
    tasks = load_tasks(data, where)
    asked = tuple(_take_each(table, "contrasts", _load_contrast)) or against_first([arm.name for arm in arms])
    repeats, metric = _take_repeats(table), _take_one_of(table, "metric", METRICS)
    alpha = _take_within(table, "alpha", 0.05, 0.5)
    if not arms:
        raise SetupError(f"{where}: there is no arm; wanted a list of them, as arms")
    return Design(
        name=_take_name(table, "name"),
        arms=arms,
        contrasts=asked,
        tasks=len(tasks),
        repeats=repeats,
        evaluator=table.take("evaluator", str, ""),
        metric=metric,
        margin=_take_within(table, "margin", 0.03, 1.0),
        alpha=alpha,
        stopping=_take_one_of(Table(table.take("stopping", dict, {}), f"{where}, stopping"), "rule", RULES),
        evidence=Evidence.plan(
            _list_families(tasks), repeats=repeats, metric=metric, alpha=alpha, contrasts=len(asked)
        ),
        confirm=table.take("confirm", float, 0.0),
        seed=table.take("seed", int, 0),
        digest=table.take("digest", str, ""),
        refused=table.take("refused", dict, {}),
        source=table.take("source", dict, {}),
        versions=table.take("versions", dict, {}),
        began_at=table.take("began_at", str, ""),
    )


def load_tasks(data: Mapping[str, Any], where: str = EXPERIMENT) -> list[KeptTask]:
    """Its tasks. Raises: SetupError as `load_design`."""
    return list(_take_each(Table(data, where), "tasks", _load_task))


def _load_arm(table: Table) -> ArmDesign:
    factors = table.take("factors", dict, {})
    for name, level in factors.items():
        if not isinstance(level, str):
            raise SetupError(f"{table.where}: factors.{name} is {level!r:.80}; wanted a text")
    return ArmDesign(_take_name(table, "name"), table.take("parts", dict, {}), factors, table.take("digest", str, ""))


def _load_contrast(table: Table) -> Contrast:
    return Contrast(_take_name(table, "arm"), _take_name(table, "control"), table.take("name", str, ""))


def _load_task(table: Table) -> KeptTask:
    return KeptTask(_take_name(table, "task"), *(table.take(name, str, "") for name in _OF_TASK))


_OF_TASK = ("family", "split", "digest", "right")


def _list_families(tasks: Sequence[KeptTask]) -> list[str]:
    """Of each task whose trials are evidence."""
    kinds = {task.split for task in tasks}
    return [task.family for task in tasks if is_evidence(task.split, kinds)]


def _take_each(table: Table, name: str, load: Callable[[Table], T]) -> Iterator[T]:
    """What each table of a list holds."""
    for place, each in enumerate(table.take(name, list, [])):
        yield load(Table(each, f"{table.where}, {name}[{place}]"))


def _take_name(table: Table, name: str) -> str:
    found = table.take_some(name, str)
    if found is None:
        raise SetupError(f"{table.where}: there is no {name}; wanted a text")
    return found


def _take_repeats(table: Table) -> int:
    found = table.take("repeats", int, 1)
    if found < 1:
        raise SetupError(f"{table.where}: repeats is {found}; wanted a whole number of at least 1")
    return found


def _take_within(table: Table, name: str, default: float, most: float) -> float:
    found = table.take(name, float, default)
    if not 0.0 < found < most:
        raise SetupError(f"{table.where}: {name} is {found}; wanted more than 0 and less than {most:g}")
    return found


def _take_one_of(table: Table, name: str, known: Sequence[str]) -> str:
    """One of the names that are known; the first one where none is there."""
    found = table.take(name, str, known[0])
    if found not in known:
        raise SetupError(f"{table.where}: {name} is {found!r:.80}; wanted one of {', '.join(known)}")
    return found
