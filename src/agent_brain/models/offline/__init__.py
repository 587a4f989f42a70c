"""The embedded default model: built-in rules that speak the text wire like any model."""

from agent_brain.models.offline.model import OfflineModel

__all__ = ["OfflineModel"]
