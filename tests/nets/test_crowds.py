"""Many runs at once: refused where there are too many, told of beforehand, and begun as long as the limit has room."""

import re

import pytest

from agent_brain import Brain, Limits, ScriptedModel, SetupError, Status
from agent_brain.wiring.needs import tell_crowds
from agent_brain.wiring.nets import make_net


def make(net: str, calls: int) -> Brain:
    judge = (lambda question, answer: True) if "verifier" in net or "retry" in net else None
    return Brain(net, model=ScriptedModel(lambda _: "4"), evaluator=judge, limits=Limits(model_calls=calls))


@pytest.mark.parametrize(
    ("net", "most"),
    [
        ("self_consistency(samples={})", 1000),
        ("self_consistency(samples={}, at_once=2)", 10_000),
        ("verifier(samples={})", 1000),
        ("debate(agents={})", 1000),
        ("debate(agents=10, rounds={})", 1000),
        ("retry(tries={})", 10_000),
        ("warming(tries={})", 10_000),
        ("reflexion(trials={})", 10_000),
        ("tot(breadth=1, candidates=1, samples={})", 1000),
        ("lats(branches=1, samples={})", 1000),
    ],
)
def test_too_many_are_refused_when_the_net_is_made(net: str, most: int) -> None:
    make_net(net.format(most))
    for count in (most + 1, 10**12):
        with pytest.raises(SetupError, match=re.escape(f"is {count}; wanted at most {most:,}")):
            make_net(net.format(count))


@pytest.mark.parametrize("net", ["self_consistency(samples=6)", "verifier(samples=6)", "debate(agents=6, rounds=1)"])
@pytest.mark.parametrize(("calls", "begun"), [(5, 4), (6, 5), (7, 6), (8, 6)])
async def test_they_begin_as_long_as_each_has_room_beside_the_answer(net: str, calls: int, begun: int) -> None:
    brain = make(net, calls)
    result = await brain.run("2 + 2?", run_id="r")
    told = f"no more may be spent, so {6 - begun} of 6 tries not begun" if begun < 6 else ""
    assert (result.answer, result.usage.model_calls, result.env.limit) == ("4", begun, told)
    assert result.status is (Status.LIMITED if told else Status.ANSWERED)
    assert bool(tell_crowds(brain.net, brain.limits)) is bool(told)


@pytest.mark.parametrize("net", ["self_consistency(samples=1000)", "verifier(samples=1000)", "debate(agents=1000)"])
async def test_a_thousand_cost_no_more_than_the_limit(net: str) -> None:
    brain = make(net, 10)
    result = await brain.run("2 + 2?")
    assert (result.answer, result.usage.model_calls) == ("4", 9)
    assert "1,000 tries not begun" in result.env.limit


def test_it_is_told_with_the_limit_that_would_do_also_of_nets_inside() -> None:
    brain = make("retry(self_consistency(samples=50))", 40)
    assert tell_crowds(Brain("debate", model="offline").net, Limits()) == []
    [told] = tell_crowds(brain.net, brain.limits)
    assert "self_consistency begins 50 runs at once in attempt" in told
    assert "the limit of 40 model calls has room for 39: the others will not begin, unless the limit is 51" in told
