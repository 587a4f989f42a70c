"""What the exit code of a command says."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command."""

    ANSWERED = 0
    FAILED = 1
    SETUP = 2
    LIMITED = 3
    BUG = 70
    CANCELLED = 130
    PIPE_CLOSED = 141


MEANINGS: dict[ExitCode, str] = {
    ExitCode.ANSWERED: "answered; for other commands: done, nothing wrong",
    ExitCode.FAILED: "the run failed (model, server), or a check found faults",
    ExitCode.SETUP: "a flag, setting, file or question that makes no sense; nothing was run",
    ExitCode.LIMITED: "answered from what was known, because a limit was met",
    ExitCode.BUG: "a bug in agent-brain",
    ExitCode.CANCELLED: "cancelled with Ctrl-C",
    ExitCode.PIPE_CLOSED: "whoever read the output has closed it",
}
