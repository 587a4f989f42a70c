"""A till with tools, and guards over them."""

from typing import Any

from agent_brain.brain import Brain
from agent_brain.core.guards import AskFirst, GuardContext, Refuse
from agent_brain.core.items import Action, Item, ItemKind, Observation
from agent_brain.engine.result import Result
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.function_tool import tool

PAY = '{"name": "pay", "args": {"eur": 50}}'
LOOK = '{"name": "look", "args": {"at": "box"}}'


class Till:
    """Tools that count what they did, and a brain with them."""

    def __init__(self) -> None:
        self.paid: list[int] = []
        self.looked: list[str] = []
        self.store = MemoryStore()
        self.model = ScriptedModel([])

    def build(self, *replies: str, **options: Any) -> Brain:
        @tool
        def pay(eur: int) -> str:
            self.paid.append(eur)
            return f"paid {eur} with card 4711"

        @tool(read_only=True)
        def look(at: str) -> str:
            self.looked.append(at)
            return f"seen {at}"

        self.model = ScriptedModel(list(replies))
        return Brain(model=self.model, tools=[pay, look], store=self.store, **options)


def get_actions(result: Result) -> list[Item]:
    return [item for item in result.env.log if item.kind is ItemKind.ACTION]


def get_outcome(result: Result) -> Observation:
    outcome = get_actions(result)[0].outcome
    assert outcome is not None
    return outcome


def halve(action: Action, context: GuardContext) -> Action | None:
    if action.name != "pay":
        return None
    return Action(name="pay", args={"eur": action.args["eur"] // 2})


def forbid(action: Action, context: GuardContext) -> Refuse | None:
    return Refuse("nothing above 20 euros") if action.args.get("eur", 0) > 20 else None


def ask(action: Action, context: GuardContext) -> AskFirst | None:
    return AskFirst("That is dear.") if action.args.get("eur", 0) > 20 else None
