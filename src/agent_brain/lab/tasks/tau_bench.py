"""tau-bench: customers' wishes at a shop or an airline, whose database the tools change.

Yao et al., tau-bench, 2024, arXiv 2406.12045. Read is a checkout of its repository: tasks as syntax, never run; tools
in a child process. There a model plays the customer; here the agent is given all that the customer wants at once, and
nobody to ask, so that what comes of it depends on one model alone, and is comparable with no published number.
"""

import ast
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.tooling import ToolSpec
from agent_brain.lab.task import Task
from agent_brain.lab.tasks.child_world import ChildWorld, Making, ask_driver
from agent_brain.lab.tasks.files import read_text

ASKED = """\
A customer has written down what they want. Nothing can be asked of them; where the policy wants them to confirm, \
take it as confirmed. Do what they want, as far as the policy allows, and answer with all that they want to know.

{wish}"""
NO_ACTION = ("respond", "transfer_to_human_agents")
"""What changes nothing in a database."""


def read_tau_bench(
    path: str, domain: str = "retail", split: str = "test", policy: bool = True, seconds: float = 30.0
) -> list[Task]:
    """The tasks of a domain, retail or airline, of a checkout of tau-bench; with its policy as a part of the question.

    What counts is the state of the database at the end, and that all was told that the customer wanted to know. Tasks
    of one customer are a family: some differ in a few words alone.
    """
    folder = Path(path) / "tau_bench" / "envs" / domain
    if not folder.is_dir():
        raise SetupError(f"{path} holds no tau_bench/envs/{domain}; wanted a checkout of tau-bench, and its domain")
    file = next((each for each in (folder / f"tasks_{split}.py", folder / "tasks.py") if each.exists()), None)
    if file is None:
        known = ", ".join(sorted(each.name for each in folder.glob("tasks*.py")))
        raise SetupError(f"{folder} has no tasks_{split}.py; there is {known or 'none'}")
    making = Making("tau_world", {"domain": domain}, (Path(path),), seconds)
    specs = tuple(_make_spec(told) for told in ask_driver(making, "tell", domain=domain))
    words = f"{read_text(folder / 'wiki.md')}\n\n" if policy else ""
    make_world = partial(ChildWorld, making, specs)
    return [
        Task(
            task_id=f"{domain}-{split}-{place}",
            turns=(words + ASKED.format(wish=found["instruction"]),),
            answer=_find_right(found),
            family=str(found.get("user_id", "")),
            evaluator="world",
            make_world=make_world,
            data={"domain": domain, "user_id": found.get("user_id", ""), "instruction": found["instruction"]},
        )
        for place, found in enumerate(read_literals(file))
    ]


def _make_spec(told: Mapping[str, Any]) -> ToolSpec:
    return ToolSpec(told["name"], told["description"], told["parameters"], parallel=False)


def _find_right(found: Mapping[str, Any]) -> dict[str, Any]:
    actions = [
        {"name": each["name"], "args": each.get("kwargs", each.get("arguments", {}))}
        for each in found.get("actions", ())
        if each["name"] not in NO_ACTION
    ]
    return {"actions": actions, **({"told": found["outputs"]} if found.get("outputs") else {})}


def read_literals(file: Path) -> list[dict[str, Any]]:
    """The entries of the list of tasks that a Python file writes down, read and not run. Raises: SetupError."""
    try:
        body = ast.parse(read_text(file)).body
    except (SyntaxError, ValueError) as error:
        raise SetupError(f"{file} is no Python: {error}") from None
    for part in body:
        value = part.value if isinstance(part, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.List) and value.elts:
            return [_read_entry(node, file) for node in value.elts]
    raise SetupError(f"{file} writes down no list of tasks")


def _read_entry(node: ast.expr, file: Path) -> dict[str, Any]:
    found = _read(node, file)
    if not isinstance(found, dict) or not isinstance(found.get("instruction"), str):
        raise SetupError(f"{file}, line {node.lineno}: wanted a task with an instruction")
    return found


def _read(node: ast.expr, file: Path) -> Any:
    """A literal; a call as `Task(...)` stands for its keywords."""
    match node:
        case ast.Call(func=ast.Name(id="Task" | "Action"), args=[], keywords=keywords):
            return {keyword.arg: _read(keyword.value, file) for keyword in keywords if keyword.arg}
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_read(part, file) for part in parts]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return {str(_read(key, file)): _read(value, file) for key, value in pairs if key is not None}
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        raise SetupError(f"{file}, line {node.lineno}: {ast.unparse(node):.60} is no plain value") from None
