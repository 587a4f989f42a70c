"""The arms of a re-run: the stored trials' own parts, and the same with something changed."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import PARTS, ArmBrains
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.toml_table import refuse_unknown

UNCHANGED = "unchanged"
"""The arm that goes on with the parts that its trials had: the control, since a re-run has luck of its own."""
TOGETHER = "all changes"
NAME_CHARACTERS_MAX = 60
Parts = Mapping[str, Any]
_KEY = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)*")


def read_change(text: str) -> tuple[str, Parts]:
    """`memory=mask(3)`, `limits.model_calls=10`: a change's name, and the part it sets; values as TOML, or as text.

    Raises: SetupError.
    """
    key, equals, given = (piece.strip() for piece in text.partition("="))
    if not equals or not _KEY.fullmatch(key):
        raise SetupError(f"{text!r:.80} changes nothing; wanted PART=VALUE, such as memory=mask(3)")
    try:
        value = tomllib.loads(f"value = {given}")["value"]
    except (ValueError, KeyError):
        value = given
    name, *path = key.split(".")
    for piece in reversed(path):
        value = {piece: value}
    shown = f"{key} {given}"
    return (shown if len(shown) <= NAME_CHARACTERS_MAX else f"{shown[:NAME_CHARACTERS_MAX]}..."), {name: value}


def vary_arm(arm: Arm, changes: Mapping[str, Parts], *, together: bool = False) -> list[Arm]:
    """`unchanged`, one arm for each change, and with `together` one more that has all of them.

    Raises: SetupError for a part that no arm has, and for names that stand for something else.
    """
    changes = dict(changes)
    for name, parts in changes.items():
        refuse_unknown(parts, PARTS, f"the change {name!r}")
    taken = sorted({UNCHANGED, TOGETHER} & changes.keys())
    if taken:
        raise SetupError(f"{taken[0]!r} is the name of an arm that every re-run may have; wanted another name")
    if together:
        changes[TOGETHER] = _join(list(changes.values()))
    return [Arm(UNCHANGED, dict(arm.parts)), *(Arm(name, _merge(arm.parts, new)) for name, new in changes.items())]


def check_arms(experiment: Experiment, made: Mapping[str, ArmBrains], states: Sequence[str]) -> None:
    """Let arms pass that can go on from these states, with all that they knew there. Raises: SetupError."""
    nets = {name: brains.net.states for name, brains in made.items()}
    for name, known in nets.items():
        missing = sorted({state for state in states if state not in known})
        if missing:
            shared = [state for state in nets[UNCHANGED] if state in known]
            raise SetupError(
                f"the net of {name!r} does not have the state {missing[0]!r}, from which trials would go on; it has "
                f"{', '.join(sorted(known))}; both nets have {', '.join(sorted(shared)) or 'none'}"
            )
    for arm in experiment.arms:
        memory = made[arm.name].memory
        if not all(getattr(archive, "is_frozen", False) for archive in getattr(memory, "archives", ())):
            raise SetupError(
                f"the memory of {arm.name!r} keeps across runs what they learn, and what it held when its trials were "
                "at this step is gone; wanted frozen=True, as in episodic(file='learnt.db', frozen=True)"
            )


def _merge(old: Parts, new: Parts) -> dict[str, Any]:
    """The parts with others in their places; a table keeps what is not set anew."""
    merged = dict(old)
    for name, value in new.items():
        before = merged.get(name)
        is_table = isinstance(value, Mapping) and isinstance(before, Mapping)
        merged[name] = _merge(before, value) if is_table else value  # type: ignore[arg-type]  # is_table says so
    return merged


def _join(changes: Sequence[Parts]) -> Parts:
    """All changes as one. Raises: SetupError where two of them set the same part."""
    joined: dict[str, Any] = {}
    for parts in changes:
        twice = [name for name, value in parts.items() if name in joined and not isinstance(value, Mapping)]
        if twice:
            raise SetupError(f"several changes set {twice[0]!r}, so they cannot be made together")
        joined = _merge(joined, parts)
    return joined
