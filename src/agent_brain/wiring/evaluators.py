"""Evaluators by name, made for one task: `exact`, `numeric(0.01)`, `noisy(exact, fp=0.16)`."""

import json
from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.evaluators.model import CRITERIA, ModelEvaluator
from agent_brain.evaluators.tau_bench import NAME, TauBench
from agent_brain.wiring.making import call_maker, describe_makers, find_maker, read_signature
from agent_brain.wiring.models import make_model
from agent_brain.wiring.needs import make_evaluator
from agent_brain.wiring.specs import Term, parse_spec

EVALUATORS: Mapping[str, str] = {
    "exact": "agent_brain.evaluators.of_task:make_exact",
    "contains": "agent_brain.evaluators.of_task:make_contains",
    "regex": "agent_brain.evaluators.of_task:make_regex",
    "numeric": "agent_brain.evaluators.of_task:make_numeric",
    "json": "agent_brain.evaluators.json_value:make_json",
    "tool_path": "agent_brain.evaluators.tool_path:ToolPath",
    "world": "agent_brain.evaluators.final_state:FinalState",
    "function": "agent_brain.evaluators.run_function:make_function",
    "noisy": "agent_brain.evaluators.noisy:noisy",
    "tau_bench": "agent_brain.wiring.evaluators:make_tau_bench",
    "bfcl": "agent_brain.evaluators.bfcl:Bfcl",
    "toolhop_official": "agent_brain.evaluators.toolhop:make_toolhop_official",
    "model": "agent_brain.wiring.evaluators:make_model_evaluator",
}
"""By place, as an entry point names it."""
EXAMPLE = "exact, numeric(0.01) or noisy(exact, fp=0.16)"


def make_named_evaluator(spec: str, task: Mapping[str, Any]) -> Evaluator:
    """The evaluator of this spec for one task.

    Of the task a maker is given what its first parameters are called: `right`, the answer; `data`; `make_world`. What
    stands in brackets comes after it. `FILE.py:NAME` is `function("FILE.py:NAME")`. Raises: UnknownName, SetupError.
    """
    if ":" in spec and "(" not in spec:
        return _make(Term("function", (spec,)), task)
    terms = parse_spec(spec, "evaluator", EXAMPLE)
    if len(terms) != 1:
        raise SetupError(f"evaluator is {spec!r:.100}: {len(terms)} of them; wanted one, such as {EXAMPLE}")
    return _make(terms[0], task)


def _make(term: Term, task: Mapping[str, Any]) -> Evaluator:
    maker = find_maker("evaluator", term.name, EVALUATORS)
    taken = [task[name] for name in takewhile(task.__contains__, read_signature(maker).parameters)]
    given = [_resolve(value, task) for value in term.args]
    options = {name: _resolve(value, task) for name, value in term.options.items()}
    made = make_evaluator(call_maker("evaluator", str(term), maker, [*taken, *given], options))
    assert made is not None  # a maker makes something
    return made


def _resolve(value: Any, task: Mapping[str, Any]) -> Any:
    """An evaluator inside another one is made for the same task."""
    return _make(value, task) if isinstance(value, Term) else value


def make_model_evaluator(right: Any, model: str, criteria: str = "") -> Evaluator:
    """What a model says, which errs as models do: `model("NAME", "it is polite")`; the task's answer is told to it."""
    parts = [criteria or CRITERIA]
    if right is not None:
        told = right if isinstance(right, str) else json.dumps(right, ensure_ascii=False)
        parts.append(f"It agrees with this answer, which is right: {told}")
    return ModelEvaluator(make_model(model), "\n".join(parts), oracle=right is not None)


def make_tau_bench(right: Any, make_world: Any, judge: str = "") -> Evaluator:
    """A conversation that has left its world, and told, what the task of tau-bench wants; `judge`: the model that is
    asked about what the task says of the conversation."""
    about = dict(right) if isinstance(right, Mapping) else {}
    claims = about.pop("assertions", None)
    if not claims:
        return TauBench(right, make_world)
    if not judge:
        raise SetupError("tau_bench needs a model that says whether something is true; wanted tau_bench(judge='NAME')")
    criteria = "all of this is true of the conversation that the answer is:\n" + "\n".join(
        f"- {each}" for each in claims
    )
    model = ModelEvaluator(make_model(judge), criteria, oracle=True)
    return TauBench(about or {"told": []}, make_world, name=f"{NAME} and {model.name}", judge_model=model)


def describe_evaluators() -> Mapping[str, str]:
    """What each evaluator lets pass, by name."""
    return describe_makers("evaluator", EVALUATORS)
