"""What a run costs beside a hand-written loop on the openai SDK; `python -m benchmarks` prints the table."""
