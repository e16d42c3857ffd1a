"""Hydra's configuration. In a wheel it is the package ``demo.conf``, which Hydra finds as ``pkg://demo.conf``."""
