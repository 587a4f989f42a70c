"""A run's story for the terminal: each step, what was said, done and seen, what it took, and why it moved."""

import json
import time

from rich.console import Console
from rich.text import Text

from agent_brain.cli.json_lines import to_json
from agent_brain.cli.plain_text import clean
from agent_brain.cli.runs_list import describe_age
from agent_brain.cli.views import STYLES, VOICES, describe_judging, describe_usage, find_marks, shorten
from agent_brain.core.counting import count
from agent_brain.core.events import ChunkKind
from agent_brain.core.items import Action, OutcomeStatus
from agent_brain.core.state import END
from agent_brain.core.store import RunInfo
from agent_brain.core.usage import describe_cost
from agent_brain.engine.story import Deed, Said, Step, Story, Wait


class StoryView:
    """Writes a story to a console."""

    def __init__(self, console: Console, indent: str = "") -> None:
        self._console = console
        self._indent = indent
        self._rule, self._to, self._back, self._dot = find_marks(console)

    def show(self, story: Story, info: RunInfo) -> None:
        """Write all of it."""
        made = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(info.created_at))
        age = describe_age(time.time() - info.updated_at)
        facts = [f"run {info.run_id}", story.status, f"net {info.net}", count(story.last, "record"), f"made {made}"]
        self._line(self._dot.join([*facts, f"last changed {age} ago"]), "bold")
        if story.gone:
            self._line(f"(its first {story.gone:,} records were compacted away)", "dim")
        questions = {asking.first: asking for asking in story.questions}
        left = sorted(questions)
        for step in story.steps:
            while left and left[0] <= step.first:
                self._line(f"\n? {questions[left.pop(0)].goal}", "bold")
            self._show_step(step)
        for first in left:
            self._line(f"\n? {questions[first].goal}", "bold")
        self._show_end(story)

    def _show_step(self, step: Step) -> None:
        facts = [f"{self._rule} {step.number} {step.state}", *self._tell_cost(step)]
        self._line("\n" + self._dot.join(facts), "bold cyan")
        for said in step.said:
            self._show_said(said)
        for wait in step.pauses:
            self._show_wait(wait)
        inside = {story.run_id: story for story in step.inside}
        for deed in step.actions:
            self._show_deed(deed, inside.pop(deed.action_id, None))
        for story in inside.values():
            self._show_inside(story)
        self._show_notes(step)

    def _show_notes(self, step: Step) -> None:
        """What there is to say of the step beside what was said and done, and where it moved."""
        for judgement in step.judgements:
            self._line(f"  {judgement.describe()}", "green" if judgement.score.passed else "yellow")
        for fit in step.fits:
            self._line(f"! {fit}", "yellow")
        for note in step.wires:
            self._line(f"   {note}", "dim")
        for error in step.errors:
            self._line(f"! {error}", "red")
        if step.limit:
            self._line(f"! {step.limit}", "yellow")
        if step.target and step.target != END:
            self._line(f"   {self._to} {step.target}{f': {step.reason}' if step.reason else ''}", "dim")

    def _tell_cost(self, step: Step) -> list[str]:
        usage = step.usage
        cost = [f"record{'s' if step.last > step.first else ''} {step.first}"]
        cost[0] += f"-{step.last}" if step.last > step.first else ""
        if usage.tokens:
            cost.append(f"{'~' if usage.estimated_tokens else ''}{usage.tokens:,} tokens")
        if usage.cost_usd:
            cost.append(describe_cost(usage))
        if step.calls:
            cost.append("by " + ", ".join(dict.fromkeys(call.model for call in step.calls)))
        if any(call.wire == "native" for call in step.calls):
            cost.append("over tool calls")
        return [*cost, f"{usage.seconds:.1f} s"]

    def _show_said(self, said: Said) -> None:
        if said.reasoning:
            self._line(said.reasoning, STYLES[ChunkKind.REASONING])
        if said.fault is not None:
            self._line(f"! {said.text}", "yellow")
        elif said.text:
            self._line(said.text, STYLES[VOICES.get(said.kind, ChunkKind.THOUGHT)])

    def _show_wait(self, wait: Wait) -> None:
        self._line(f"? {wait.pause_id} {wait.kind}: {wait.text}", "yellow")
        if wait.source is not None:
            self._line(f"  {wait.source}: {json.dumps(to_json(wait.reply), ensure_ascii=False)}", "yellow")

    def _show_inside(self, story: Story) -> None:
        """A run inside a step, further to the right."""
        view = StoryView(self._console, f"{self._indent}    ")
        view._line(f"? {story.goal}", "bold")
        for step in story.steps:
            view._show_step(step)

    def _show_deed(self, deed: Deed, inside: Story | None) -> None:
        again = f" (started {deed.starts} times)" if deed.starts > 1 else ""
        self._line(
            f"{self._to} {Action(name=deed.name, args=dict(deed.args)).describe()}{again}", STYLES[ChunkKind.ACTION]
        )
        if inside is not None:
            self._show_inside(inside)
        if deed.status is None:
            self._line(f"{self._back} ({'no outcome yet' if deed.starts else 'not started'})", "dim")
            return
        is_fine = deed.status is OutcomeStatus.FINISHED
        mark = "" if is_fine else f"[{deed.status}] "
        self._line(f"{self._back} {mark}{shorten(deed.outcome)}", STYLES[ChunkKind.OBSERVATION] if is_fine else "red")

    def _show_end(self, story: Story) -> None:
        self._line("", "")
        is_told = bool(story.steps) and any(said.text == story.answer for said in story.steps[-1].said)
        if story.answer and not is_told:
            self._line(f"answer: {story.answer}", "bold")
        if story.error:
            self._line(f"error: {story.error}", "red")
        usage = story.usage
        told = [story.status, *describe_judging(story.passed, story.oracles)]
        self._line(self._dot.join([*told, *describe_usage(usage), f"{usage.seconds:.1f} s"]), "dim")

    def _line(self, text: str, style: str) -> None:
        lines = clean(text).split("\n")
        shown = "\n".join(f"{self._indent}{line}" if line else "" for line in lines)
        self._console.print(Text(shown, style=style), soft_wrap=True)
