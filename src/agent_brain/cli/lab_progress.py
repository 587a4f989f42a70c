"""How a running experiment is shown: live in a terminal, as lines elsewhere, or as JSON."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from math import ceil, isfinite
from typing import Protocol

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from agent_brain.cli.json_lines import write_json
from agent_brain.cli.lab_room import pick_arms, pick_estimates, share_lines
from agent_brain.cli.plain_text import clean
from agent_brain.cli.terminal import ColorChoice, is_styled, open_console
from agent_brain.core.counting import count
from agent_brain.core.usage import describe_dollars
from agent_brain.lab.progress import Progress
from agent_brain.lab.tally import ArmTally
from agent_brain.lab.trial import Outcome

BAR_WIDTH = 24
LINES_ASIDE = 2
"""The head over the arms, and the line that the cursor is on."""
STEP_PERCENT = 10
"""Without a terminal a line is written whenever so much more is done."""
JSON_SECONDS = 1.0
ERROR_CHARACTERS_MAX = 300
NUMBERS = frozenset({"", "done", "score", "tokens", "cost", "difference", "interval", "tasks"})
"""Columns that are never broken; in a narrow terminal names are."""


class ProgressView(Protocol):
    """Shows progress."""

    def show(self, progress: Progress) -> None:
        """Take a look."""

    def close(self) -> None:
        """Leave the terminal as it was."""


def make_view(color: ColorChoice, *, as_json: bool) -> ProgressView:
    """The view for this command: its progress goes to stderr, unless it is JSON."""
    if as_json:
        return JsonView()
    import os

    return LiveView(color) if is_styled(sys.stderr, color, os.environ) else LinesView()


class JsonView:
    """A JSON object in a line, once a second and at the end."""

    def __init__(self) -> None:
        self._seconds = -JSON_SECONDS

    def show(self, progress: Progress) -> None:
        """Write it, unless one was written just now."""
        if progress.ending is not None or progress.seconds - self._seconds >= JSON_SECONDS:
            self._seconds = progress.seconds
            write_json(sys.stdout, progress.data())

    def close(self) -> None:
        """Nothing to leave."""


class LinesView:
    """A line on stderr each time that a tenth more is done."""

    def __init__(self) -> None:
        self._shown = -1

    def show(self, progress: Progress) -> None:
        """Write a line where enough has changed."""
        step = 100 * progress.done // max(1, progress.total) // STEP_PERCENT
        if step > self._shown and progress.ending is None:
            self._shown = step
            print(clean(describe_line(progress)), file=sys.stderr, flush=True)

    def close(self) -> None:
        """Nothing to leave."""


class LiveView:
    """Bars that move, on stderr."""

    def __init__(self, color: ColorChoice) -> None:
        console = open_console(sys.stderr, color)
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._live.start()

    def show(self, progress: Progress) -> None:
        """Draw it anew."""
        size = self._live.console.size
        self._live.update(draw(progress, size.width, size.height), refresh=True)

    def close(self) -> None:
        """Take the bars away: what is left is the summary."""
        self._live.stop()


def draw(progress: Progress, width: int, height: int) -> RenderableType:
    """Bars for each arm, what it has cost, how long it takes, and what its contrasts come to so far.

    What a terminal of this size has no room for is left out and counted.
    """
    line, share = clean(describe_line(progress)), max(1, progress.total) / max(1, len(progress.arms))
    free = height - ceil(cell_len(line) / width) - LINES_ASIDE
    arms, estimates = share_lines(free, len(progress.arms), len(progress.estimates))
    shown = pick_arms(progress.arms, arms)
    told = pick_estimates(progress.estimates, estimates)
    return Group(
        Text(line, style="bold"),
        _draw_arms(shown, share),
        *_tell_left(len(progress.arms) - len(shown), "arm", "with lower scores"),
        *([_draw_estimates(replace(progress, estimates=told))] if told else []),
        *_tell_left(len(progress.estimates) - len(told), "contrast", "less clear"),
    )


def _tell_left(left: int, noun: str, which: str) -> list[Text]:
    """What is not shown, in a line, where there is something."""
    told = f"{count(left, f'more {noun}')}, {which}, not shown: the terminal is too low"
    return [Text(told, "dim", no_wrap=True, overflow="ellipsis")] if left else []


def _draw_arms(arms: Sequence[ArmTally], share: float) -> Table:
    table = _make_table("arm", "", "done", "score", "tokens", "cost")
    for arm in arms:
        bar = ProgressBar(total=share, completed=arm.done, width=BAR_WIDTH)
        table.add_row(clean(arm.arm), bar, *_describe_arm(arm))
    return table


def print_summary(console: Console, progress: Progress) -> None:
    """What an experiment has come to, for the end and for `lab status`."""
    console.print(Text(clean(describe_line(progress)), style="bold"), soft_wrap=True)
    table = _make_table("arm", "done", "score", "tokens", "cost", "outcomes")
    for arm in progress.arms:
        outcomes = ", ".join(f"{times} {Outcome(name).words}" for name, times in arm.outcomes.items())
        table.add_row(clean(arm.arm), *_describe_arm(arm), outcomes)
    console.print(table)
    for each in progress.failures:
        if each.error in progress.note:
            continue  # it is what ended the experiment, and told as such
        _print_error(console, f"{each.trials:,} ended by: {each.error}")
    for each in progress.unclosed:
        _print_error(console, f"{count(each.trials, 'trial')} left something open: {each.error}")
    if progress.estimates:
        console.print(_draw_estimates(progress))


def _print_error(console: Console, told: str) -> None:
    console.print(Text(clean(told if len(told) <= ERROR_CHARACTERS_MAX else told[:ERROR_CHARACTERS_MAX] + " ...")))


def _draw_estimates(progress: Progress) -> Table:
    """What each contrast comes to: a look, no test."""
    table = _make_table("contrast so far" if progress.ending is None else "contrast", "difference", "interval", "tasks")
    for each in progress.estimates:
        is_known = isfinite(each.low + each.high)
        bounds = f"{each.low:+.3f} to {each.high:+.3f}" if is_known else "unknown"
        table.add_row(clean(each.contrast), f"{each.difference:+.3f}", bounds, f"{each.tasks:,}")
    return table


def describe_line(progress: Progress) -> str:
    """It in a line: `keychain: 120 of 480 trials, $0.42, about 3 min left`."""
    words = [f"{progress.experiment}: {progress.done:,} of {progress.total:,} trials", _describe_cost(progress)]
    if progress.ending is not None:
        words.append(progress.note or progress.ending.value)
    elif progress.seconds_left is not None:
        words.append(f"about {describe_seconds(progress.seconds_left)} left")
    return ", ".join(words)


def describe_seconds(seconds: float) -> str:
    """A time in words that need no more than two digits."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}" if seconds < 10 * size else f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _describe_cost(progress: Progress) -> str:
    unknown, judging = progress.unpriced_tokens, _describe_judging(progress)
    if unknown and not progress.cost_usd:
        return f"{progress.tokens:,} tokens{judging}"
    beside = f" and {unknown:,} tokens of unknown price" if unknown else ""
    return f"{progress.tokens:,} tokens, {describe_dollars(progress.cost_usd)}{beside}{judging}"


def _describe_judging(progress: Progress) -> str:
    """What of that is no arm's."""
    if not progress.judge_tokens:
        return ""
    cost = f", {describe_dollars(progress.judge_cost_usd)}" if progress.judge_cost_usd else ""
    return f" ({progress.judge_tokens:,} tokens{cost} of it for judging)"


def _describe_arm(arm: ArmTally) -> list[str]:
    known = describe_dollars(arm.cost_usd) if arm.cost_usd or not arm.unpriced_tokens else ""
    cost = " and ".join(filter(None, (known, "unknown" if arm.unpriced_tokens else "")))
    return [f"{arm.done:,}", f"{arm.score:.3f}" if arm.counted else "", f"{arm.tokens:,}", cost]


def _make_table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title in titles:
        table.add_column(
            title, no_wrap=title in NUMBERS, justify="right" if title in NUMBERS else "left", overflow="fold"
        )
    return table
