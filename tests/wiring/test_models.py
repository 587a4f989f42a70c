"""Which model is used where none is named."""

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.wiring.models import DEFAULT_MODEL, OFFLINE, choose_model


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, OFFLINE),
        ({"OPENAI_API_KEY": "k"}, DEFAULT_MODEL),
        ({"AGENT_BRAIN_MODEL": "m", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, "m"),
        ({"AGENT_BRAIN_MODEL": "m", "OPENAI_API_KEY": "k"}, "m"),
    ],
)
def test_the_embedded_model_is_chosen_only_where_nothing_is_configured(environ: dict[str, str], name: str) -> None:
    assert choose_model(environ) == name


def test_a_server_without_a_model_is_an_error_that_keeps_its_password() -> None:
    with pytest.raises(SetupError, match=r"\(127\.0\.0\.1:1\), but no model") as caught:
        choose_model({"OPENAI_BASE_URL": "http://me:secret@127.0.0.1:1/v1"})

    assert "secret" not in str(caught.value)
