"""What runs in the child of a world of BFCL's multi-turn tasks: instances of the classes that a task involves."""

import copy
import importlib
import inspect
from typing import Any

INSTANCES: dict[str, Any] = {}
PLACE = "bfcl_eval.eval_checker.multi_turn_eval.func_source_code"


def begin(modules: dict[str, str], config: dict[str, Any], long_context: bool) -> None:
    """Make an instance of each class, with the state that the task begins with."""
    for name, module in modules.items():
        instance = getattr(importlib.import_module(f"{PLACE}.{module}"), name)()
        if hasattr(instance, "_load_scenario"):
            instance._load_scenario(copy.deepcopy(config.get(name, {})), long_context=long_context)
        INSTANCES[name] = instance


def do(name: str, arguments: dict[str, Any]) -> Any:
    """Call the method of this name."""
    if not name.startswith("_"):
        for instance in INSTANCES.values():
            method = getattr(instance, name, None)
            if inspect.ismethod(method):
                return method(**arguments)
    raise ValueError(f"there is no {name}")


def read() -> dict[str, Any]:
    """The attributes of each instance that are no private ones."""
    return {
        name: {key: value for key, value in vars(instance).items() if not key.startswith("_")}
        for name, instance in INSTANCES.items()
    }
