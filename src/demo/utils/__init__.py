"""Utilities unrelated to DNA: errors, files, checks, configuration, hardware, W&B, compiled code."""
