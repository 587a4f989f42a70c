"""`python -m agent_brain`: the command line."""

from agent_brain.cli.start import main

if __name__ == "__main__":
    main()
