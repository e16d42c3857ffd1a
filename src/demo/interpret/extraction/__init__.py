"""Motifs of a network: class optimisation, windows, distinct motifs, their evidence, filters, TF-MoDISco."""
