"""A server that fails again and again is left alone for a while, and then tried by one call."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.models.circuit import COUNTED, SERVERS_MAX, UNDECIDED, Circuit, Circuits
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.retry import RetryPolicy
from chat_steps import HELLO, collect, join_text
from sse_server import Server, in_turn, play, response, send_raw

Kind = ModelErrorKind
SERVER = "http://127.0.0.1:1/v1"
BROKEN = send_raw(response(500, {"error": {"message": "boom"}}), keep=True)
REFUSING = send_raw(response(401, {"error": {"message": "no"}}), keep=True)


class Clock:
    """Goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def circuit(clock: Clock) -> Circuit:
    return Circuit(SERVER, failures_max=3, open_seconds=10.0, clock=clock)


def end(circuit: Circuit, kind: ModelErrorKind | None) -> None:
    """A call that ends so; None: with a reply."""
    with suppress(ModelError), circuit.guard("m"):
        if kind is not None:
            raise ModelError(kind, f"it was {kind}")


def open_(circuit: Circuit) -> None:
    for _ in range(3):
        end(circuit, Kind.SERVER)


def is_let_through(circuit: Circuit) -> bool:
    try:
        with circuit.guard("m"):
            raise ModelError(Kind.CUT, "it shows nothing")
    except ModelError as error:
        return error.kind is Kind.CUT


@pytest.mark.parametrize("kind", sorted(COUNTED))
def test_it_opens_after_so_many_failures_in_a_row_and_says_why(circuit: Circuit, kind: ModelErrorKind) -> None:
    for _ in range(3):
        assert not circuit.is_open
        end(circuit, kind)

    with pytest.raises(
        ModelError, match=r"failed 3 times in a row, it is tried again in 10\.0 s; at last: it was"
    ) as it:
        circuit.guard("m").__enter__()
    assert (it.value.kind, it.value.retryable) == (kind, False)


@pytest.mark.parametrize("kind", [None, *sorted(set(Kind) - COUNTED - UNDECIDED)])
def test_any_answer_starts_the_count_anew(circuit: Circuit, kind: ModelErrorKind | None) -> None:
    end(circuit, Kind.SERVER)
    end(circuit, Kind.TIMEOUT)
    end(circuit, kind)
    end(circuit, Kind.SERVER)

    assert not circuit.is_open


@pytest.mark.parametrize("kind", sorted(UNDECIDED))
def test_half_a_reply_counts_neither_way(circuit: Circuit, kind: ModelErrorKind) -> None:
    for found in (Kind.SERVER, kind, Kind.SERVER, kind):
        end(circuit, found)
    assert not circuit.is_open

    end(circuit, Kind.SERVER)
    assert circuit.is_open


def test_after_its_time_one_call_tries_and_the_others_wait(circuit: Circuit, clock: Clock) -> None:
    open_(circuit)
    clock.now += 10.0

    with circuit.guard("first"), pytest.raises(ModelError, match="another call is trying it"):
        circuit.guard("second").__enter__()
    assert not circuit.is_open


def test_a_trial_that_fails_opens_it_for_the_whole_time_again(circuit: Circuit, clock: Clock) -> None:
    open_(circuit)
    clock.now += 10.0
    end(circuit, Kind.CONNECTION)
    clock.now += 9.9

    assert not is_let_through(circuit)


def test_a_trial_that_is_left_shows_nothing_and_lets_the_next_one_try(circuit: Circuit, clock: Clock) -> None:
    def stream() -> Iterator[int]:
        with circuit.guard("m"):
            yield 1

    open_(circuit)
    clock.now += 10.0
    left = stream()
    next(left)
    left.close()  # type: ignore[attr-defined]  # it is a generator

    assert circuit.is_open
    assert is_let_through(circuit)


@given(st.lists(st.tuples(st.sampled_from([None, *Kind]), st.floats(0, 20)), max_size=40))
def test_it_is_open_exactly_while_the_last_answers_were_failures(
    calls: list[tuple[ModelErrorKind | None, float]],
) -> None:
    clock = Clock()
    circuit = Circuit(SERVER, failures_max=3, open_seconds=10.0, clock=clock)
    failures, opened_at = 0, 0.0
    for kind, pause in calls:
        clock.now += pause
        is_refused = failures >= 3 and clock.now - opened_at < 10.0
        end(circuit, kind)
        if is_refused or kind in UNDECIDED:
            pass
        elif kind in COUNTED:
            failures, opened_at = failures + 1, clock.now
        else:
            failures = 0
        assert circuit.is_open == (failures >= 3)


def test_the_models_of_a_server_share_one_and_servers_do_not() -> None:
    circuits = Circuits()

    assert circuits.get(SERVER) is circuits.get(SERVER + "/")
    assert circuits.get(SERVER) is not circuits.get("http://127.0.0.1:2/v1")


def test_a_process_keeps_only_so_many() -> None:
    circuits = Circuits()
    first = circuits.get("http://0/v1")
    for number in range(1, SERVERS_MAX + 1):
        circuits.get(f"http://{number}/v1")

    assert circuits.get("http://0/v1") is not first


@pytest.mark.parametrize("wrong", [{"failures_max": 0}, {"open_seconds": -1.0}, {"open_seconds": float("nan")}])
def test_bounds_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SetupError, match="wanted at least 1 failure"):
        Circuit(SERVER, **wrong)  # type: ignore[arg-type]  # wrong on purpose


async def test_two_models_of_a_dead_server_leave_it_alone_together(
    make_chat: Callable[..., OpenAIChat], circuit: Circuit
) -> None:
    async with Server(BROKEN) as server:
        models = [make_chat(server.base_url, retry=QUICK, circuit=circuit) for _ in range(2)]
        for model in models:
            with pytest.raises(ModelError):
                await collect(model)

        assert len(server.requests) == 3  # two attempts of one, one of the other
        with pytest.raises(
            ModelError, match=r"not asked: its server has failed 3 times in a row.*the server said 500: boom"
        ):
            await collect(models[0])
        assert len(server.requests) == 3


async def test_a_server_that_works_again_is_asked_again(
    make_chat: Callable[..., OpenAIChat], circuit: Circuit, clock: Clock
) -> None:
    async with Server(in_turn(BROKEN, BROKEN, BROKEN, play(lambda _: "Back."))) as server:
        model = make_chat(server.base_url, retry=ONCE, circuit=circuit)
        for _ in range(4):
            with pytest.raises(ModelError):
                await collect(model)
        clock.now += 10.0

        assert join_text(await collect(model)) == "Back."
        assert not circuit.is_open


async def test_a_refusal_is_an_answer(make_chat: Callable[..., OpenAIChat], circuit: Circuit) -> None:
    async with Server(REFUSING) as server:
        model = make_chat(server.base_url, retry=ONCE, circuit=circuit)
        for _ in range(4):
            with pytest.raises(ModelError) as caught:
                await collect(model, HELLO)
            assert caught.value.kind is Kind.AUTHENTICATION


QUICK = RetryPolicy(attempts_max=2, wait_initial_seconds=0.001)
ONCE = RetryPolicy(attempts_max=1)
