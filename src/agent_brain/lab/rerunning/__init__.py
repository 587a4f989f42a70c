"""Re-running stored trials from a step onwards, with a part changed."""
