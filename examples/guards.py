"""Guards: what goes into a tool, comes out of it and is answered passes your own functions first.

Prints:
    pay(eur=40): paid 40, reference (hidden)
    pay(eur=400): it was not run: at most 100 euros
    waiting: May this be said? 40 euros went to ACME.
    answered: 40 euros are paid, 400 wait for you.
"""

import asyncio
import re

from agent_brain import Action, AskFirst, Brain, GuardContext, MemoryStore, Observation, Refuse, ScriptedModel, tool

store = MemoryStore()
BILLS = '[{"name": "pay", "args": {"eur": 40}}, {"name": "pay", "args": {"eur": 400}}]'


@tool
def pay(eur: int) -> str:
    """Pay a bill."""
    return f"paid {eur}, reference DE-4711"


def stay_small(action: Action, context: GuardContext) -> Refuse | None:
    return Refuse("at most 100 euros") if action.args.get("eur", 0) > 100 else None


def hide_references(action: Action, observation: Observation, context: GuardContext) -> str:
    return re.sub(r"[A-Z]{2}-\d+", "(hidden)", observation.text)


def ask_about_names(text: str, context: GuardContext) -> AskFirst | None:
    return AskFirst("May this be said?") if "ACME" in text else None


def build(*replies: str) -> Brain:
    return Brain(
        model=ScriptedModel(replies), tools=[pay], store=store,
        before_tool=stay_small, after_tool=hide_references, before_answer=ask_about_names,
    )  # fmt: skip


async def work() -> None:
    waiting = await build(BILLS, "Done.", "40 euros went to ACME.").run("Pay my bills.", run_id="bills")
    for item in waiting.env.log:
        if item.action and item.outcome:
            print(f"{item.action.describe()}: {item.outcome.text}")
    [pause] = waiting.pauses
    print("waiting:", pause.text.replace("\n", " "))
    said = {"approve": True, "args": {"text": "40 euros are paid, 400 wait for you."}}
    print("answered:", (await build().go_on("bills", {pause.pause_id: said})).answer)


def main() -> None:
    asyncio.run(work())


if __name__ == "__main__":
    main()
