"""Trials as they are carried out: which is next, what it may spend, its runs, its row."""
