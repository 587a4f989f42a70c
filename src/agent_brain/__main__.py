"""`python -m agent_brain`: the command line."""

from agent_brain.cli.main import main

if __name__ == "__main__":
    main()
