"""Data sets: data module, sources, catalogue, simulation, preparation, download."""
