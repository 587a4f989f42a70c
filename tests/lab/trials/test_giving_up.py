"""When a server is given up: at once where it never answered, else when a trial has waited for it in vain."""

import asyncio
from collections.abc import Sequence

from agent_brain.core.records import Failed
from agent_brain.lab.trials.servers import AGAIN_SECONDS, FAILURES_MAX, Servers

DOWN = Failed("ModelError", "refused", "connection")
NAMES = ("http://here",)
TURNS = 20
"""Of the event loop: more than a wait takes that is over at once."""


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def fail(servers: Servers, times: int, *, is_last: bool = False, names: Sequence[str] = NAMES) -> None:
    for _ in range(times):
        servers.note(names, DOWN, is_last=is_last)


def test_one_that_never_answered_is_given_up_after_a_few_attempts() -> None:
    servers = Servers()
    fail(servers, FAILURES_MAX - 1)
    before = servers.find_given_up(NAMES)
    fail(servers, 1)

    found = servers.find_given_up(("http://there", *NAMES))

    assert before is None
    assert found == Failed(
        "ModelError", "not asked: its server has failed 5 attempts in a row, at last: refused", "connection"
    )
    assert servers.find_given_up(("http://there",)) is None


def test_one_that_has_answered_is_waited_for_as_often_as_a_trial_may() -> None:
    servers = Servers()
    servers.note(NAMES, None, is_last=False)
    fail(servers, 3 * FAILURES_MAX)
    before = servers.find_given_up(NAMES)

    fail(servers, 1, is_last=True)

    assert before is None
    assert servers.find_given_up(NAMES) is not None


def test_after_a_while_it_is_asked_again_and_an_answer_of_any_kind_is_one() -> None:
    clock = Clock()
    servers = Servers(clock=clock)
    fail(servers, FAILURES_MAX)
    clock.now = AGAIN_SECONDS

    assert servers.find_given_up(NAMES) is None
    servers.note(NAMES, Failed("ModelError", "no such model", "not_found"), is_last=True)
    fail(servers, FAILURES_MAX)
    assert servers.find_given_up(NAMES) is None


def test_one_that_is_asked_beside_it_is_not_given_up_with_it() -> None:
    servers = Servers()
    fail(servers, FAILURES_MAX, names=("http://here", "http://user"))

    assert servers.find_given_up(("http://there", "http://user")) is None
    assert servers.find_given_up(("http://user", "http://here")) is not None


def test_all_who_ask_it_beside_others_are_left_out_until_it_has_answered_one_of_them() -> None:
    servers = Servers()
    fail(servers, FAILURES_MAX)
    before = servers.find_given_up((*NAMES, "http://user"))
    servers.note((*NAMES, "http://user"), None, is_last=False)

    assert before is not None
    assert servers.find_given_up(NAMES) is None


async def test_whoever_waits_for_it_is_told_at_once() -> None:
    servers = Servers()
    fail(servers, 1)
    waiting = asyncio.create_task(servers.wait(NAMES, 600.0))
    await asyncio.sleep(0)

    fail(servers, FAILURES_MAX)

    await asyncio.wait_for(waiting, 5)


async def test_one_that_is_asked_again_is_waited_for_as_before_it_was_given_up() -> None:
    clock = Clock()
    servers = Servers(clock=clock)
    servers.note(NAMES, None, is_last=False)
    fail(servers, FAILURES_MAX, is_last=True)
    clock.now = AGAIN_SECONDS
    fail(servers, 1)

    waiting = asyncio.create_task(servers.wait(NAMES, 600.0))
    for _ in range(TURNS):
        await asyncio.sleep(0)
    waited = not waiting.done()
    fail(servers, 1, is_last=True)

    await asyncio.wait_for(waiting, 5)
    assert waited
