"""A tool that needs leave makes the run wait; any process that opens the same journal can give it.

Prints:
    waiting for: q1: May it run refund(order='A-17', eur=80)?
    answered: I have refunded 50 euros.
    refunded: [50]
"""

import asyncio

from agent_brain import Brain, MemoryStore, ScriptedModel, tool

ASKED = '{"name": "refund", "args": {"order": "A-17", "eur": 80}}'
store = MemoryStore()  # on disk: Brain(store="runs.db"), in a database: Brain(store="postgresql://...")
refunded: list[int] = []


@tool(needs_approval=lambda args: args["eur"] > 20)
def refund(order: str, eur: int) -> str:
    """Pay an order back."""
    refunded.append(eur)
    return f"{eur} euros went back for {order}"


async def work() -> None:
    brain = Brain(tools=[refund], model=ScriptedModel([ASKED]), store=store)
    waiting = await brain.run("The lamp of order A-17 came broken, please refund it.")
    print("waiting for:", *(f"{pause.pause_id}: {pause.text}" for pause in waiting.pauses))

    later = Brain(tools=[refund], model=ScriptedModel(["It is paid back.", "I have refunded 50 euros."]), store=store)
    done = await later.go_on(waiting.run_id, {"q1": {"approve": True, "args": {"order": "A-17", "eur": 50}}})
    print(f"{done.status}: {done.answer}")
    print("refunded:", refunded)


def main() -> None:
    refunded.clear()
    asyncio.run(work())


if __name__ == "__main__":
    main()
