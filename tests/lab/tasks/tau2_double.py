"""A checkout in the layout of tau2-bench, with a shop of our own: one tool, one table, three tasks."""

import json
from pathlib import Path
from typing import Any

ENVIRONMENT = """
import json, os
from pathlib import Path


class Tool:
    openai_schema = {"type": "function", "function": {"name": "cancel", "description": "Cancel an order.",
        "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}, "required": ["order_id"]}}}


class Environment:
    def __init__(self):
        folder = Path(os.environ["TAU2_DATA_DIR"]) / "tau2" / "domains" / "shop"
        self.orders = json.loads((folder / "db.json").read_text())
        self.policy, self.synced = (folder / "policy.md").read_text(), 0

    def get_policy(self):
        return self.policy

    def get_tools(self):
        return [Tool()]

    def set_state(self, data, actions, messages):
        self.orders.update(data.agent_data if data else {})
        for action in actions or ():
            self.orders[action.arguments["order_id"]] = action.func_name

    def make_tool_call(self, name, requestor, order_id):
        if order_id not in self.orders:
            raise ValueError("Order not found")
        self.orders[order_id] = "cancelled"
        return {"order": order_id, "by": requestor}

    def sync_tools(self):
        self.synced += 1

    def to_json_str(self, value):
        return json.dumps(value)

    def get_db_hash(self):
        return json.dumps(self.orders, sort_keys=True)

    def get_user_db_hash(self):
        return None


def get_environment():
    return Environment()
"""
MODELS = """
from types import SimpleNamespace


class InitializationData(SimpleNamespace):
    @classmethod
    def model_validate(cls, given):
        return cls(**given)


class EnvFunctionCall(InitializationData):
    pass
"""
ANN: dict[str, Any] = {
    "id": "ann",
    "user_scenario": {
        "persona": "In a hurry.",
        "instructions": {
            "domain": "shop", "reason_for_call": "Cancel #1.", "known_info": None,
            "unknown_info": "The price.", "task_instructions": "Be brief.",
        },
    },
    "initial_state": {
        "initialization_data": {"agent_data": {"#9": "lost"}, "user_data": None},
        "initialization_actions": [{"env_type": "assistant", "func_name": "found", "arguments": {"order_id": "#9"}}],
        "message_history": None,
    },
    "evaluation_criteria": {
        "actions": [{"action_id": "0", "name": "cancel", "arguments": {"order_id": "#1"}, "info": None}],
        "communicate_info": ["done"], "nl_assertions": ["It is polite."],
    },
}  # fmt: skip
BOB: dict[str, Any] = {"id": "bob", "user_scenario": {"instructions": "Say hello."}, "evaluation_criteria": None}


def write_checkout(folder: Path, *tasks: Any) -> Path:
    """Write it there, with these tasks or two of its own, of which the second is for training."""
    data = folder / "data" / "tau2"
    files = {
        folder / "src" / "tau2" / "domains" / "shop" / "environment.py": ENVIRONMENT,
        folder / "src" / "tau2" / "data_model" / "tasks.py": MODELS,
        data / "domains" / "shop" / "db.json": json.dumps({"#1": "pending"}),
        data / "domains" / "shop" / "policy.md": "# Policy\nBe kind.",
        data / "domains" / "shop" / "tasks.json": json.dumps(tasks or [ANN, BOB]),
        data / "domains" / "shop" / "split_tasks.json": json.dumps({"base": ["ann", "bob"], "train": ["bob"]}),
        data / "user_simulator" / "simulation_guidelines.md": "You are a customer.",
    }
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder
