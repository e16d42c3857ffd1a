"""A run directory: its name, what it holds, where it came from, and the trained model in it."""
