"""Two prompts on tasks of your own: which one is better, by how much, and how sure that is.

Prints:
    plain 60 0.30
    careful 60 1.00
    careful - plain: better. It scores 70.0 points more: 95 % interval +58.1 to +81.9, sign-flip p below 0.001.
"""

import asyncio
from collections.abc import Sequence
from tempfile import TemporaryDirectory

from agent_brain import Arm, Experiment, Message, ScriptedModel, Task, run_experiment
from agent_brain.lab.analysis.kept import read_kept

TASKS = [Task(f"{i} + 7", (f"What is {i} + 7?",), answer=i + 7) for i in range(60)]


def say(messages: Sequence[Message]) -> str:
    """What a model might say that forgets to carry, unless it is told to check its answer."""
    number = int(str(messages[-1]["content"]).split()[2])
    return str(number + 7 if "Check" in str(messages) or number % 10 < 3 else number - 3)


def main() -> None:
    common = {"net": "direct", "model": ScriptedModel(say, name="hasty")}
    arms = [Arm("plain", common), Arm("careful", {**common, "instructions": "Check your answer."})]
    with TemporaryDirectory() as folder:
        progress = asyncio.run(run_experiment(Experiment("sums", TASKS, arms), folder))
        for arm in progress.arms:
            print(arm.arm, arm.done, f"{arm.score:.2f}")
        for contrast in read_kept(folder).analyse().contrasts:
            print(f"{contrast.name}: {contrast.verdict}. {contrast.sentence}")


if __name__ == "__main__":
    main()
