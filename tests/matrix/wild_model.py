"""A model that says anything: a pure function of what it is shown, so that a run that is cut, forked or played back
is told the same."""

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from agent_brain import Message, ReplyCall, ScriptedModel
from agent_brain.core.chat import Reply

NUMBERED = "1. Add 1 and 2.\n2. Add the results."
PLANS = (
    NUMBERED,
    '["Add 1 and 2.", "Add the results."]',
    "Plan: add.\n#E1 = add[1, 2]\nPlan: add again.\n#E2 = add[#E1, 4]",
    '{"plan": [{"say": "add", "call": {"name": "add", "args": {"a": 1, "b": 2}}}]}',
    "1. add(a=1, b=2)\n2. add(a=$1, b=3)\n3. join()",
    "1. Add 1 and 2.",
)
WORDS = (
    "It is 5.",
    "5",
    "yes",
    "no",
    "STOP",
    "ok",
    "nothing",
    "correct",
    "revise: add them once more",
    "replan: it needs one more step",
    "answer: 5",
    "The answer is 5.",
    "Score: 0.4",
    "8/10",
    "",
    "   ",
    "<think>hm</think>It may be 7.",
    '{"verdict": "ok", "answer": "5"}',
)
CALLS: Sequence[Sequence[tuple[str, Mapping[str, Any]]]] = (
    [("add", {"a": 1, "b": 2})],
    [("add", {"a": 1, "b": 2}), ("add", {"a": 3, "b": 4})],
    [("fail", {})],
    [("nobody", {"x": 1})],
    [("add", {"a": "one"})],
    [("write_todo", {"items": [{"text": "add", "status": "in_progress"}]})],
    [("recall", {"id": 2})],
    [("write_note", {"key": "n", "text": "1 + 2 = 3"})],
    [("branch", {"task": "add"})],
    [("return_result", {"result": "3"})],
    [("archival_insert", {"text": "1 + 2 = 3"})],
    [("ask_person", {"question": "Which numbers?"})],
    [("open_safe", {"number": 5})],
    [("think", {"thought": "hm"})],
)
BROKEN = ('{"name": "add", "args": {"a": 1', '```json\n{"name": "add"}\n```', '{"name": "add", "args": [1]}')


def make_wild(seed: int, *, is_native: bool) -> ScriptedModel:
    """A model whose replies are drawn by a hash of the seed and the messages."""

    def reply(messages: Sequence[Message]) -> Reply:
        digest = hashlib.blake2b(json.dumps([seed, list(messages)], default=str).encode(), digest_size=8)
        return _draw(random.Random(digest.digest()), is_native=is_native)

    return ScriptedModel(reply, chunk_size=40)


def _draw(rng: random.Random, *, is_native: bool) -> Reply:
    kind = rng.random()
    if kind < 0.55:
        return _call(rng.choice(CALLS), rng, is_native=is_native)
    if kind < 0.68:
        return Reply(rng.choice(PLANS))
    if kind < 0.74:
        return Reply(rng.choice(BROKEN), finish=rng.choice(["stop", "length"]))
    return Reply(rng.choice(WORDS), reasoning=rng.choice(["", "", "I wonder."]))


def _call(calls: Sequence[tuple[str, Mapping[str, Any]]], rng: random.Random, *, is_native: bool) -> Reply:
    if is_native:
        return Reply(rng.choice(["", "I add."]), calls=tuple(ReplyCall(name, json.dumps(args)) for name, args in calls))
    return Reply(json.dumps([{"name": name, "args": args} for name, args in calls]))
