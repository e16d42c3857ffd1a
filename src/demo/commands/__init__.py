"""What each command does with its configuration; no science."""
