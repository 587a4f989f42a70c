"""What a run has cost is told wherever it is known, and nowhere else."""

import json
import re
from pathlib import Path
from typing import Any

from cli.processes import Invoke, Serve
from sse_server import DONE, Handler, delta, in_turn, response, send_events, send_raw, usage

QUESTION = "What is 6 * 7?"


def answer(**told: Any) -> Handler:
    return send_events(delta("It is 42."), delta(finish="stop"), usage(700, 50, **told), DONE)


def ask(invoke: Invoke, serve: Serve, *flags: str, **told: Any) -> str:
    server = serve(answer(**told))
    return invoke("ask", QUESTION, "--net", "react_brief", "--base-url", server.base_url, "--model", "m", *flags).out


def test_the_last_line_and_the_story_tell_the_cost(invoke: Invoke, serve: Serve) -> None:
    said = ask(invoke, serve, cost=0.0123)
    story = invoke("runs", "show", "last").out

    assert "1 model call · 0 tool calls · 750 tokens · $0.0123 ·" in said.splitlines()[-1]
    assert "1 model call · 0 tool calls · 750 tokens · $0.0123 ·" in story
    assert re.search(r"── 1 reasoning .*750 tokens · \$0\.0123", story)


def test_where_nobody_knows_the_cost_nothing_is_told(invoke: Invoke, serve: Serve) -> None:
    said = ask(invoke, serve)

    assert "$" not in said
    assert "$" not in invoke("runs", "show", "last").out


def test_json_has_a_cost_only_where_there_is_one(invoke: Invoke, serve: Serve) -> None:
    known = json.loads(ask(invoke, serve, "--json", cost=0.5).splitlines()[-1])["usage"]
    unknown = json.loads(ask(invoke, serve, "--json").splitlines()[-1])["usage"]

    assert (known["cost_usd"], known["priced_tokens"]) == (0.5, 750)
    assert {"cost_usd", "priced_tokens"} & unknown.keys() == set()


def test_a_chat_has_a_column_of_costs_where_one_is_known(invoke: Invoke, serve: Serve) -> None:
    flags = ("chat", "--net", "react_brief", "--model", "m", "--base-url")
    known = invoke(*flags, serve(answer(cost=0.25)).base_url, stdin=f"{QUESTION}\n/usage\n").out
    unknown = invoke(*flags, serve(answer()).base_url, stdin=f"{QUESTION}\n/usage\n").out

    assert [line.split()[-2] for line in known.splitlines()[-3:]] == ["cost", "$0.2500", "$0.2500"]
    assert "cost" not in unknown


def test_a_limit_on_money_needs_a_price(invoke: Invoke, serve: Serve) -> None:
    server = serve(answer())
    outcome = invoke("ask", QUESTION, "--base-url", server.base_url, "--model", "m", "--limit", "usd=1")

    assert (outcome.code, server.requests) == (2, [])
    assert "nobody knows what these cost: model 'm' at 127.0.0.1:" in outcome.err


PRICED = "[prices.m]\ninput = 1000\noutput = 2000\n\n[limits]\nusd = 0.5\n"


def test_a_price_in_the_settings_file_is_charged_and_kept_beside_the_run(
    invoke: Invoke, serve: Serve, clean_place: Path
) -> None:
    (clean_place / "agent-brain.toml").write_text(PRICED)
    said = ask(invoke, serve)
    (clean_place / "agent-brain.toml").unlink()

    assert "$0.8000" in said.splitlines()[-1]
    assert "limited" not in said
    assert invoke("replay", "last").code == 0


def test_a_price_that_is_none_is_refused_with_what_was_wanted(invoke: Invoke, clean_place: Path) -> None:
    (clean_place / "agent-brain.toml").write_text("[prices.m]\ninput = 1\n")
    outcome = invoke("ask", QUESTION)

    assert outcome.code == 2
    assert "the price of 'm' is {'input': 1}; wanted input and output" in outcome.err


def test_of_several_models_the_next_one_answers_and_both_are_told(invoke: Invoke, serve: Serve) -> None:
    server = serve(in_turn(send_raw(response(404, {"error": {"message": "no such model"}})), answer()))
    flags = ("--base-url", server.base_url, "--model", "first", "--model", "second", "--net", "react_brief")
    outcome = invoke("ask", QUESTION, *flags)

    assert outcome.code == 0
    assert "model: first, second at http://127.0.0.1:" in outcome.err
    assert "the server said 404: no such model; model 'second' at 127.0.0.1:" in outcome.out
    assert [request.json()["model"] for request in server.requests] == ["first", "second"]


def test_models_with_servers_of_their_own_are_told_with_these(invoke: Invoke, serve: Serve) -> None:
    first, second = serve(answer()), serve(answer())
    flags = ("--model", f"a@{first.base_url}", "--model", f"b@{second.base_url}", "--net", "react_brief")

    assert f"model: a at {first.base_url}, b at {second.base_url}\n" in invoke("ask", QUESTION, *flags).err


def test_a_run_goes_on_with_all_the_models_that_it_was_asked_with(
    invoke: Invoke, serve: Serve, clean_place: Path
) -> None:
    server = serve(answer())
    (clean_place / "s.toml").write_text(f'model = ["first", "second"]\nbase_url = "{server.base_url}"\n')
    invoke("ask", QUESTION, "--config", "s.toml")
    [label] = re.findall(r'"model": (\[.*?\])', invoke("runs", "show", "last", "--json").out)

    assert json.loads(label) == ["first", "second"]
