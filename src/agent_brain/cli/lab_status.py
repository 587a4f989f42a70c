"""`agent-brain lab status` and `lab stop`: an experiment that another process runs, or that has ended."""

import sys
import time
from math import nan
from typing import Any

import typer

from agent_brain.cli.exit_codes import ExitCode
from agent_brain.cli.json_lines import write_json
from agent_brain.cli.lab_progress import print_summary
from agent_brain.cli.options import AsJson, Color, ExperimentName
from agent_brain.cli.terminal import ColorChoice, open_console, print_notice
from agent_brain.lab.folder import Folder
from agent_brain.lab.progress import Dropped, Ending, Estimated, Progress
from agent_brain.lab.tally import ArmTally, Failures

STOP_SECONDS = 30.0
LOOK_SECONDS = 0.1


def status(name: ExperimentName, as_json: AsJson = False, color: Color = ColorChoice.AUTO) -> None:
    """Say how far an experiment is, and who runs it."""
    folder = Folder.find(name)
    data, runner = folder.read_progress(), folder.find_runner()
    if as_json:
        write_json(sys.stdout, {**data, "runner": runner})
        return
    if data:
        print_summary(open_console(sys.stdout, color), load_progress(data))
    print_notice(f"process {runner} runs it" if runner is not None else "nobody runs it at present")


def stop(name: ExperimentName) -> None:
    """Stop an experiment that another process runs; what is under way is left, to be gone on with."""
    folder = Folder.find(name)
    runner = folder.ask_to_stop()
    if runner is None:
        print_notice("nobody runs it at present")
        return
    deadline = time.monotonic() + STOP_SECONDS
    while folder.find_runner() is not None:
        if time.monotonic() > deadline:
            print_notice(f"process {runner} was asked to stop, and has not within {STOP_SECONDS:.0f} s")
            raise typer.Exit(ExitCode.FAILED)
        time.sleep(LOOK_SECONDS)
    print_notice(f"process {runner} has stopped it; the command that ran it goes on from there")


def load_progress(data: Any) -> Progress:
    """The progress that such data are of."""
    arms = [ArmTally(**{**arm, "score": nan if arm["score"] is None else arm["score"]}) for arm in data["arms"]]
    estimates = [_load_estimated(each) for each in data["estimates"]]
    ending = Ending(data["ending"]) if data["ending"] else None
    told = {name: [Failures(**each) for each in data.get(name, ())] for name in ("failures", "unclosed")}
    dropped = Dropped(**data["dropped"]) if data.get("dropped") else None
    return Progress(**{**data, "arms": arms, "estimates": estimates, "ending": ending, "dropped": dropped, **told})


def _load_estimated(data: Any) -> Estimated:
    low, high = (nan if data[end] is None else data[end] for end in ("low", "high"))
    return Estimated(data["contrast"], data["tasks"], data["difference"], low, high)
