"""What runs in the child of `CodeTests`: the code, then each test; it tells on its stdout which of them have failed."""

import json
import os
import sys
import traceback

MESSAGE_CHARACTERS_MAX = 400


def limit(seconds: float, memory_bytes: int) -> None:
    """Bound what the code may take, as far as the system lets it."""
    try:
        import resource
    except ImportError:  # Windows has none: there only the time is bounded, from outside
        return
    bounds = {"RLIMIT_AS": memory_bytes, "RLIMIT_CPU": int(seconds) + 1, "RLIMIT_CORE": 0, "RLIMIT_FSIZE": memory_bytes}
    for name, bound in bounds.items():
        try:
            resource.setrlimit(getattr(resource, name), (bound, bound))
        except (AttributeError, OSError, ValueError):
            continue


def attempt(source: str, name: str, space: dict[str, object]) -> str:
    """Run some code; what it raised in words, empty for nothing."""
    try:
        exec(compile(source, name, "exec"), space)
    except BaseException as error:  # SystemExit too: code that ends here has not passed
        told = "".join(traceback.format_exception_only(error)).strip()
        return told[-MESSAGE_CHARACTERS_MAX:] or type(error).__name__
    return ""


def main() -> None:
    """Read the task, do it, tell what came of it."""
    task = json.loads(sys.stdin.buffer.read())
    told = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    limit(task["seconds"], task["memory_bytes"])
    space: dict[str, object] = {"__name__": "answer"}
    why = attempt(task["code"], "<answer>", space)
    failures = [(-1, why)] if why else []
    if not failures:
        found = ((place, attempt(test, "<test>", space)) for place, test in enumerate(task["tests"]))
        failures = [(place, why) for place, why in found if why]
    os.write(told, f"\n{task['word']}{json.dumps(failures)}\n".encode())


if __name__ == "__main__":
    main()
