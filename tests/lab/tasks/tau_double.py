"""A checkout in the layout of tau-bench, with a shop of our own: five tools, two orders, three tasks."""

import json
from pathlib import Path

TOOL = """
from typing import Any, Dict
from tau_bench.envs.tool import Tool


class {kind}(Tool):
    @staticmethod
    def invoke(data: Dict[str, Any], order_id: str) -> str:
        {body}

    @staticmethod
    def get_info() -> Dict[str, Any]:
        return {{"type": "function", "function": {{"name": "{name}", "description": "{name} an order.", "parameters": {{
            "type": "object", "properties": {{"order_id": {{"type": "string"}}}}, "required": ["order_id"]}}}}}}
"""
CANCEL = 'data["orders"][order_id]["status"] = "cancelled"\n        return "done"'
TRANSFER = 'return "transferred"'
SET = 'data["orders"][order_id]["total"] = 1200.0\n        return "the same"'
LOOK = 'return str(data["orders"][order_id]["total"])'
HANG = "while True: pass"
TASKS = """
from tau_bench.types import Action, Task

raise RuntimeError("tasks are read, and never run")

TASKS_TEST = [
    Task(annotator="", user_id="ann", instruction="Cancel " "#1.",
         actions=[Action(name="look_at_order", kwargs={"order_id": "#1"}),
                  Action(name="cancel_order", kwargs={"order_id": "#1"})], outputs=[]),
    Task(user_id="bob", instruction="What did #2 cost?", actions=[], outputs=["1200"]),
]
"""
TASKS_DEV = """
tasks = [{"annotator": 0, "user_id": "ann", "instruction": "Cancel #2.",
          "actions": [{"name": "cancel_order", "arguments": {"order_id": "#2"}}]}]
"""


def write_checkout(folder: Path) -> Path:
    """Write it there; its packages raise where they are imported, as those of a checkout without its clients do."""
    shop = folder / "tau_bench" / "envs" / "shop"
    files = {
        "../../__init__.py": "raise ImportError('no client is installed')",
        "../__init__.py": "raise ImportError('no client is installed')",
        "../tool.py": "class Tool: pass",
        "__init__.py": "raise ImportError('no client is installed')",
        "tools/__init__.py": "from .cancel_order import Cancel\nfrom .look_at_order import Look\n"
        "from .hang import Hang\nfrom .set_total import Set\nfrom .transfer_to_human_agents import Transfer\n"
        "ALL_TOOLS = [Cancel, Look, Hang, Set, Transfer]\n",
        "tools/set_total.py": TOOL.format(kind="Set", name="set_total", body=SET),
        "tools/transfer_to_human_agents.py": TOOL.format(
            kind="Transfer", name="transfer_to_human_agents", body=TRANSFER
        ),
        "tools/cancel_order.py": TOOL.format(kind="Cancel", name="cancel_order", body=CANCEL),
        "tools/look_at_order.py": TOOL.format(kind="Look", name="look_at_order", body=LOOK),
        "tools/hang.py": TOOL.format(kind="Hang", name="hang", body=HANG),
        "data/orders.json": json.dumps({key: {"status": "pending", "total": 1_200} for key in ("#1", "#2")}),
        "data/users.json": json.dumps({"ann": {"orders": ["#1"]}}),
        "tasks_test.py": TASKS,
        "tasks_dev.py": TASKS_DEV,
        "wiki.md": "# Policy\nOnly pending orders can be cancelled.",
    }
    for name, text in files.items():
        file = (shop / name).resolve()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder
