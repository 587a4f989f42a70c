"""How the player of the gold chains reads results."""

import pytest

from counterparts.reading import is_told, read_answer


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        ("86", "86"),
        ("[1927]", "1927"),
        ('{"result": "2.00"}', "2.00"),
        ('{"results": [{"last_letter": "s", "position": null}]}', "s"),
        ('{"result": [{"character": "n", "code": 110}]}', "110"),
        ("Oliver Russell", "Oliver Russell"),
    ],
)
def test_the_answer_is_the_one_value_that_a_result_adds(result: str, answer: str) -> None:
    assert read_answer("Which is it?", {"characters": ["n"]}, result) == answer


def test_a_difference_has_no_sign() -> None:
    assert read_answer("What is the difference between 1887 and 2024?", {}, "-137") == "137"
    assert read_answer("What is 1887 minus 2024?", {}, "-137") == "-137"


@pytest.mark.parametrize("result", ['{"a": 1, "b": 2}', "[]", '{"a": null}'])
def test_a_result_without_a_single_value_is_refused(result: str) -> None:
    with pytest.raises(ValueError, match="no single value"):
        read_answer("Which is it?", {}, result)


def test_a_value_is_told_where_it_stands_as_a_word_of_its_own() -> None:
    assert is_told("Tippi Hedren", "The mother of Melanie Griffith is tippi hedren.")
    assert is_told("6", '{"count": 6.0}')
    assert not is_told("1", "The year was 1914.")
