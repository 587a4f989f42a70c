"""The child process that runs strangers' functions: a JSON line in, a JSON line out; started by `child.py` as a file.

What a function prints or reads goes to the null device, so that it cannot mix with the lines.
"""

import json
import os
import resource
from typing import Any

MEMORY_BYTES_MAX = 1 << 30
CPU_SECONDS_MAX = 60


def main() -> None:
    """Answer every request until the parent closes the pipe."""
    requests, replies = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(null, stream)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    for line in requests:
        replies.write(json.dumps(answer(json.loads(line)), ensure_ascii=False, default=str) + "\n")
        replies.flush()


def answer(request: dict[str, Any]) -> dict[str, str]:
    """Load the source, call its function, and tell what came of it."""
    names: dict[str, Any] = {"__name__": "hop"}
    try:
        exec(request["source"], names)
        result = names[request["function"]](**request["arguments"])
    except (Exception, SystemExit) as error:  # the function is a stranger's: whatever it raises is its result
        return {"error": f"{type(error).__name__}: {error}"}
    return {"result": result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=str)}


if __name__ == "__main__":
    main()
