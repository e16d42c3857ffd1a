"""Run directories: names, contents, provenance, and the trained models in them."""
