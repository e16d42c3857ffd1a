"""Scores of new sequences: rows of an input in, rows of a table out, a batch in memory at a time."""
