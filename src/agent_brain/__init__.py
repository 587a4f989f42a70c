"""An agent core that you can take apart."""
