"""A brain with one tool, answering with the embedded model; leave `model` out for the one you have configured.

Prints:
    The answer is 5.0.
"""

from agent_brain import Brain, tool


@tool
def add(a: float, b: float) -> float:
    """Add two numbers."""
    return a + b


def main() -> None:
    brain = Brain(tools=[add], model="offline")
    print(brain.run_sync("What is 2 + 3?").answer)


if __name__ == "__main__":
    main()
