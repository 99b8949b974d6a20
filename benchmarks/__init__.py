"""What the figures of results.md come from; each module is a command of its own."""
