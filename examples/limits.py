"""A limit is a move to the answering state: the run ends with an answer from what is known.

Prints:
    limited: I looked once and found 1; there may be more.
    the limit of 3 model calls was reached
"""

from agent_brain import Brain, Limits, ScriptedModel, tool

SCRIPT = [
    '{"name": "look", "args": {"place": "here"}}',
    '{"name": "look", "args": {"place": "there"}}',
    "I looked once and found 1; there may be more.",
]


@tool
def look(place: str) -> int:
    """Count what lies in a place."""
    return len(place) // 4


def main() -> None:
    brain = Brain(tools=[look], model=ScriptedModel(SCRIPT), limits=Limits(model_calls=3))
    result = brain.run_sync("How many are there?")
    print(f"{result.status}: {result.answer}")
    print(result.env.limit)


if __name__ == "__main__":
    main()
