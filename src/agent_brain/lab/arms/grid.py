"""The arms of a file: listed one by one, or every combination of the levels of some factors."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import PARTS
from agent_brain.lab.toml_table import refuse_unknown

MEMORY, OVERLAY, NONE = "memory", "overlay", "none"
Table = Mapping[str, Any]


def list_arms(base: Table, listed: Table, grid: Table, levels: Table, where: str) -> list[Arm]:
    """All arms: those that are listed, then those of the grid, each with what all arms have in common.

    Raises: SetupError for keys and levels that nobody knows.
    """
    refuse_unknown(base, (*PARTS, OVERLAY), f"{where}, table [base]")
    arms = [_make_arm(name, base, table, {}, f"{where}, table [arms.{name}]") for name, table in listed.items()]
    return [*arms, *_list_grid(base, grid, levels, where)]


def _list_grid(base: Table, grid: Table, levels: Table, where: str) -> Iterator[Arm]:
    place = f"{where}, table [grid]"
    factors = {name: _read_levels(name, values, place) for name, values in grid.items() if name != "exclude"}
    refuse_unknown(levels, factors, f"{where}, table [levels]")
    excluded = _read_excluded(grid.get("exclude", ()), factors, place)
    for chosen in product(*factors.values()) if factors else ():
        combination = dict(zip(factors, chosen, strict=True))
        if any(all(combination[name] in values for name, values in each.items()) for each in excluded):
            continue
        own: dict[str, Any] = {}
        for name, level in combination.items():
            own |= _find_level(name, level, levels, place)
        yield _make_arm(_name(combination), base, own, combination, place)


def _read_levels(name: str, values: object, where: str) -> Sequence[Any]:
    if not isinstance(values, list) or not values:
        raise SetupError(f"{where}: {name} is {values!r:.80}; wanted a list of its levels")
    if len({str(value) for value in values}) < len(values):
        raise SetupError(f"{where}: {name} names a level twice")
    return values


def _read_excluded(given: object, factors: Mapping[str, Sequence[Any]], where: str) -> list[dict[str, list[Any]]]:
    """What no arm is made of: tables of factors, each with a level or several."""
    if not isinstance(given, list | tuple) or not all(isinstance(each, Mapping) for each in given):
        raise SetupError(f"{where}: exclude is {given!r:.80}; wanted a list of tables such as {{ net = 'rewoo' }}")
    found = []
    for table in given:
        refuse_unknown(table, factors, f"{where}, exclude")
        several = {name: value if isinstance(value, list) else [value] for name, value in table.items()}
        for name, values in several.items():
            for value in values:
                if value not in factors[name]:
                    raise UnknownName(f"level of {name} to exclude", str(value), map(str, factors[name]))
        found.append(several)
    return found


def _find_level(factor: str, level: Any, levels: Table, where: str) -> Table:
    """The parts that a level stands for: its table, or the part of this name."""
    tables = levels.get(factor, {})
    if isinstance(level, str) and level in tables:
        refuse_unknown(tables[level], (*PARTS, OVERLAY), f"{where}: levels.{factor}.{level}")
        return dict(tables[level])
    if factor in (*PARTS, OVERLAY):
        return {factor: level}
    raise SetupError(
        f"{where}: the factor {factor!r} is no part of an arm, and no table [levels.{factor}.{level}] says what "
        f"{level!r} stands for; parts: {', '.join(PARTS)}, {OVERLAY}"
    )


def _make_arm(name: str, base: Table, own: object, factors: Table, where: str) -> Arm:
    if not isinstance(own, Mapping):
        raise SetupError(f"{where} is {own!r:.80}; wanted a table of parts")
    refuse_unknown(own, (*PARTS, OVERLAY), where)
    parts = {**base, **own}
    overlay = parts.pop(OVERLAY, NONE) or NONE
    if overlay != NONE:
        parts[MEMORY] = f"{parts.get(MEMORY, 'messages')}+{overlay}"
    return Arm(name, parts, {factor: str(level) for factor, level in factors.items()})


def _name(combination: Table) -> str:
    """Its levels: `refact/mask+todo`."""
    words = []
    for factor, level in combination.items():
        if factor == OVERLAY and MEMORY in combination:
            continue
        beside = str(combination.get(OVERLAY, NONE) or NONE) if factor == MEMORY else NONE
        words.append(f"{level}+{beside}" if beside != NONE else str(level))
    return "/".join(words)
