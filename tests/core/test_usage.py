"""What a run has spent adds up, and an unknown price is not zero."""

import math
from dataclasses import astuple, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.record_json import decode_records, encode_records
from agent_brain.core.records import Charged
from agent_brain.core.usage import Usage, describe_cost, describe_dollars

COUNTS = st.integers(0, 10**9)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Any usage of which a part has a price."""
    received, sent = draw(COUNTS), draw(COUNTS)
    return Usage(
        model_calls=draw(st.integers(0, 5)),
        input_tokens=sent,
        output_tokens=received,
        cost_usd=draw(st.floats(0, 100)),
        priced_tokens=draw(st.integers(0, sent + received)),
    )


@given(st.lists(usages(), max_size=20))
def test_a_sum_loses_no_token_and_no_money(spent: list[Usage]) -> None:
    whole = sum(spent, Usage())

    assert whole.tokens == sum(each.tokens for each in spent)
    assert whole.unpriced_tokens == sum(each.unpriced_tokens for each in spent)
    assert math.isclose(whole.cost_usd, math.fsum(each.cost_usd for each in spent), abs_tol=1e-9)


def test_a_sum_has_every_field() -> None:
    one, other = Usage(*range(1, 1 + len(fields(Usage)))), Usage(*range(101, 101 + len(fields(Usage))))

    assert astuple(one + other) == tuple(map(sum, zip(astuple(one), astuple(other), strict=True)))
    assert one + other - other == one


@given(st.lists(usages(), max_size=20))
def test_what_is_read_back_costs_the_very_same(spent: list[Usage]) -> None:
    records = [Charged(each, "m") for each in spent]

    assert MemoryEnv.fold(decode_records(encode_records(records))).usage == sum(spent, Usage())


def test_tokens_without_a_price_are_unpriced_and_not_free() -> None:
    old = Usage(input_tokens=9, output_tokens=1)

    assert (old.cost_usd, old.unpriced_tokens, describe_cost(old)) == (0.0, 10, "unknown")


def test_what_is_known_to_be_free_costs_nothing() -> None:
    assert describe_cost(Usage(input_tokens=9, priced_tokens=9)) == describe_cost(Usage()) == "$0.00"


def test_what_is_unknown_is_told_beside_what_is_known() -> None:
    known = Usage(input_tokens=9, cost_usd=0.25, priced_tokens=9)

    assert describe_cost(known) == "$0.2500"
    assert describe_cost(known + Usage(output_tokens=1500)) == "$0.2500 and 1,500 tokens of unknown price"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0.0, "$0.00"),
        (1234.5, "$1,234.50"),
        (0.0123, "$0.0123"),
        (0.000021, "$0.000021"),
        (0.004, "$0.004"),
        (0.0099999999, "$0.01"),
        (1e-9, "less than $0.000001"),
    ],
)
def test_an_amount_has_the_digits_that_matter(amount: float, words: str) -> None:
    assert describe_dollars(amount) == words
