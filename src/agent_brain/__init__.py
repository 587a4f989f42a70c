"""agent-brain: an agent core that you can take apart."""
