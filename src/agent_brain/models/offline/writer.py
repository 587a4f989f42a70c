"""The words of the offline model: thoughts with an action, and answers."""

import json
from collections.abc import Sequence

from agent_brain.models.offline.execution import Progress, Result
from agent_brain.models.offline.plan import Plan
from agent_brain.models.offline.planner import QUESTION_CHARACTERS_MAX
from agent_brain.models.offline.transcript import Card

BANNER = "(offline model: built-in rules, no language model)"
ABILITIES = (
    ("calculate", "arithmetic (15% of 240, square root of 144 plus 5)"),
    ("days_between", "dates (days between two dates, the weekday of 14 March 2026)"),
    ("count_in_text", "letters and words (reverse 'stressed', vowels in 'banana')"),
    ("convert_units", "units (10 miles to km)"),
)
PHRASE_CHARACTERS_MAX = 120
NAMES_MAX = 12


def write_thought(plan: Plan, progress: Progress, *, is_first: bool) -> str:
    """A short thought, and the next action where there is one."""
    lines = [BANNER] if is_first else []
    if is_first and plan.cut:
        lines.append(_tell_cut())
    if progress.action is not None:
        action = {"name": progress.action.name, "args": progress.action.args}
        lines.append(f"Step {progress.place} of {progress.total}: {shorten(progress.purpose)}")
        lines.append(f"```json\n{json.dumps(action, ensure_ascii=False)}\n```")
    elif not plan.is_understood:
        lines.append("My rules find nothing here that they can do with the tools at hand.")
    else:
        lines.append(_sum_up(progress.results))
    return "\n".join(lines)


def write_answer(plan: Plan, progress: Progress, cards: Sequence[Card]) -> str:
    """The answer from what the observations have settled, or plainly what could not be done."""
    settled = [result for result in progress.results if result.value is not None]
    is_whole = len(settled) == len(progress.results)
    lines = [_state(settled, is_whole=is_whole)] if settled else [_refuse(plan, progress, cards)]
    if len(settled) > 1:
        lines.extend(f"- {shorten(result.text)}: {_show(result)}" for result in settled)
    if settled:
        lines.extend(
            f"I could not do this part: {shorten(result.text)!r} ({_reason(result)})."
            for result in progress.results
            if result.value is None
        )
    if plan.cut:
        lines.append(_tell_cut())
    return "\n".join(lines)


def shorten(text: str) -> str:
    """The text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= PHRASE_CHARACTERS_MAX else line[: PHRASE_CHARACTERS_MAX - 3] + "..."


def _state(settled: Sequence[Result], *, is_whole: bool) -> str:
    value = _show(settled[-1])
    if not is_whole:
        return f"Only a part: {shorten(settled[-1].text)}: {value}"
    if value in ("yes", "no"):
        return f"{value.capitalize()}."
    return f"The answer is {value}." if "\n" not in value and len(value) <= 2_000 else value


def _show(result: Result) -> str:
    return {"true": "yes", "false": "no", "True": "yes", "False": "no"}.get(
        result.value or "", result.value or "(nothing)"
    )


def _reason(result: Result) -> str:
    return result.failure or "I was stopped before I reached it"


def _sum_up(results: Sequence[Result]) -> str:
    settled = [result for result in results if result.value is not None]
    failed = [result for result in results if result.value is None]
    if not settled:
        return f"I cannot go on: {_reason(failed[0])}." if failed else "There is nothing to do."
    if failed:
        return f"I have done what I can; one part is missing: {_reason(failed[0])}."
    return f"All steps are done.\nThe answer is {shorten(_show(settled[-1]))}."


def _refuse(plan: Plan, progress: Progress, cards: Sequence[Card]) -> str:
    can = f"I am the offline model: built-in rules, no language model. {_tell_abilities(cards)}"
    if not plan.steps:
        return f"I find no question that I can read. {can}"
    if not plan.is_understood:
        return f"I cannot answer that. {can}"
    broken = next(
        (result for result, step in zip(progress.results, plan.steps, strict=True) if step.node is not None), None
    )
    if broken and not broken.failure:
        return "I was stopped before I could start on this."
    return f"I could not work this out: {_reason(broken).rstrip('.')}." if broken else f"I cannot answer that. {can}"


def _tell_abilities(cards: Sequence[Card]) -> str:
    names = {card.name for card in cards}
    kinds = [text for tool, text in ABILITIES if tool in names]
    if kinds:
        return f"I can do {'; '.join(kinds)}, and several of these in one question."
    if names:
        listed = ", ".join(sorted(names)[:NAMES_MAX])
        return f"I can call these tools when a question names them with their values: {listed}."
    return "I have no tools here, so there is nothing that I can work out."


def _tell_cut() -> str:
    return f"(The question is long: I read its first {QUESTION_CHARACTERS_MAX} characters only.)"
