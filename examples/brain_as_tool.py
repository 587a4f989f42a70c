"""A brain as a tool: what it does is part of the run that asked, and so is what it waits for.

Prints:
    inside, at 2: The lamp costs 80 euros.
    waiting for: 2.q1: May it run refund(eur=80)?
    answered: Your 80 euros are on their way.
    model calls: 6
"""

import asyncio

from agent_brain import Brain, ItemAdded, MemoryStore, ScriptedModel, SubEvent, tool

store = MemoryStore()


@tool(needs_approval=True)
def refund(eur: int) -> str:
    """Pay money back."""
    return f"{eur} euros went back"


def make_desk(cashier_says: list[str], desk_says: list[str]) -> Brain:
    cashier = Brain(model=ScriptedModel(cashier_says), tools=[refund])
    tools = [cashier.as_tool("cashier", "Handles money. Tell it what was bought and why it comes back.")]
    return Brain(model=ScriptedModel(desk_says), tools=tools, store=store)


async def work() -> None:
    asked = '{"name": "cashier", "args": {"question": "The lamp came broken. Pay it back."}}'
    desk = make_desk(['The lamp costs 80 euros. {"name": "refund", "args": {"eur": 80}}'], [asked])
    async for event in desk.stream("My lamp came broken!", run_id="lamp"):
        if isinstance(event, SubEvent) and isinstance(event.event, ItemAdded):
            print(f"inside, at {event.path}: {event.event.text.partition(' {')[0]}")

    waiting = await desk.load("lamp")
    print("waiting for:", *(f"{pause.pause_id}: {pause.text}" for pause in waiting.open_pauses))

    later = make_desk(["It is paid.", "80 euros are paid back."], ["Done.", "Your 80 euros are on their way."])
    done = await later.go_on("lamp", {"2.q1": True})
    print(f"{done.status}: {done.answer}")
    print("model calls:", done.usage.model_calls)


def main() -> None:
    asyncio.run(work())


if __name__ == "__main__":
    main()
