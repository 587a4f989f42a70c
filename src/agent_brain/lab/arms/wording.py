"""What a brain's checks say, in the words of an experiment's file: the commands of the lab have no such flags."""

IN_FILES = {
    "Brain(evaluator=...), or --evaluator": 'evaluator = "task", which knows the right answer, or "FILE.py:NAME"',
    "Brain(tools=[...])": 'tools = ["builtin"]',
    "(--model, --base-url, OPENAI_API_KEY)": '(model = "NAME", base_url = "...", OPENAI_API_KEY)',
    "--model, Brain(model=...) or": 'model = "NAME" or',
}
"""Words of the command line and of Python, and what a file has for them."""


def say_in_file(text: str) -> str:
    """The text with words of a file."""
    for words, of_file in IN_FILES.items():
        text = text.replace(words, of_file)
    return text
