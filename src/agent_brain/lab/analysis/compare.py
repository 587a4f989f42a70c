"""Two experiments beside each other: the same tasks, arms of one against arms of the other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from agent_brain.core.counting import name_some
from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.analyse import analyse
from agent_brain.lab.analysis.analysis import Analysis
from agent_brain.lab.analysis.columns import to_columns
from agent_brain.lab.analysis.design import ArmDesign, Design
from agent_brain.lab.analysis.kept import Kept
from agent_brain.lab.experiment import FIXED, Contrast

TWINS = ("first", "second")
"""What tells two folders of one name apart."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is set otherwise."""

    where: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the second experiment's arms make of the tasks that both have, beside the first one's."""

    analysis: Analysis
    differences: tuple[Difference, ...]
    shared: int
    """Tasks that both ask alike."""
    changed: tuple[str, ...]
    """Tasks of one name that ask other things, and are left out."""
    judged_otherwise: tuple[str, ...]
    """Shared tasks whose answers are judged by something else."""
    only: tuple[int, int]
    """Tasks that one of them alone has."""
    stores: Mapping[str, Kept]
    """Whose journal an arm's runs are in."""


def compare(before: Kept, after: Kept, pairs: Sequence[tuple[str, str]] = ()) -> Comparison:
    """Arms of `after` against arms of `before`: those of the same name, or the pairs that are named.

    Raises: SetupError where no task or no arm is shared, and says what there is.
    """
    shared, changed = _share_tasks(before, after)
    asked = tuple(pairs) or _share_arms(before.design, after.design)
    _check_arms(asked, before.design, after.design)
    labels = _label(before, after)
    sides = [
        _take(kept, shared, label, list(dict.fromkeys(pair[place] for pair in asked)))
        for place, (kept, label) in enumerate(zip((before, after), labels, strict=True))
    ]
    design = replace(
        after.design,
        name=f"{after.design.name}, twice" if labels == TWINS else " and ".join(labels),
        arms=(*sides[0][0], *sides[1][0]),
        contrasts=tuple(_ask(pair, labels) for pair in asked),
        tasks=len(shared),
        repeats=min(before.design.repeats, after.design.repeats),
        stopping=FIXED,
        evidence=None,
        source={},
    )
    rows = pa.concat_tables([sides[0][1], sides[1][1]])
    return Comparison(
        analyse(design, to_columns(rows)),
        tuple(chain(_differ(before.design, after.design), *(_differ_arms(pair, before, after) for pair in asked))),
        len(shared),
        changed,
        tuple(name for name in shared if before.right.get(name) != after.right.get(name)),
        (len(before.asked.keys() - after.asked.keys()), len(after.asked.keys() - before.asked.keys())),
        {arm.name: kept for kept, side in zip((before, after), sides, strict=True) for arm in side[0]},
    )


def _share_tasks(before: Kept, after: Kept) -> tuple[list[str], tuple[str, ...]]:
    """The tasks that ask the same on both sides, and those of one name that do not."""
    both = [name for name in before.asked if name in after.asked]
    shared = [name for name in both if before.asked[name] == after.asked[name]]
    changed = tuple(name for name in both if before.asked[name] != after.asked[name])
    if not shared:
        why = (
            f"{len(changed)} tasks have the same names and ask other things" if changed else "no name is on both sides"
        )
        raise SetupError(
            f"the experiments share no task: {why}; {before.folder.path} has {name_some(before.asked)}; "
            f"{after.folder.path} has {name_some(after.asked)}"
        )
    return shared, changed


def _share_arms(before: Design, after: Design) -> tuple[tuple[str, str], ...]:
    names = [arm.name for arm in before.arms], [arm.name for arm in after.arms]
    found = tuple((name, name) for name in names[0] if name in names[1])
    if found:
        return found
    if len(names[0]) == len(names[1]) == 1:
        return ((names[0][0], names[1][0]),)
    raise SetupError(
        f"no arm has the same name in both: {name_some(names[0])}, and {name_some(names[1])}; "
        "say which to compare: --arms FIRST=SECOND"
    )


def _check_arms(pairs: Sequence[tuple[str, str]], before: Design, after: Design) -> None:
    for place, design in enumerate((before, after)):
        known = [arm.name for arm in design.arms]
        missing = [pair[place] for pair in pairs if pair[place] not in known]
        if missing:
            raise SetupError(f"{design.name!r} has no arm {', '.join(map(repr, missing))}; it has {name_some(known)}")


def _label(before: Kept, after: Kept) -> tuple[str, str]:
    """What tells the sides apart: their folders' names, or where those are alike, which came first."""
    names = before.folder.path.resolve().name, after.folder.path.resolve().name
    return names if names[0] != names[1] else TWINS


def _ask(pair: tuple[str, str], labels: tuple[str, str]) -> Contrast:
    control, arm = (f"{name} ({label})" for name, label in zip(pair, labels, strict=True))
    name = f"{pair[0]}: {labels[1]} - {labels[0]}" if pair[0] == pair[1] else ""
    return Contrast(arm, control, name)


def _take(kept: Kept, tasks: Sequence[str], label: str, arms: Sequence[str]) -> tuple[list[ArmDesign], pa.Table]:
    """These arms and their rows of these tasks, under names that tell the side."""
    rows = kept.rows.filter(
        pc.and_(
            pc.is_in(kept.rows["task"], pa.array(list(tasks), pa.string())),
            pc.is_in(kept.rows["arm"], pa.array(list(arms), pa.string())),
        )
    )
    named = pc.binary_join_element_wise(rows["arm"], pa.scalar(f" ({label})"), "")
    rows = rows.set_column(rows.schema.get_field_index("arm"), "arm", named)
    found = [replace(kept.design.find_arm(name), name=f"{name} ({label})", factors={}) for name in arms]
    return found, rows


def _differ(before: Design, after: Design) -> Iterator[Difference]:
    """What the experiments as such have set otherwise."""
    names = ("repeats", "evaluator", "metric", "margin", "alpha", "stopping", "seed", "confirm")
    for name in names:
        yield from _note("experiment", name, getattr(before, name), getattr(after, name))
    for name in sorted({*before.versions, *after.versions}):
        yield from _note("versions", name, before.versions.get(name), after.versions.get(name))


def _differ_arms(pair: tuple[str, str], before: Kept, after: Kept) -> Iterator[Difference]:
    ours, theirs = before.design.find_arm(pair[0]), after.design.find_arm(pair[1])
    flat = dict(_flatten(ours.parts)), dict(_flatten(theirs.parts))
    where = pair[0] if pair[0] == pair[1] else f"{pair[0]}, {pair[1]}"
    for name in sorted({*flat[0], *flat[1]}):
        yield from _note(where, name, flat[0].get(name), flat[1].get(name))


def _note(where: str, name: str, before: object, after: object) -> Iterator[Difference]:
    if before != after:
        yield Difference(where, name, *("not set" if value is None else str(value) for value in (before, after)))


def _flatten(data: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Settings inside settings under one name each: `limits.model_calls`."""
    if isinstance(data, Mapping) and data:
        for name, value in data.items():
            yield from _flatten(value, f"{prefix}.{name}" if prefix else str(name))
    else:
        yield prefix, data
