"""BFCL's own sentences to a model, read from its package where that is at hand: numbers beside published ones need
the same."""

import ast
from importlib.util import find_spec
from pathlib import Path

from agent_brain.lab.tasks.files import read_text

PACKAGE = "bfcl_eval"
PROMPTS = Path("constants") / "default_prompts.py"
MORE_FUNCTIONS = "DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_FC"
ANSWER_FORMAT = "ADDITIONAL_SYSTEM_PROMPT_FOR_AGENTIC_RESPONSE_FORMAT"
OWN = {
    MORE_FUNCTIONS: "There are further functions that can be used from here on. Try it again with them.",
    ANSWER_FORMAT: "End with a short and exact answer to the question; say so where there is none to be found.",
}
"""What is said where the package is not at hand."""


def read_words(package: str, name: str) -> str:
    """The sentence of this name; its file is read, and not run."""
    file = _find_folder(package) / PROMPTS
    if not file.is_file():
        return OWN[name]
    for part in ast.parse(read_text(file)).body:
        match part:
            case ast.Assign(targets=[ast.Name(id=found)], value=ast.Constant(value=str() as words)) if found == name:
                return words.strip()
    return OWN[name]


def _find_folder(package: str) -> Path:
    if package:
        return Path(package) / PACKAGE
    spec = find_spec(PACKAGE)
    return Path(PACKAGE) if spec is None or spec.origin is None else Path(spec.origin).parent
