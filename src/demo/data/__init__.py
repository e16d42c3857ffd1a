"""The sequences of a run: data module, sources, catalogue, simulation, preparation, download."""
