"""What runs in the child of `Bfcl`: the checker of the package bfcl-eval, as it is, asked about one task.

Its multi-turn checker keeps the instances of its classes in its module, named by task and model: here each question has
a process and a name of its own. Its single-turn checker imports the clients of all models that were ever measured, for
one fact about the model's name: in their place stands that fact, so that none of them has to be installed.
"""

import importlib
import sys
import types
from typing import Any


def check_turns(model: str, entry: dict[str, Any], calls: list[Any], right: list[Any], category: str) -> dict[str, Any]:
    """What it says of the calls of each turn, as texts, in the steps that they came in."""
    checker = importlib.import_module("bfcl_eval.eval_checker.multi_turn_eval.multi_turn_checker")
    found = checker.multi_turn_checker(calls, right, entry, category, model)
    return {"valid": bool(found["valid"]), "why": str(found.get("error_message", ""))}


def check_calls(model: str, docs: list[Any], calls: list[Any], right: list[Any], category: str) -> dict[str, Any]:
    """What it says of the calls of one reply."""
    stub = types.ModuleType("bfcl_eval.constants.model_config")
    fact = types.SimpleNamespace(underscore_to_dot=True)
    stub.MODEL_CONFIG_MAPPING = {model: fact}  # type: ignore[attr-defined]  # a module made here
    sys.modules[stub.__name__] = stub
    checker = importlib.import_module("bfcl_eval.eval_checker.ast_eval.ast_checker")
    known = importlib.import_module("bfcl_eval.constants.enums").Language
    words = category.split("_")
    language = known.JAVA if "java" in words else known.JAVASCRIPT if "javascript" in words else known.PYTHON
    found = checker.ast_checker(docs, calls, right, language, category, model)
    return {"valid": bool(found["valid"]), "why": str(found.get("error", ""))}


def check_answer(model: str, answer: str, right: list[str], category: str) -> dict[str, Any]:
    """What it says of the answer to a question that the web is asked about."""
    checker = importlib.import_module("bfcl_eval.eval_checker.agentic_eval.agentic_checker")
    found = checker.agentic_checker(answer, right)
    return {"valid": bool(found["valid"]), "why": str(found.get("error_message", ""))}
