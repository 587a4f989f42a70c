"""What the exit code of a command says."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command."""

    ANSWERED = 0
    FAILED = 1
    SETUP = 2
    LIMITED = 3
    WAITING = 4
    BUG = 70
    CANCELLED = 130
    PIPE_CLOSED = 141


MEANINGS: dict[ExitCode, str] = {
    ExitCode.ANSWERED: "answered; for other commands: done, nothing wrong",
    ExitCode.FAILED: "the run failed (model, server, journal), or a check found faults or differences",
    ExitCode.SETUP: "a flag, setting, file, question or run's id that makes no sense; nothing was run",
    ExitCode.LIMITED: "answered from what was known, because a limit was met",
    ExitCode.WAITING: "the run waits for a person; what it asks, and the commands that answer, are on stderr",
    ExitCode.BUG: "a bug in agent-brain",
    ExitCode.CANCELLED: "cancelled with Ctrl-C or SIGTERM",
    ExitCode.PIPE_CLOSED: "whoever read the output has closed it",
}
