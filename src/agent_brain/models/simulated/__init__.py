"""A model of known error rates, for experiments whose truth is known: a function of its prompt and of named chances."""

from agent_brain.models.simulated.model import SimulatedModel
from agent_brain.models.simulated.parameters import Parameters

__all__ = ["Parameters", "SimulatedModel"]
