"""The nursery: a process that has everything imported and no thread, and forks a child for each line it reads.

A child costs a few milliseconds this way, so hundreds of them can be killed. Lines go both ways as JSON: commands in;
out, what a child tells, its result, and how it ended. Signals go through the nursery, which alone knows whether a
number still is the child's.
"""

import asyncio
import gc
import json
import os
import select
import signal
import threading
import traceback
from contextlib import suppress
from typing import Any, NoReturn

from durability.errands import ERRANDS, warm_up

LINE_BYTES_MAX = 4096
"""What a pipe takes in one piece, so that lines of several children never mix."""


class NurseryProcess:
    """Forks, signals and buries."""

    def __init__(self) -> None:
        self._children: dict[int, int] = {}
        self._bell, ring = os.pipe()
        os.set_blocking(ring, False)
        os.set_blocking(self._bell, False)
        signal.set_wakeup_fd(ring)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        """Serve until the test process is gone; then no child stays behind."""
        text = b""
        while True:
            ready, _, _ = select.select([0, self._bell], [], [])
            if self._bell in ready:
                os.read(self._bell, LINE_BYTES_MAX)
                self._bury()
            if 0 in ready:
                piece = os.read(0, 1 << 16)
                if not piece:
                    break
                *lines, text = (text + piece).split(b"\n")
                for line in lines:
                    self._obey(json.loads(line))
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)

    def _obey(self, command: dict[str, Any]) -> None:
        if "send" in command:
            pid = next((pid for pid, child in self._children.items() if child == command["child"]), None)
            if pid is not None:
                os.kill(pid, command["send"])
            return
        pid = os.fork()
        if pid == 0:
            _live(command)
        self._children[pid] = command["child"]

    def _bury(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
                if pid == 0:
                    return
                if os.WIFSTOPPED(status):
                    _say(child=self._children[pid], told="stopped")
                else:
                    _say(child=self._children.pop(pid), ended=os.waitstatus_to_exitcode(status))


def _live(command: dict[str, Any]) -> NoReturn:
    """The life of a child, from its fork to its end."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    child = command["child"]
    code = 1
    try:
        _say(child=child, result=asyncio.run(_go(command)))
        code = 0
    except BaseException:
        _say(child=child, crashed=traceback.format_exc()[-LINE_BYTES_MAX // 3 :])
    finally:
        os._exit(code)


async def _go(command: dict[str, Any]) -> Any:
    return await ERRANDS[command["errand"]](command, lambda told: _say(child=command["child"], told=told))


def _say(**words: Any) -> None:
    line = json.dumps(words).encode() + b"\n"
    assert len(line) <= LINE_BYTES_MAX, f"a line of {len(line)} bytes"
    os.write(1, line)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(warm_up())
    gc.freeze()
    assert threading.active_count() == 1  # a child has none of its parent's threads, only their locks
    NurseryProcess().run()
