"""The class motif of trained models, in a line of Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demo.runs.trained_model import TrainedModel
from demo.utils.errors import DemoError

if TYPE_CHECKING:
    from demo.interpret.extraction.extract import Extraction
    from demo.motifs.motif import Motif


def class_motif(
    models: TrainedModel | Sequence[TrainedModel],
    training_positives: NDArray[np.uint8] | None = None,
    validation_positives: NDArray[np.uint8] | None = None,
    settings: Extraction | None = None,
) -> Motif:
    """The first class motif of a trained model, or of several of one TF (seeds); about half a minute for each.

    Without positives, those of the first model's run are read again and split as they were in training. Models of
    other seeds were trained on some of its validation positives: what they choose by these is a matrix, not weights,
    and hardly gains by it, but give positives that none of them saw where that matters.

    Args:
        models: from ``demo.load``.
        training_positives: (N, L) ``uint8``, values 0-4.
        validation_positives: (M, L) ``uint8``, which no model was trained on.
        settings: with the method ``ClassMotifs``; ``Extraction()`` if None.

    Returns:
        The motif. ``demo.interpret.extraction.extract.extract_motifs`` gives all of them, with their support.

    Raises:
        DemoError: there is no class motif; the models are of several TFs; or positives are not given and the first
            model's run directory or its data are not there any more.
    """
    from demo.interpret.extraction.class_motifs import ClassMotifs
    from demo.interpret.extraction.extract import Extraction, extract_motifs

    if settings is not None and not isinstance(settings.method, ClassMotifs):
        raise DemoError(f"The method {settings.method_name} makes no class motif.", fix="Extraction(ClassMotifs(...))")
    models = [models] if isinstance(models, TrainedModel) else list(models)
    if not models:
        raise DemoError("A class motif needs a model.", fix="demo.load(<run directory>)")
    names = {model.tf for model in models}
    if len(names) > 1:
        raise DemoError("A class motif is of one TF.", exists=sorted(names))
    if (training_positives is None) != (validation_positives is None):
        raise DemoError("Training and validation positives come together, or neither of them.")
    if training_positives is None or validation_positives is None:
        training_positives, validation_positives = _positives_of_run(models[0])
    extracted = extract_motifs(
        [model.network for model in models],
        training_positives,
        validation_positives,
        models[0].tf,
        settings or Extraction(),
    )
    if extracted.class_motif is None:
        raise DemoError(extracted.notes[0], where=str(models[0].path))
    return extracted.class_motif


def _positives_of_run(model: TrainedModel) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    from demo.data.run_data import make_data
    from demo.runs.finished import open_run

    try:
        run = open_run(model.path.parent.parent)
        data = make_data(run.config, *run.data_files(None))
    except DemoError as error:
        raise DemoError(
            f"The positives that the model was trained on cannot be read: {error.what}",
            where=error.where,
            exists=error.exists,
            fix="class_motif(model, training_positives, validation_positives), both (N, L) codes",
        ) from error
    return data.train_positives, data.validation_positives
