"""A conversation: runs that go on from each other, and the commands between them."""

import asyncio
import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent_brain.brain import Brain
from agent_brain.cli.asking import ask_person
from agent_brain.cli.exit_codes import ExitCode
from agent_brain.cli.places import Place
from agent_brain.cli.plain_text import clean
from agent_brain.cli.terminal import print_error, print_notice
from agent_brain.cli.tools import describe_arguments
from agent_brain.cli.views import LiveView
from agent_brain.cli.watching import report, watch
from agent_brain.core.errors import StoreError
from agent_brain.core.events import Ended, Event
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Record, Status
from agent_brain.core.usage import Usage, describe_cost

NEAR = 0.7
"""How like a command's name a slip must be: the slash alone makes any two names a little alike."""


class Conversation:
    """Takes lines, questions and commands alike, and remembers what was said.

    With `stops_alone`, Ctrl-C stops the present answer and the conversation goes on, and what a run waits for is asked
    here. `place` is where runs are kept, None for nowhere; with `spare`, a brain from there takes over where they
    cannot be kept.
    """

    def __init__(
        self,
        brain: Brain,
        console: Console,
        *,
        stops_alone: bool,
        labels: Mapping[str, Any] | None = None,
        place: Place | None = None,
        spare: Callable[[], Brain] | None = None,
    ) -> None:
        self.code = ExitCode.ANSWERED
        """That of the worst answer so far."""
        self._brain = brain
        self._console = console
        self._stops_alone = stops_alone
        self._labels = labels
        self._place = place
        self._spare = spare
        self._env: MemoryEnv | None = None
        self._spent: list[Usage] = []
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._runner:
            self._runner.run(self._brain.aclose())

    def take(self, line: str) -> bool:
        """Answer a question or carry out a command; False where it ends the conversation."""
        words = line.strip()
        if not words:
            return True
        if not line.startswith("/"):
            self._ask(words)
            return True
        name = words.split()[0]
        if name in COMMANDS:
            return COMMANDS[name].work(self)
        near = difflib.get_close_matches(name.lower(), COMMANDS, n=1, cutoff=NEAR)
        print_error(
            f"no command called {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
            "/help lists them; a question that begins with / gets a space before it",
        )
        return True

    def help(self) -> bool:
        """List the commands."""
        for name, command in COMMANDS.items():
            self._console.print(Text.assemble((f"{name:<8}", "cyan"), command.help), soft_wrap=True)
        return True

    def reset(self) -> bool:
        """Forget what was said."""
        self._env = None
        print_notice("forgotten; the next question begins a conversation")
        return True

    def list_tools(self) -> bool:
        """Show what the model can have done."""
        self._runner.run(self._brain.open())
        for spec in self._brain.tools.specs:
            arguments = describe_arguments(spec.parameters)
            self._console.print(Text.assemble((clean(spec.name), "cyan"), arguments), soft_wrap=True)
        return True

    def show_usage(self) -> bool:
        """Show what each answer has spent."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        costs = ["cost"] if any(usage.cost_usd for usage in self._spent) else []
        for title in ("answer", "model calls", "tool calls", "tokens in", "tokens out", *costs, "seconds"):
            table.add_column(title, justify="right")
        rows = [(str(number), usage) for number, usage in enumerate(self._spent, 1)]
        for name, usage in [*rows, ("all", sum(self._spent, Usage()))]:
            about = "~" if usage.estimated_tokens else ""
            counts = (
                usage.model_calls,
                usage.tool_calls,
                f"{about}{usage.input_tokens}",
                f"{about}{usage.output_tokens}",
                *(describe_cost(usage) for _ in costs),
            )
            table.add_row(name, *map(str, counts), f"{usage.seconds:.1f}")
        self._console.print(table)
        return True

    def _ask(self, question: str) -> None:
        """One run; one without an answer counts as never asked, unless a tool has done something."""
        view = _Recorder(LiveView(self._console), self._env)
        try:
            ended = self._watch(question, view)
        except KeyboardInterrupt:
            if not self._stops_alone:
                raise
            print_notice("\nstopped")
            env, code = view.env, ExitCode.CANCELLED
        else:
            env, code = ended.env, report(ended, self._place)
        self._spent.append(env.usage)
        if env.done or env.usage.tool_calls:
            self._env = env
        if code is not ExitCode.CANCELLED:
            self.code = ExitCode.FAILED if ExitCode.FAILED in (code, self.code) else max(code, self.code)

    def _watch(self, question: str, view: "_Recorder") -> Ended:
        """One run to its end, or to where it waits for somebody who is not here."""
        events = self._brain.stream(question, after=self._env, labels=self._labels)
        try:
            ended = self._runner.run(watch(events, view))
        except StoreError as error:
            if self._spare is None or view.has_begun:
                raise
            print_notice(f"this conversation is not kept: {error}")
            self._brain, self._spare, self._place = self._spare(), None, None
            return self._watch(question, view)
        while self._stops_alone and ended.status is Status.WAITING:
            replies = ask_person(ended.env.open_pauses)
            if not replies:
                break
            ended = self._runner.run(watch(self._brain.resume(ended.run_id, replies), view))
        return ended


class _Recorder:
    """Folds a run's records while they are shown, so that a run that is stopped leaves what it knew."""

    def __init__(self, view: LiveView, after: MemoryEnv | None) -> None:
        self.env = MemoryEnv() if after is None else after.fork()
        self.has_begun = False
        """True once the run is in its store."""
        self._view = view

    def show(self, event: Event) -> None:
        """Show one event."""
        self.has_begun = True
        if isinstance(event, Record):
            self.env.update(event)
        self._view.show(event)


@dataclass(frozen=True, slots=True)
class Command:
    """A line that begins with a slash."""

    help: str
    work: Callable[[Conversation], bool]


COMMANDS: Mapping[str, Command] = {
    "/help": Command("list the commands", Conversation.help),
    "/tools": Command("show what the model can have done", Conversation.list_tools),
    "/usage": Command("show what each answer has spent", Conversation.show_usage),
    "/reset": Command("forget what was said", Conversation.reset),
    "/exit": Command("end (so does Ctrl-D)", lambda _: False),
}
