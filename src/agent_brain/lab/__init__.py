"""Tasks, arms, trials, statistics, reports: whether one brain is really better than another."""
