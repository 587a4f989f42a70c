"""Plans of calls as models write them: a call a line, or as JSON."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from typing import Any

from agent_brain.core.tooling import ToolSpec
from agent_brain.nets.call_text import OTHERWISE, find_close, read_input
from agent_brain.nets.planned_calls import Notation, PlannedCall, read_label
from agent_brain.wires.action_text import ARGS_KEYS, NAME_KEYS, get_shape
from agent_brain.wires.json_text import find_json

LABEL_KEYS = ("id", "label", "evidence", "number", "step", "task", "idx", "index")
WHY_KEYS = ("plan", "thought", "why", "reason", "description")
LIST_KEYS = ("plan", "steps", "tasks", "calls", "actions")
ENDS = frozenset({"join", "finish", "solve"})
"""What plans call their end, which is no tool."""
WHY_CHARACTERS_MAX = 1000
CALLS_MAX = 500
"""Calls that are read of one plan."""

_NAME = re.compile(r"[\s`*_]*+(?P<name>[\w.:/-]++(?<=\w))[`*_ \t]*+(?P<open>[\[(])")
_SAID = re.compile(r"(?:\bplan|\bthought)[ \t]*+\d*+[*_ \t]*+:", re.IGNORECASE)
_DIGITS = re.compile(r"\d{1,4}")
_EDGES = " \t\r\n*_`#-"

REWOO = Notation(
    re.compile(
        r"(?<![*_`])[*_`]*+#E(?P<label>\d{1,4})[*_`]*[ \t]*(?::?=|:(?=\s*[\w.:/-]+[ \t]*[\[(]))[ \t]*",
        re.IGNORECASE,
    ),
    re.compile(r"#E(?P<label>\d{1,4})(?!\d)", re.IGNORECASE),
    "#E{}",
)
"""`#E1 = search[the capital of France]`, referred to as `#E1`."""
COMPILER = Notation(
    re.compile(
        r"^[ \t*_`>-]*\$?(?P<label>\d{1,4})[*_]*[ \t]*[.):=][*_` \t]*+(?=[\w.:/-]++[`*_]*+[ \t]*\()",
        re.MULTILINE,
    ),
    re.compile(r"\$(?P<open>\{)?(?P<label>\d{1,4})(?(open)\}|(?!\d|\.\d|,\d{3}(?!\d)))"),
    "${}",
)
"""`1. search(query="the capital of France")`, referred to as `$1` or `${1}`; $1.50 is an amount."""


def read_calls(text: str, specs: Sequence[ToolSpec], notation: Notation) -> list[PlannedCall]:
    """The calls of a plan in its order; none where the text holds none."""
    known = {spec.name: spec for spec in specs}
    calls = list(_read_lines(text, known, notation)) or list(_read_json(text, known, notation))
    return [call for call in calls if call.name.lower() not in ENDS - known.keys() or call.text]


def show_call(call: PlannedCall, notation: Notation) -> str:
    """A call as its plan would write it: `#E2 = add(a='#E1', b=3)`."""
    if call.text:
        return f"{notation.show(call.label)} = {call.text}"
    args = ", ".join(f"{name}={value!r}" for name, value in call.args.items())
    return f"{notation.show(call.label)} = {call.name}({args})"


def _read_lines(text: str, known: Mapping[str, ToolSpec], notation: Notation) -> Iterator[PlannedCall]:
    heads = list(islice(notation.head.finditer(text), CALLS_MAX))
    before = 0
    for head, following in zip_longest(heads, heads[1:]):
        end = len(text) if following is None else following.start()
        said = _clean(text[before : head.start()])
        name = _NAME.match(text, head.end(), end)
        if name is None:
            line = text[head.end() : end].partition("\n")[0]
            before = head.end() + len(line)
            yield from _read_words(read_label(head), line.strip(_EDGES), said, known)
            continue
        close = find_close(text, name.start("open"), end)
        before = min(close + 1, end)
        found = _find_name(name["name"], known)
        args = read_input(text[name.end("open") : close], known.get(found), notation)
        yield PlannedCall(read_label(head), found, args, said)


def _read_words(label: str, words: str, said: str, known: Mapping[str, ToolSpec]) -> Iterator[PlannedCall]:
    """What stands in the place of a call: a tool's bare name, or what the plan knows without one."""
    if words in known:
        yield PlannedCall(label, words, {}, said)
    elif words:
        yield PlannedCall(label, "", {}, said, words)


def _find_name(name: str, known: Mapping[str, ToolSpec]) -> str:
    """The tool's own name, where it is written in other letters, or behind a namespace."""
    last = name.rpartition(".")[2]
    same = [tool for tool in known if tool.casefold() in (name.casefold(), last.casefold())]
    return name if name in known or len(same) != 1 else same[0]


def _clean(text: str) -> str:
    """What a plan says before a call, without the word that it begins with."""
    said = list(_SAID.finditer(text))
    words = text[said[-1].end() :] if said else text
    return " ".join(words.split()).strip(_EDGES)[:WHY_CHARACTERS_MAX]


def _read_json(text: str, known: Mapping[str, ToolSpec], notation: Notation) -> Iterator[PlannedCall]:
    place = 0
    for found in find_json(text):
        for step in _list_steps(found.value)[: CALLS_MAX - place]:
            place += 1
            call = _read_step(step, place, known, notation)
            if call is not None:
                yield call


def _list_steps(value: Any) -> list[dict[str, Any]]:
    """The steps that a value holds: an object with a list of them, a list, or one alone."""
    if isinstance(value, dict):
        lists = [value[key] for key in LIST_KEYS if isinstance(value.get(key), list)]
        value = lists[0] if lists else [value]
    return [step for step in value if isinstance(step, dict)] if isinstance(value, list) else []


def _read_step(
    step: dict[str, Any], place: int, known: Mapping[str, ToolSpec], notation: Notation
) -> PlannedCall | None:
    digits = (_DIGITS.search(str(step[key])) for key in LABEL_KEYS if key in step)
    label = next((str(int(found[0])) for found in digits if found), str(place))
    why = next((_clean(step[key]) for key in WHY_KEYS if isinstance(step.get(key), str)), "")
    written = next((step[key] for key in NAME_KEYS if isinstance(step.get(key), str)), "")
    line = _NAME.match(written)
    if line is not None:  # the whole call stands in its name
        name = _find_name(line["name"], known)
        inside = written[line.end("open") : find_close(written, line.start("open"), len(written))]
        return PlannedCall(label, name, read_input(inside, known.get(name), notation), why)
    shape = get_shape(step, known)
    if shape.actions:
        action = shape.actions[0]
        return PlannedCall(label, _find_name(action.name, known), action.args, why)
    if not written:
        return None
    name = _find_name(written.strip(), known)
    given: Any = next((step[key] for key in ARGS_KEYS if key in step), {})
    if isinstance(given, str):
        return PlannedCall(label, name, read_input(given, known.get(name), notation), why)
    return PlannedCall(label, name, given if isinstance(given, dict) else {OTHERWISE: given}, why)
