"""The ways in which models mangle a reply whose action can still be read.

Each way takes a clean reply, prose and then an action as JSON in a fence, and gives the same action mangled.
"""

import json
import random
import re
from collections.abc import Callable
from typing import Any

Mangler = Callable[[str, random.Random], str]
_CLEAN = re.compile(r"(?P<prose>.*?)```json\n(?P<action>.*?)\n```\s*\Z", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def _split(reply: str) -> tuple[str, dict[str, Any]]:
    match = _CLEAN.fullmatch(reply)
    assert match, f"no clean reply: {reply!r}"
    return match["prose"], json.loads(match["action"])


def _way(show: Callable[[str, str, dict[str, Any], random.Random], str]) -> Mangler:
    def mangle(reply: str, rng: random.Random) -> str:
        prose, action = _split(reply)
        return show(prose, json.dumps(action, ensure_ascii=False), action, rng)

    return mangle


def _fence(text: str, label: str = "json") -> str:
    return f"```{label}\n{text}\n```"


def _outside_strings(text: str, change: Callable[[str], str]) -> str:
    pieces, position = [], 0
    for match in _STRING.finditer(text):
        pieces += [change(text[position : match.start()]), match[0]]
        position = match.end()
    return "".join([*pieces, change(text[position:])])


def _keys(name: str, args: str) -> Mangler:
    return _way(lambda p, j, a, r: p + _fence(json.dumps({name: a["name"], args: a["args"]}, ensure_ascii=False)))


def _raw_newlines(text: str) -> str:
    return re.sub(r"(\\\\)|\\n", lambda m: m[1] or "\n", text)


WAYS: dict[str, Mangler] = {
    "clean": lambda reply, rng: reply,
    "bare": _way(lambda p, j, a, r: j),
    "no fence": _way(lambda p, j, a, r: p + j),
    "unlabelled fence": _way(lambda p, j, a, r: p + _fence(j, "")),
    "tool_call fence": _way(lambda p, j, a, r: p + _fence(j, "tool_call")),
    "unclosed fence": _way(lambda p, j, a, r: p + "```json\n" + j),
    "prose after": _way(lambda p, j, a, r: p + _fence(j) + "\nThis will give me what I need."),
    "prose around on one line": _way(lambda p, j, a, r: f"{p} I write {j} and then wait."),
    "another object before": _way(lambda p, j, a, r: p + '\nKnown: {"step": 1, "name": "Alice"}\n' + _fence(j)),
    "another object after": _way(lambda p, j, a, r: p + _fence(j) + '\nExpected: {"result": 5}'),
    "braces in prose": _way(lambda p, j, a, r: f"{p}Let {{x}} be \\frac{{1}}{{2}} of {{a, b}}.\n" + _fence(j)),
    "invented continuation": _way(
        lambda p, j, a, r: p + _fence(j) + '\nObservation: 7\n```json\n{"name": "' + a["name"] + '", "args": {}}\n```'
    ),
    "indented": _way(lambda p, j, a, r: p + _fence(json.dumps(a, indent=r.choice([2, 4]), ensure_ascii=False))),
    "escaped letters": _way(lambda p, j, a, r: p + _fence(json.dumps(a))),
    "single quotes and Python literals": _way(lambda p, j, a, r: p + _fence(repr(a))),
    "Python literals": _way(
        lambda p, j, a, r: (
            p
            + _fence(
                _outside_strings(
                    j, lambda t: t.replace("true", "True").replace("false", "False").replace("null", "None")
                )
            )
        )
    ),
    "curly quotes around keys": _way(lambda p, j, a, r: p + _fence(j.replace('"name"', "“name”", 1))),
    "bare keys": _way(lambda p, j, a, r: p + _fence(j.replace('"name":', "name:", 1).replace('"args":', "args:", 1))),
    "trailing commas": _way(lambda p, j, a, r: p + _fence(_outside_strings(j, lambda t: t.replace("}", ",}")))),
    "line comments": _way(lambda p, j, a, r: p + _fence("{ // the tool\n" + j[1:-1] + " // done\n}")),
    "hash comments": _way(lambda p, j, a, r: p + _fence("{ # the tool\n" + j[1:-1] + " # done\n}")),
    "block comments": _way(lambda p, j, a, r: p + _fence("{ /* the } tool */ " + j[1:])),
    "raw newlines in strings": _way(lambda p, j, a, r: p + _fence(_raw_newlines(j))),
    "raw newlines and a trailing comma": _way(lambda p, j, a, r: p + _fence(_raw_newlines(j[:-1]) + ",}")),
    "last bracket missing": _way(lambda p, j, a, r: p + _fence(j[:-1])),
    "brackets and fence missing": _way(lambda p, j, a, r: p + "```json\n" + j[:-1]),
    "leaked <|im_end|>": _way(lambda p, j, a, r: p + j + "<|im_end|>"),
    "leaked </s>": _way(lambda p, j, a, r: p + _fence(j) + "</s>"),
    "leaked <|eot_id|>": _way(lambda p, j, a, r: p + j + "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nAnd?"),
    "leaked <|python_tag|>": _way(lambda p, j, a, r: "<|python_tag|>" + j + "<|eom_id|>"),
    "leaked token and a bracket missing": _way(lambda p, j, a, r: p + j[:-1] + "<|im_end|>"),
    "[TOOL_CALLS] list": _way(lambda p, j, a, r: f"[TOOL_CALLS] [{j}]</s>"),
    "[TOOL_CALLS] name": _way(lambda p, j, a, r: f"[TOOL_CALLS]{a['name']}[ARGS]" + json.dumps(a["args"])),
    "tool_call tag": _way(lambda p, j, a, r: f"{p}<tool_call>\n{j}\n</tool_call>"),
    "unclosed tool_call tag": _way(lambda p, j, a, r: f"{p}<tool_call>{j}"),
    "function tag": _way(lambda p, j, a, r: f"{p}<function={a['name']}>{json.dumps(a['args'])}</function>"),
    "Action Input lines": _way(
        lambda p, j, a, r: (
            f"Thought: I go on.\nAction: {a['name']}\nAction Input: {json.dumps(a['args'])}\nObservation: 1"
        )
    ),
    "list of one": _way(lambda p, j, a, r: p + _fence(f"[{j}]")),
    "tool_calls": _way(lambda p, j, a, r: p + _fence(f'{{"tool_calls": [{j}]}}')),
    "tool and arguments": _keys("tool", "arguments"),
    "action and action_input": _keys("action", "action_input"),
    "function and parameters": _keys("function", "parameters"),
    "tool_name and input": _keys("tool_name", "input"),
    "name and params": _keys("name", "params"),
    "name and kwargs": _keys("name", "kwargs"),
    "tool and tool_input": _keys("tool", "tool_input"),
    "wrapped in action": _way(lambda p, j, a, r: p + _fence(f'{{"thought": "so", "action": {j}}}')),
    "wrapped in function": _way(
        lambda p, j, a, r: (
            p
            + _fence(
                json.dumps({"id": "1", "type": "function", "function": {"name": a["name"], "arguments": a["args"]}})
            )
        )
    ),
    "type function": _way(
        lambda p, j, a, r: p + _fence(json.dumps({"type": "function", "name": a["name"], "parameters": a["args"]}))
    ),
    "arguments as a string": _way(
        lambda p, j, a, r: p + _fence(json.dumps({"name": a["name"], "arguments": json.dumps(a["args"])}))
    ),
    "thinking before": _way(
        lambda p, j, a, r: f'<think>\nPerhaps {{"name": "{a["name"]}", "args": {{"no": 1}}}}?\n</think>\n{p}{_fence(j)}'
    ),
    "all in thinking": _way(lambda p, j, a, r: f"<think>\n{p}{_fence(j)}\n</think>"),
    "windows newlines": _way(lambda p, j, a, r: (p + "```json\n").replace("\n", "\r\n") + j + "\r\n```\r\n"),
}
"""Name of the way -> what it does to a clean reply."""
