"""Arms that no brain is made of: told all at once with their reasons, or left out where a file says so."""

from collections.abc import Mapping
from dataclasses import replace

from agent_brain.core.errors import SetupError
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import ArmBrains
from agent_brain.lab.arms.wording import say_in_file
from agent_brain.lab.experiment import Experiment


def part_refused(experiment: Experiment, *, is_skipped: bool) -> Experiment:
    """The experiment, where each of its arms can be run; with `is_skipped`, without those that cannot.

    Raises: SetupError, which names every such arm and why; also where nothing would be left of it, or of a contrast.
    """
    refused = find_refused(experiment)
    if not refused:
        return experiment
    told = "; ".join(f"{names}: {why}" for why, names in _join_alike(refused).items())
    if not is_skipped:
        arms = "1 arm" if len(refused) == 1 else f"{len(refused)} arms"
        raise SetupError(f"{arms} cannot be run: {told}; exclude them, or set skip_refused = true")
    left = [arm for arm in experiment.arms if arm.name not in refused]
    asked = [each for each in experiment.contrasts if refused.keys() & {each.arm, each.control}]
    if asked or not left:
        what = f"the contrast {asked[0]}" if asked else "the experiment"
        raise SetupError(f"skip_refused leaves nothing of {what}: {told}")
    return replace(experiment, arms=left, refused=refused)


def find_refused(experiment: Experiment) -> Mapping[str, str]:
    """The arms of which no brain for the first task can be made, each with the reason."""
    found: dict[str, str] = {}
    for arm in experiment.arms:
        why = _try(arm, experiment)
        if why:
            found[arm.name] = why
    return found


def _join_alike(refused: Mapping[str, str]) -> Mapping[str, str]:
    """By reason, the arms that have it: what a whole grid shares is told once."""
    reasons = dict.fromkeys(refused.values())
    return {why: ", ".join(name for name, other in refused.items() if other == why) for why in reasons}


def _try(arm: Arm, experiment: Experiment) -> str:
    task = experiment.tasks[0]
    try:
        world = None if task.make_world is None else task.make_world()
        ArmBrains(arm, experiment).make(task, 0, None, world)
    except SetupError as error:
        return say_in_file(str(error))
    return ""
