"""Checks of the lab itself, over experiments whose truth is known."""
