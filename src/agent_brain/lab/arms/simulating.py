"""What draws chances in a trial, its simulated model above all: its parameters by name, and the key of its luck."""

from collections.abc import Mapping
from typing import Any

from agent_brain.core.chat import ChatModel
from agent_brain.core.errors import SetupError
from agent_brain.core.offers import offers
from agent_brain.core.place import Keyed
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.experiment import Experiment

SIMULATED = "simulated"
"""The name of the model in experiments."""
COMMON = "common"
"""Beside its parameters: True lets all arms draw alike, so that they differ by what they do alone."""
SHARED = "shared"


def make_simulated(experiment: Experiment, arm: Arm, key: tuple[str, str, int]) -> ChatModel:
    """The simulated model of one trial; `key`: its task, arm and repeat. Raises: SetupError for a wrong parameter."""
    from agent_brain.models.simulated.model import SimulatedModel  # where no arm has one, nobody waits for it
    from agent_brain.models.simulated.parameters import Parameters

    given = {**experiment.simulated, **_read_own(arm)}
    given.pop(COMMON, False)
    return SimulatedModel(Parameters.load(given), seed=experiment.seed, key=_find_luck(experiment, key))


def key_evaluator(evaluator: Any, experiment: Experiment, key: tuple[str, str, int]) -> Any:
    """The evaluator that the net of one trial asks; where it errs by chance, with that trial's luck."""
    return evaluator.keyed(_find_luck(experiment, key)) if offers(evaluator, Keyed) else evaluator


def _find_luck(experiment: Experiment, key: tuple[str, str, int]) -> tuple[str, str, int]:
    """By what a trial's chances are drawn: its own name, or, where arms draw alike, what is common to all of them."""
    is_common = experiment.simulated.get(COMMON, False)
    if not isinstance(is_common, bool):
        raise SetupError(f"simulated.{COMMON} is {is_common!r:.60}; wanted true or false")
    task, name, repeat = key
    return task, SHARED if is_common else name, repeat


def _read_own(arm: Arm) -> Mapping[str, Any]:
    own = arm.parts.get(SIMULATED, {})
    if not isinstance(own, Mapping):
        raise SetupError(f"simulated of arm {arm.name!r} is {own!r:.60}; wanted a table of parameters")
    if COMMON in own:
        raise SetupError(f"simulated.{COMMON} of arm {arm.name!r}: it is the whole experiment's to say")
    return own
