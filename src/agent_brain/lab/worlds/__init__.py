"""Worlds: tasks whose true success rates are known, by a closed form or by a large Monte Carlo run."""
