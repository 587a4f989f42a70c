"""Arms: what an experiment compares, and the brains that are made of it."""
