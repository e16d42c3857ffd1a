"""Deep Motif: a deep network reads DNA, says whether a transcription factor binds, and shows the motif it learned."""

__version__ = "0.1.0"
