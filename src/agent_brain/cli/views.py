"""What a person sees of a run: everything as it happens, or the answer alone."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Protocol, TextIO

from rich.console import Console
from rich.text import Text

from agent_brain.cli.json_lines import to_json
from agent_brain.cli.plain_text import clean
from agent_brain.core.context import describe_fit
from agent_brain.core.counting import count
from agent_brain.core.events import Chunk, ChunkKind, Ended, Entered, Event, Moved, Retracted, SubEvent
from agent_brain.core.items import ItemKind, OutcomeStatus
from agent_brain.core.judgements import find_oracles, find_passed
from agent_brain.core.records import (
    ActionFinished,
    ActionStarted,
    Asked,
    BoardPut,
    Faulted,
    Fitted,
    ItemAdded,
    Paused,
    Replied,
    Started,
    Status,
)
from agent_brain.core.state import END
from agent_brain.core.usage import Usage, describe_cost
from agent_brain.core.wire_choice import describe_choice, is_choice

SHOWN_CHARACTERS_MAX = 4_000
"""Of one call or one observation; the model and --json get all of it."""

VOICES = {ItemKind.ANSWER: ChunkKind.ANSWER, ItemKind.OBSERVATION: ChunkKind.OBSERVATION}
"""How an item is shown; all else like a thought."""

STYLES: dict[ChunkKind, str] = {
    ChunkKind.THOUGHT: "",
    ChunkKind.REASONING: "dim italic",
    ChunkKind.ARGUMENTS: "dim cyan",
    ChunkKind.ACTION: "cyan",
    ChunkKind.PROGRESS: "dim",
    ChunkKind.OBSERVATION: "green",
    ChunkKind.ANSWER: "bold",
}


class View(Protocol):
    """Shows the events of a run."""

    def show(self, event: Event) -> None:
        """Show one event."""


class NamedView:
    """Another view, which also tells the run's name once it is known: how it is called in further commands."""

    def __init__(self, view: View, tell: Callable[[str], None] | None = None) -> None:
        self.run_id = ""
        """Empty until the run is in its store."""
        self.view = view
        self._tell = tell

    def show(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, Started | Asked):
            self.run_id = event.run_id
            if self._tell is not None:
                self._tell(self.run_id)
        self.view.show(event)


