"""The commands: what each does with its configuration; no science."""
