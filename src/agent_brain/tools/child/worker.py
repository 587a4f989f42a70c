"""What runs in the child: requests to call a function of some source, a JSON line each, answered by a line each.

It is started as a file and imports nothing of this package. What the code prints or reads goes to the null device, and
a reply begins with a word of its request, so that nothing the code writes is taken for one.
"""

import inspect
import json
import os
import sys
from typing import Any

MESSAGE_CHARACTERS_MAX = 2_000


def main() -> None:
    """Answer every request until the parent closes the pipe."""
    limits = json.loads(sys.argv[1])
    requests, replies = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    sys.path[:0] = limits["paths"]
    limit_memory(limits["memory_bytes"])
    spaces: dict[str, dict[str, Any]] = {}
    for line in requests:
        request = json.loads(line)
        limit_time(limits["seconds"])
        replies.write(request["word"] + answer(request, spaces, limits["reply_bytes"]) + "\n")
        replies.flush()


def answer(request: dict[str, Any], spaces: dict[str, dict[str, Any]], reply_bytes: int) -> str:
    """Call the function, and tell what came of it, as JSON; where the child keeps sources, one is run once."""
    try:
        space = spaces.get(request["source"]) if request["keeps"] else None
        if space is None:
            space = {"__name__": "strangers_code"}
            exec(compile(request["source"], "<source>", "exec"), space)
            if request["keeps"]:
                spaces[request["source"]] = space
        function = space[request["function"]]
        reason = find_misfit(function, request["arguments"])
        if reason:
            return json.dumps({"kind": "wrong arguments", "why": reason})
        told = json.dumps({"kind": "done", "value": function(**request["arguments"])}, ensure_ascii=False, default=str)
        told.encode()
    except (Exception, SystemExit) as error:  # the code is a stranger's: whatever it raises is its result
        name, words = type(error).__name__, str(error).encode(errors="replace").decode()
        why = f"{name}: {words}" if words else name
        return json.dumps({"kind": "raised", "why": why[:MESSAGE_CHARACTERS_MAX]})
    if len(told) > reply_bytes // 4:
        return json.dumps({"kind": "raised", "why": f"its result is too long: {len(told)} characters"})
    return told


def find_misfit(function: Any, arguments: dict[str, Any]) -> str:
    """Why these are no arguments of the function; empty where they are."""
    try:
        inspect.signature(function).bind(**arguments)
    except TypeError as error:
        return str(error)
    except ValueError:  # a function in C that does not tell what it takes
        return ""
    return ""


def limit_memory(memory_bytes: int) -> None:
    """Bound what the code may take and write, as far as the system lets it."""
    try:
        import resource
    except ImportError:  # Windows has none: there only the time is bounded, from outside
        return
    for name, bound in (("RLIMIT_AS", memory_bytes), ("RLIMIT_FSIZE", memory_bytes), ("RLIMIT_CORE", 0)):
        try:
            resource.setrlimit(getattr(resource, name), (bound, bound))
        except (AttributeError, OSError, ValueError):
            continue


def limit_time(seconds: float) -> None:
    """Bound the processor's time of one call, so that it ends where nobody is left to end it."""
    try:
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        bound = int(used.ru_utime + used.ru_stime + seconds) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (bound, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    except (ImportError, OSError, ValueError):
        return


if __name__ == "__main__":
    main()