class AnswerView:
    """Writes the answer when the run has ended, and nothing else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(self, event: Event) -> None:
        """Write the answer of the last event."""
        if isinstance(event, Ended) and event.status in (Status.ANSWERED, Status.LIMITED):
            self._stream.write(clean(event.answer) + "\n")
            self._stream.flush()


class LiveView:
    """Shows every step: what is thought, called, observed and answered, and why the run moves on."""

    def __init__(self, console: Console, now: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._now = now
        self._began = now()
        self._kind: ChunkKind | None = None
        """Whose text the present line belongs to."""
        self._is_line_open = False
        self._has_written = False
        """True when the present step has shown text that may have to be taken back."""
        self._called: dict[str, str] = {}
        """Names of the actions under way, by id."""
        self._are_several = False
        """True from when a second action is begun beside another until none is under way."""
        self._rule, self._to, self._back, self._dot = find_marks(console)

    def show(self, event: Event) -> None:  # noqa: C901, PLR0912  # one flat case for each kind of event
        """Show one event."""
        match event:
            case Chunk():
                self._show_chunk(event)
            case Entered():
                self._show_entry(event)
            case ActionStarted():
                self._called[event.action_id] = event.action.name
                self._are_several |= len(self._called) > 1
            case ActionFinished():
                self._show_outcome(event)
            case Faulted():
                self._line(f"! {shorten(event.text)}", "yellow")
            case Paused() | Replied():
                self._show_pause(event)
            case Retracted():
                self._show_retraction(event)
            case BoardPut(key=key, value=value) if is_choice(key):
                self._line(f"   {describe_choice(key, value)}", "dim")
            case Fitted():
                self._line(f"! {describe_fit(event)}", "yellow")
            case Moved():
                self._show_move(event)
            case Ended():
                self._show_end(event)
            case SubEvent():
                self._show_inside(event)
            case _:
                pass

    def _show_inside(self, event: SubEvent) -> None:
        """What a run inside this one has said, done and seen: whole, because several may go on at the same time."""
        mark, record = f"    {event.path}", event.event
        match record:
            case Started():
                self._line(f"{mark} ? {shorten(record.goal)}", "bold")
            case ItemAdded(text=text) if text:
                self._line(f"{mark} {shorten(text)}", STYLES[VOICES.get(record.kind, ChunkKind.THOUGHT)])
            case ActionStarted():
                self._line(f"{mark} {self._to} {shorten(record.action.describe())}", STYLES[ChunkKind.ACTION])
            case ActionFinished(outcome=outcome):
                is_fine = outcome.status is OutcomeStatus.FINISHED
                said = shorten(outcome.text) if is_fine else f"[{outcome.status}] {shorten(outcome.text)}"
                self._line(f"{mark} {self._back} {said}", STYLES[ChunkKind.OBSERVATION] if is_fine else "red")
            case Paused():
                self._line(f"    ? {event.path}.{record.pause_id} {record.kind}: {shorten(record.text)}", "yellow")
            case Faulted() | Retracted():
                self._line(
                    f"{mark} ! {shorten(record.text if isinstance(record, Faulted) else record.reason)}", "yellow"
                )
            case _:
                pass

    def _show_entry(self, event: Entered) -> None:
        self._has_written = False
        if event.step > 1:
            self._line("", "")
        self._line(f"{self._rule} {event.step} {event.state}", "bold cyan")

    def _show_retraction(self, event: Retracted) -> None:
        lost = ", what it wrote does not count" if self._has_written else ""
        wait = f"; waiting {event.wait_seconds:.1f} s" if event.wait_seconds else ""
        self._line(f"! this step begins again{lost}: {event.reason}{wait}", "yellow")
        self._has_written = False

    def _show_pause(self, event: Paused | Replied) -> None:
        said = event.text if isinstance(event, Paused) else json.dumps(to_json(event.reply), ensure_ascii=False)
        whose = event.kind if isinstance(event, Paused) else event.source
        self._line(f"? {event.pause_id} {whose}: {shorten(said)}", "yellow")

    def _show_chunk(self, chunk: Chunk) -> None:
        self._has_written = True
        match chunk.kind:
            case ChunkKind.ACTION:
                self._line(f"{self._to} {shorten(chunk.text)}", STYLES[chunk.kind])
            case ChunkKind.PROGRESS:
                self._line(f"  {self._whose(chunk.action_id)}{chunk.text}", STYLES[chunk.kind])
            case ChunkKind.OBSERVATION if chunk.action_id:
                pass  # its record has been shown
            case _:
                is_other = chunk.kind is not self._kind
                if is_other:
                    self._end_line()
                self._write(chunk.text.lstrip("\n") if is_other else chunk.text, STYLES[chunk.kind])
                self._kind = chunk.kind

    def _show_outcome(self, event: ActionFinished) -> None:
        outcome = event.outcome
        style = STYLES[ChunkKind.OBSERVATION] if outcome.status is OutcomeStatus.FINISHED else "red"
        mark = "" if outcome.status is OutcomeStatus.FINISHED else f"[{outcome.status}] "
        self._line(f"{self._back} {self._whose(event.action_id)}{mark}{shorten(outcome.text)}", style)
        self._called.pop(event.action_id, None)
        self._are_several &= bool(self._called)

    def _show_move(self, event: Moved) -> None:
        if event.target != END:
            self._line(f"   {self._to} {event.target}{f': {event.reason}' if event.reason else ''}", "dim")

    def _show_end(self, event: Ended) -> None:
        env = event.env
        status = f"{event.status} ({env.limit})" if env.limit else str(event.status)
        self._end_line()
        self._line("", "")
        status = self._dot.join([status, *describe_judging(find_passed(env), find_oracles(env))])
        self._line(self._dot.join([status, *describe_usage(env.usage), f"{self._now() - self._began:.1f} s"]), "dim")

    def _whose(self, action_id: str) -> str:
        """The tool's name where several have been under way together."""
        return f"{self._called[action_id]}: " if self._are_several and action_id in self._called else ""

    def _line(self, text: str, style: str) -> None:
        self._end_line()
        self._write(text + "\n", style)

    def _end_line(self) -> None:
        if self._is_line_open:
            self._write("\n", "")
        self._kind = None

    def _write(self, text: str, style: str) -> None:
        text = clean(text)
        if text:
            self._console.print(Text(text, style=style), end="", soft_wrap=True)
            self._is_line_open = not text.endswith("\n")


def describe_usage(usage: Usage) -> list[str]:
    """Calls, tokens and cost in words; `~` marks tokens that were estimated here."""
    about = "~" if usage.estimated_tokens else ""
    spent = [
        count(usage.model_calls, "model call"),
        count(usage.tool_calls, "tool call"),
        f"{about}{count(usage.tokens, 'token')}",
        describe_cost(usage) if usage.cost_usd else "",
    ]
    return [words for words in spent if words]


def describe_judging(passed: bool | None, oracles: Sequence[str]) -> list[str]:
    """That an answer did not pass its evaluator, and that oracles had a say in it, in words; nothing else."""
    failed = ["the answer did not pass its evaluator"] if passed is False else []
    return [*failed, f"judged by an oracle: {', '.join(oracles)}"] if oracles else failed


def shorten(text: str) -> str:
    """A text of which a person is shown the beginning, with a word about the rest."""
    if len(text) <= SHOWN_CHARACTERS_MAX:
        return text
    return (
        f"{text[:SHOWN_CHARACTERS_MAX]}... ({len(text) - SHOWN_CHARACTERS_MAX:,} more characters; --json has them all)"
    )


def find_marks(console: Console) -> tuple[str, str, str, str]:
    """What stands before a step, a call and an outcome, and between facts: signs that this console can show."""
    return ("──", "→", "←", " · ") if _can_write(console, "─→←·") else ("--", "->", "<-", ", ")


def _can_write(console: Console, text: str) -> bool:
    try:
        text.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
