"""Deep Motif: deep networks that predict transcription-factor binding from DNA, and the motifs they learn.

The names below are imported on first use, so ``import demo`` itself is quick.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "DemoError": "demo.utils.errors",
    "ama": "demo.compare",
    "encode": "demo.sequences",
    "in_silico_mutagenesis": "demo.interpret.attribution.mutagenesis",
    "integrated_gradients": "demo.interpret.attribution.gradients",
    "saliency": "demo.interpret.attribution.gradients",
    "TrainedModel": "demo.runs.trained_model",
    "load": "demo.runs.trained_model",
    "class_motif": "demo.interpret.run_motifs",
    "Motif": "demo.motifs",
    "predict": "demo.scoring.predict",
    "prepare": "demo.commands.api",
    "read_meme": "demo.motifs",
    "read_motifs": "demo.motifs",
    "read_seq_gz": "demo.sequences",
    "sweep": "demo.commands.api",
    "tomtom": "demo.compare",
    "train": "demo.commands.api",
}

__all__ = [*_HOME, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
