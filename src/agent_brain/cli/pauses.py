"""What a run waits for, with the commands that answer it; and a person's words as a reply."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from agent_brain.cli.places import Place
from agent_brain.cli.plain_text import clean
from agent_brain.cli.sketches import describe_fields, sketch
from agent_brain.cli.terminal import print_notice
from agent_brain.core.errors import SetupError
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import Pause, PauseKind
from agent_brain.core.tooling import ToolSpec

VERDICTS = frozenset({PauseKind.APPROVAL, PauseKind.DOUBT})
"""Pauses that are answered with yes or no."""
WORDS = {"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}


TYPES: Mapping[str, Any] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict,
}  # fmt: skip
"""What JSON gives for the types of a schema."""


def tell_pauses(env: MemoryEnv, place: Place | None) -> None:
    """Say on stderr what the run waits for and how each is answered; `place`: where another command finds it."""
    print_notice(f"run {env.run_id} waits for you:")
    for pause in env.open_pauses:
        for line in describe_pause(env.run_id, pause, place):
            print_notice(f"  {line}")
    if place is None:
        print_notice("  it is kept nowhere, so nobody can reply any more")


def describe_pause(run_id: str, pause: Pause, place: Place | None, *, goes_on: bool = True) -> list[str]:
    """What is asked, and the commands that answer it; without `goes_on`, those that write the reply down alone."""
    lines = [f"{pause.pause_id} {pause.kind}: {describe_question(pause)}{_describe_end(pause)}"]
    lines += [f"   {line}" for line in describe_form(pause)]
    if place is not None:
        more = "" if goes_on else " --no-resume"
        lines += [f"   {command}{more}" for command in _list_commands(run_id, pause, place)]
    return lines


def describe_question(pause: Pause) -> str:
    """What is asked, in a line, with the replies to choose from."""
    choices = (pause.wanted or {}).get("enum")
    text = " ".join(clean(pause.text).split())
    return f"{text} ({_list(choices)})" if isinstance(choices, list) else text


def describe_form(pause: Pause) -> list[str]:
    """The fields of the form that is to be filled in, a line each; none where something else is wanted."""
    return [] if pause.kind in VERDICTS else [" ".join(clean(line).split()) for line in describe_fields(pause.wanted)]


def _describe_end(pause: Pause) -> str:
    """Until when a reply is waited for, and what counts then."""
    if pause.expires_at is None:
        return ""
    end = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(pause.expires_at))
    default = "no" if pause.kind in VERDICTS else clean(json.dumps(pause.default, ensure_ascii=False))
    return f" [until {end}, then {default}]"


def _list_commands(run_id: str, pause: Pause, place: Place) -> list[str]:
    name = pause.pause_id
    if pause.kind in VERDICTS:
        return [
            place.write_command("approve", run_id, name),
            place.write_command("reject", run_id, name, "--reason", "WHY"),
        ]
    reply = "NUMBER" if pause.kind is PauseKind.BUDGET else clean(sketch(pause.wanted))
    return [place.write_command("reply", run_id, name, reply)]


def find_pause(env: MemoryEnv, name: str | None, *, is_verdict: bool = False) -> Pause:
    """The pause of this name, or the only open one; with `is_verdict`, the only one that takes yes or no.

    Raises: SetupError, which names those that are open.
    """
    named = None if name is None else env.pauses.get(name)
    if named is not None and is_verdict and named.kind not in VERDICTS:
        raise SetupError(f"{name} is a {named.kind}, nothing to approve; `agent-brain reply` answers it")
    if named is not None:
        return named
    found = [pause for pause in env.open_pauses if not is_verdict or pause.kind in VERDICTS]
    if name is None and len(found) == 1:
        return found[0]
    waits = ", ".join(f"{pause.pause_id} ({pause.kind})" for pause in env.open_pauses) or "nothing"
    if name is not None:
        raise SetupError(f"run {env.run_id} has no pause called {name!r}; it waits for: {waits}")
    about = "name one of them" if found else f"nothing is there to {'approve' if is_verdict else 'reply to'}"
    raise SetupError(f"run {env.run_id} waits for {waits}; {about}")


def read_reply(pause: Pause, text: str) -> Any:
    """A person's words as what this pause wants. Raises: SetupError."""
    words = text.strip()
    if pause.kind in VERDICTS:
        return WORDS[words.lower()] if words.lower() in WORDS else _read_json(pause, words, "yes, no, or a JSON object")
    if pause.kind is PauseKind.BUDGET:
        return _read_json(pause, words, "a number: how much more")
    return _read_answer(pause, text)


def _read_answer(pause: Pause, text: str) -> Any:
    """The words themselves, or JSON where the asker's schema wants something else than text."""
    kind = (pause.wanted or {}).get("type", "string")
    if kind == "boolean" and text.strip().lower() in WORDS:
        return WORDS[text.strip().lower()]
    if kind == "string" or not isinstance(kind, str):
        return text
    return _read_json(pause, text, f"JSON of type {kind}, such as {sketch(pause.wanted)}")


def check_args(env: MemoryEnv, pause: Pause, args: Mapping[str, Any], specs: Sequence[ToolSpec]) -> None:
    """Let arguments pass whose names the action's tool knows, of the types that it wants.

    With a slip the leave would be spent and nothing done.

    Raises: SetupError.
    """
    named = next((item.action.name for item in env.log if item.action and item.action_id == pause.action_id), None)
    spec = next((spec for spec in specs if spec.name == named), None)
    if spec is None:
        return
    known, needed = spec.parameters.get("properties", {}), spec.parameters.get("required", [])
    is_closed = spec.parameters.get("additionalProperties") is False
    wrong = [f"{name} is missing" for name in needed if name not in args]
    wrong += [f"{name} is unknown" for name in args if is_closed and name not in known]
    kinds = {name: rule.get("type") for name, rule in known.items() if isinstance(rule, Mapping)}
    wrong += [
        f"{name} is {value!r:.60}, wanted {kinds[name]}"
        for name, value in args.items()
        if not _is_of_type(value, kinds.get(name))
    ]
    if wrong:
        raise SetupError(f"--args: {', '.join(wrong)}; {named} takes: {', '.join(known) or 'nothing'}")


def _is_of_type(value: Any, kind: Any) -> bool:
    """False where the schema names one type, and the value is of another."""
    if not isinstance(kind, str) or kind not in TYPES:
        return True
    return kind == "boolean" if isinstance(value, bool) else isinstance(value, TYPES[kind])


def _list(choices: list[Any]) -> str:
    return ", ".join(clean(str(choice)) for choice in choices)


def _read_json(pause: Pause, text: str, wanted: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise SetupError(f"the reply to {pause.pause_id} is {text!r:.100}; wanted {wanted}") from None
