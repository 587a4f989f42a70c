"""A double of the package bfcl-eval, of our own: the names and parameters of its checkers, and a class.

The adapter was tried with the real package by hand; that one pins its dependencies to versions which ours exclude.
"""

import json
from pathlib import Path
from typing import Any

TICKETS = """
class TicketAPI:
    def __init__(self):
        self.tickets = []
        self._secret = "nothing that is read"

    def _load_scenario(self, config, long_context=False):
        self.tickets = config["tickets"]
        self.is_long = long_context

    def create_ticket(self, title, priority=1):
        self.tickets.append([title, priority])
        return {"id": len(self.tickets)}

    def close_ticket(self, ticket_id):
        return self.tickets.pop(ticket_id)
"""
CHECK_TURNS = '''
SEEN = set()

def multi_turn_checker(calls, right, test_entry, test_category, model_name):
    """Passes where the last calls of all turns are the right ones; a name that was seen before is refused."""
    key = (model_name, test_entry["id"])
    if key in SEEN or len(model_name) < 10:
        return {"valid": False, "error_message": f"{key} has instances already"}
    SEEN.add(key)
    flat = [[call for step in turn for call in step] for turn in calls]
    return {"valid": flat == right, "error_message": "" if flat == right else f"{flat} for {right}"}
'''
CHECK_CALLS = '''
from bfcl_eval.constants.model_config import MODEL_CONFIG_MAPPING

def ast_checker(func_description, model_output, possible_answer, language, test_category, model_name):
    """Passes where the names are right, as the model's configuration spells them."""
    is_underscored = MODEL_CONFIG_MAPPING[model_name].underscore_to_dot
    wanted = [name.replace(".", "_") if is_underscored else name for each in possible_answer for name in each]
    found = [name for each in model_output for name in each]
    return {"valid": found == wanted, "error": [f"{found} in {language.value}"]}
'''
CHECK_ANSWER = '''
def agentic_checker(model_response, possible_answer_list):
    """Passes where one of the answers is in it, as it stands."""
    found = any(each in model_response for each in possible_answer_list)
    return {"valid": found, "error_message": "" if found else "not there"}
'''
PROMPTS = """
DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_FC = (
    "There are more now."
)
raise ImportError("it is read, and not run")
"""
ENUMS = "import enum\nLanguage = enum.Enum('Language', {'PYTHON': 'python', 'JAVA': 'java', 'JAVASCRIPT': 'js'})\n"


def make_doc(name: str, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """The description of a function, as its files have it."""
    parameters = {"type": "dict", "properties": properties, "required": required}
    return {"name": name, "description": f"What {name} does.", "parameters": parameters}


CREATE = make_doc(
    "create_ticket", {"title": {"type": "string"}, "priority": {"type": "integer", "default": 1}}, ["title"]
)
CLOSE = make_doc("close_ticket", {"ticket_id": {"type": "integer"}}, ["ticket_id"])
AREA = make_doc("geo.area", {"base": {"type": "float"}, "unit": {"type": "string"}}, ["base"])
SPELLED = make_doc("Geo.area", {"sides": {"type": "ArrayList", "items": {"type": "long"}, "description": "All."}}, [])


def ask(text: str) -> list[dict[str, str]]:
    """A turn of a question."""
    return [{"role": "user", "content": text}]


FILES: dict[str, tuple[list[dict[str, Any]], list[Any]]] = {
    "simple_python": (
        [{"id": "simple_python_0", "question": [ask("How large is it?")], "function": [AREA]}],
        [[{"geo.area": {"base": [3.0], "unit": ["m", ""]}}]],
    ),
    "parallel": (
        [{"id": "parallel_0", "question": [ask("Both?")], "function": [AREA]}],
        [[{"geo.area": {"base": [1.0]}}, {"geo.area": {"base": [2.0]}}]],
    ),
    "simple_java": (
        [{"id": "simple_java_0", "question": [ask("How large is it?")], "function": [SPELLED]}],
        [[{"Geo.area": {"sides": [[1, 2]]}}]],
    ),
    "live_relevance": ([{"id": "live_relevance_0-0-0", "question": [ask("Hm?")], "function": [AREA]}], []),
    "irrelevance": ([{"id": "irrelevance_0", "question": [ask("Hm?")], "function": [AREA]}], []),
    "multi_turn_base": (
        [{
            "id": "multi_turn_base_0", "question": [ask("Open one."), ask("Close it.")],
            "initial_config": {"TicketAPI": {"tickets": [["old", 1]]}}, "involved_classes": ["TicketAPI"],
        }],
        [[["create_ticket(title='new', priority=2)"], ["close_ticket(ticket_id=1)"]]],
    ),
    "multi_turn_miss_func": (
        [{
            "id": "multi_turn_miss_func_0", "question": [ask("Open one, and close it."), []],
            "initial_config": {"TicketAPI": {"tickets": [["old", 1]]}}, "involved_classes": ["TicketAPI"],
            "missed_function": {"1": ["close_ticket"]},
        }],
        [[["create_ticket(title='new', priority=2)"], ["close_ticket(ticket_id=1)"]]],
    ),
    "web_search": (
        [{"id": "web_search_0", "question": [ask("How long is it?")], "involved_classes": ["WebSearchAPI"]}],
        [["1,250 km", "about 1250"]],
    ),
}  # fmt: skip


def write_package(folder: Path) -> Path:
    """Write it there; the folder of its data."""
    package = folder / "bfcl_eval"
    checkers = package / "eval_checker"
    code = {
        checkers / "multi_turn_eval" / "multi_turn_checker.py": CHECK_TURNS,
        checkers / "multi_turn_eval" / "func_source_code" / "ticket_api.py": TICKETS,
        checkers / "ast_eval" / "ast_checker.py": CHECK_CALLS,
        checkers / "agentic_eval" / "agentic_checker.py": CHECK_ANSWER,
        package / "constants" / "default_prompts.py": PROMPTS,
        package / "constants" / "enums.py": ENUMS,
        package / "constants" / "model_config.py": "raise ImportError('a hundred clients are not installed')",
        package / "data" / "multi_turn_func_doc" / "ticket_api.json": "\n".join(map(json.dumps, (CREATE, CLOSE))),
    }
    for name, (entries, right) in FILES.items():
        data, file = package / "data", f"BFCL_v4_{name}.json"
        code[data / file] = "\n".join(map(json.dumps, entries))
        answers = [{"id": entry["id"], "ground_truth": each} for entry, each in zip(entries, right, strict=False)]
        if answers:
            code[data / "possible_answer" / file] = "\n".join(map(json.dumps, answers))
    for place, text in code.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return package / "data"
