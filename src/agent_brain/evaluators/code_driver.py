"""What runs in the child of `CodeTests`: the code, then each test; what of it has failed, and why."""

import traceback

MESSAGE_CHARACTERS_MAX = 400


def run_tests(code: str, tests: list[str]) -> list[tuple[int, str]]:
    """The place of each test that failed, -1 for the code itself, and what was raised."""
    space: dict[str, object] = {"__name__": "answer"}
    why = attempt(code, "<answer>", space)
    if why:
        return [(-1, why)]
    found = ((place, attempt(test, "<test>", space)) for place, test in enumerate(tests))
    return [(place, why) for place, why in found if why]


def attempt(source: str, name: str, space: dict[str, object]) -> str:
    """Run some code; what it raised in words, empty for nothing."""
    try:
        exec(compile(source, name, "exec"), space)
    except BaseException as error:  # SystemExit too: code that ends here has not passed
        told = "".join(traceback.format_exception_only(error)).strip()
        return told[-MESSAGE_CHARACTERS_MAX:] or type(error).__name__
    return ""
