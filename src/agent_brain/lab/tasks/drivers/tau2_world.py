"""What runs in the child of a world of tau2-bench: the environment of a domain, as its package makes it."""

import importlib
import os
import sys
from typing import Any

WORLD: dict[str, Any] = {}


def tell(domain: str) -> dict[str, Any]:
    """What a model is told of: the policy, and each tool."""
    world = make(domain)
    return {"policy": world.get_policy(), "tools": [tool.openai_schema["function"] for tool in world.get_tools()]}


def begin(domain: str, start: dict[str, Any]) -> None:
    """Make it, and bring it to where the task begins."""
    world = WORLD["world"] = make(domain)
    tasks = importlib.import_module("tau2.data_model.tasks")
    given, calls = start.get("initialization_data"), start.get("initialization_actions")
    world.set_state(
        None if given is None else tasks.InitializationData.model_validate(given),
        None if calls is None else [tasks.EnvFunctionCall.model_validate(call) for call in calls],
        [],
    )


def do(name: str, arguments: dict[str, Any]) -> Any:
    """Have a tool act upon it."""
    world = WORLD["world"]
    found = world.make_tool_call(name, requestor="assistant", **arguments)
    world.sync_tools()
    return world.to_json_str(found)


def read() -> dict[str, Any]:
    """The digests of its databases, as tau2-bench takes them."""
    world = WORLD["world"]
    return {"agent": world.get_db_hash(), "user": world.get_user_db_hash()}


def make(domain: str) -> Any:
    """The environment as it is in the files; those of a checkout lie beside its code, and not in it."""
    for folder in sys.path:
        data = os.path.join(folder, os.pardir, "data")
        if os.path.isdir(os.path.join(folder, "tau2")) and os.path.isdir(os.path.join(data, "tau2")):
            os.environ["TAU2_DATA_DIR"] = os.path.abspath(data)
    return importlib.import_module(f"tau2.domains.{domain}.environment").get_environment()
