"""When a call is made again."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.models.retry import RetryPolicy, read_retry_after, read_should_retry

POLICY = RetryPolicy(attempts_max=4, wait_initial_seconds=1, wait_max_seconds=3, jitter=0.5, retry_after_max_seconds=60)


def server_error(retry_after_seconds: float | None = None) -> ModelError:
    return ModelError(ModelErrorKind.SERVER, "x", retry_after_seconds=retry_after_seconds)


def test_waits_double_up_to_a_bound_and_end_with_the_attempts() -> None:
    assert [POLICY.decide(server_error(), attempt) for attempt in (1, 2, 3, 4)] == [1, 2, 3, None]


def test_chance_only_shortens_a_wait() -> None:
    assert POLICY.decide(server_error(), 1, draw=0.5) == 0.75


def test_the_server_s_wish_comes_first_unless_it_is_too_long() -> None:
    assert POLICY.decide(server_error(7), 1) == 7
    assert POLICY.decide(server_error(61), 1) is None


def test_what_waiting_cannot_mend_is_not_tried_again() -> None:
    for kind in (ModelErrorKind.QUOTA, ModelErrorKind.AUTHENTICATION, ModelErrorKind.CONTEXT_LENGTH):
        assert POLICY.decide(ModelError(kind, "x"), 1) is None


NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": format_datetime(datetime.fromtimestamp(NOW + 8, UTC), usegmt=True)}, 8),
        ({"retry-after": format_datetime(datetime.fromtimestamp(NOW - 8, UTC), usegmt=True)}, 0),
        ({"retry-after": "-4"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers, NOW) == seconds


def test_should_retry_is_read() -> None:
    assert [read_should_retry({"x-should-retry": v}) for v in ("true", "false", "x")] == [True, False, None]
