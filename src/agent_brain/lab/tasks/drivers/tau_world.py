"""What runs in the child of a world of tau-bench: the tools of a domain and its database.

Only the modules of the tools are run: the packages around them would import clients of models, which no tool needs.
"""

import copy
import hashlib
import importlib
import json
import os
import sys
import types
from typing import Any

DATA: dict[str, Any] = {}
START: dict[str, Any] = {}
TOOLS: dict[str, Any] = {}


def tell(domain: str) -> list[dict[str, Any]]:
    """What a model is told of each tool."""
    load_tools(domain)
    return [tool.get_info()["function"] for tool in TOOLS.values()]


def begin(domain: str) -> None:
    """Load the tools, and the database as it is in the files."""
    folder = os.path.join(load_tools(domain), "data")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                DATA[name.removesuffix(".json")] = json.load(file)
    START.update(copy.deepcopy(DATA))


def do(name: str, arguments: dict[str, Any]) -> Any:
    """Have a tool act upon the database."""
    return TOOLS[name].invoke(data=DATA, **arguments)


def read() -> dict[str, Any]:
    """Where the database stands: its digest, as tau-bench takes it, by which two are compared; and for people the
    entries of each table that are others than at the beginning, of one that is gone, None."""
    changed = {}
    for table, rows in DATA.items():
        before = START[table]
        if isinstance(rows, dict) and isinstance(before, dict):
            keys = [key for key in {**before, **rows} if rows.get(key) != before.get(key)]
            changed[table] = {key: rows.get(key) for key in sorted(keys)}
        elif rows != before:
            changed[table] = rows
    found = {table: rows for table, rows in changed.items() if rows}
    return {"sha256": hashlib.sha256(str(to_pairs(DATA)).encode()).hexdigest(), "changed": found}


def to_pairs(value: Any) -> Any:
    """A value of which a text can be made that is the same for equal ones: keys in order, 1 another one than 1.0."""
    if isinstance(value, dict):
        return tuple((key, to_pairs(each)) for key, each in sorted(value.items()))
    if isinstance(value, list):
        return tuple(map(to_pairs, value))
    if isinstance(value, set):
        return tuple(sorted(map(to_pairs, value)))
    return value


def load_tools(domain: str) -> str:
    """Import them; the folder of the domain."""
    root = next(path for path in sys.path if os.path.isdir(os.path.join(path, "tau_bench", "envs", domain)))
    folder, package = root, ""
    for part in ("tau_bench", "envs", domain):
        folder, package = os.path.join(folder, part), f"{package}.{part}".strip(".")
        module = types.ModuleType(package)
        module.__path__ = [folder]
        sys.modules[package] = module
    for tool in importlib.import_module(f"{package}.tools").ALL_TOOLS:
        TOOLS[tool.get_info()["function"]["name"]] = tool
    return folder
