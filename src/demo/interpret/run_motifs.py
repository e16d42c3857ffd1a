"""The motifs of runs: of one as it ends, of a finished one, of several seeds together, of models in a notebook."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from demo.compare.known import KnownMatrices
from demo.compare.peers import Peer, read_peers
from demo.data.datamodule import SequenceDataModule
from demo.data.labelled.module import LabelledDataModule
from demo.interpret.extraction.class_motifs import ClassMotifs
from demo.interpret.extraction.evidence import validation_separation
from demo.interpret.extraction.extract import Extraction, extract_motifs
from demo.interpret.extraction.files import Database, JudgedBy, KnownMotif, write_motifs
from demo.interpret.extraction.sketch import make_sketch
from demo.motifs.motif import Motif
from demo.networks.inference import OneClass
from demo.runs.directory import RunDirectory
from demo.runs.ensemble_motifs import keep
from demo.runs.finished import FinishedRun, open_run
from demo.runs.result import MotifResult
from demo.runs.settings import MotifSettings
from demo.runs.trained_model import TrainedModel
from demo.sequences import SequenceSet, Task
from demo.utils.errors import DemoError, SettingError
from demo.utils.files import files_in

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MotifJob:
    """How the motifs of a run are extracted, named and compared.

    Attributes:
        label: what they are named by: the transcription factor, and that its data were simulated where they were.
        settings: as the run stores them.
        extraction: how they are extracted.
        network: settings of the networks, for a sketch of them.
        known: the TF's own matrix, drawn beside them; ``None`` where JASPAR has none and the user named none.
        judged_by: what they are compared with when they are there.
        peers: motifs of other programs, compared likewise.
        database: known motifs in a file, likewise.
        junction: position after which logos of whole sequences have a line.
        labels: of the classes whose motifs are extracted.
    """

    label: str
    settings: MotifSettings
    extraction: Extraction
    network: Mapping[str, Any]
    known: KnownMotif | None
    judged_by: JudgedBy | None
    peers: Sequence[Peer]
    database: Database | None = None
    junction: int | None = None
    labels: Sequence[int] = (1,)

    @classmethod
    def of(
        cls,
        settings: MotifSettings,
        network: Mapping[str, Any],
        tf: str,
        dataset: str,
        data_source: str,
        test: SequenceSet,
        junction: int | None = None,
    ) -> MotifJob:
        """The job that settings ask for.

        Args:
            settings: with an extraction.
            network: ``name`` of a registered network, and its arguments.
            tf: the transcription factor.
            dataset: name of the data set.
            data_source: ``encode``, ``user`` or ``simulated``.
            test: labelled sequences that motifs are compared by, once they are there.
            junction: position after which logos of whole sequences have a line.

        Raises:
            DemoError: a setting is out of range, or there is no such release of JASPAR, known motif or file of a peer.
        """
        assert settings.extraction is not None
        extraction = Extraction.of(settings.extraction)
        task = test.task
        database = None if settings.database is None else Database.of(settings.database, test)
        if not task.is_binding:
            # Of JASPAR's factors none is these sequences'.
            _check_window(extraction, test)
            labels = _labels(task, settings.classes)
            return cls(dataset, settings, extraction, network, None, None, (), database, junction, labels)
        known = KnownMatrices(tf, settings.taxon, settings.known)
        known.check([settings.release, *settings.compare_with])
        return cls(
            f"{tf} simulated" if data_source == "simulated" else tf,
            settings,
            extraction,
            network,
            KnownMotif.of(known, settings.release),
            JudgedBy(known, settings.compare_with, test),
            read_peers(settings.peers, dataset),
            database,
        )

    def run(
        self,
        folder: Path,
        networks: Sequence[nn.Module],
        data: SequenceDataModule,
    ) -> MotifResult:
        """Extract the motifs of a network, or of several together, and write them.

        Args:
            folder: of the motifs.
            networks: at least one, with the weights of their best checkpoints.
            data: set up; its validation positives choose.

        Raises:
            DemoError: sequences are too short for the settings, or a file cannot be written.
        """
        _log.info("Extracting motifs (half a minute for each network, minutes on a slow core) ...")
        sketch = make_sketch(self.network, data, self.extraction.sketch, next(networks[0].parameters()).device)
        if isinstance(data, LabelledDataModule):
            return self._of_classes(folder, networks, data, sketch)
        # Where negatives are shuffles, extraction makes its own.
        negatives = data.validation_codes[data.validation_labels == 0] if len(data.train_negatives) else None
        extracted = extract_motifs(
            networks,
            data.train_positives,
            data.validation_positives,
            self.label,
            self.extraction,
            window_width=self.known.motif.width if self.known else None,
            sketch=sketch,
            training_negatives=data.train_negatives,
            validation_negatives=negatives,
        )
        # By the same sequences as ours.
        peers = [
            (peer, validation_separation(peer.motif, data.validation_positives, negatives=negatives))
            for peer in self.peers
        ]
        facts, comparison = write_motifs(folder, extracted, self.known, self.judged_by, peers, database=self.database)
        return MotifResult(self.settings.plain(), facts, comparison)

    def _of_classes(
        self, folder: Path, networks: Sequence[nn.Module], data: LabelledDataModule, sketch: nn.Module | None
    ) -> MotifResult:
        """Motifs of the positive one of two classes, or of each of several, in a folder of its own."""
        several = data.task.outputs > 1
        facts: dict[str, Any] = {}
        for label in self.labels:
            name = class_folder(data.task, label)
            data.look_at(label)
            extracted = extract_motifs(
                [OneClass(network, label) for network in networks],
                data.train_positives,
                data.validation_positives,
                f"{self.label} {name}" if several else self.label,
                self.extraction,
                sketch=None if sketch is None else OneClass(sketch, label),
                training_negatives=data.train_negatives,
                validation_negatives=data.validation_codes[data.validation_labels != label],
            )
            place = folder / name if several else folder
            of_class, _ = write_motifs(place, extracted, junction=self.junction, database=self.database, label=label)
            facts |= {f"{name}_{kind}": about for kind, about in of_class.items()} if several else of_class
        data.look_at(1)
        return MotifResult(self.settings.plain(), facts)


_MOST_CLASSES = 8


def class_folder(task: Task, label: int) -> str:
    """The name of the folder of the motifs of a class: its own, with hyphens for what is not plain, if it is unique."""
    plain = [re.sub(r"[^\w.+]+", "-", name).strip("-.")[:60] or "class" for name in task.classes]
    return plain[label] if plain.count(plain[label]) == 1 else f"{plain[label]}-{label}"


def _labels(task: Task, wanted: Sequence[str] | None) -> list[int]:
    """The classes whose motifs are extracted."""
    if task.outputs == 1:
        if wanted is not None and list(wanted) != [task.classes[1]]:
            raise SettingError("motif.classes", f"is {list(wanted)}.", f"the positive class, {task.classes[1]}", "null")
        return [1]
    if wanted is None:
        if len(task.classes) > _MOST_CLASSES:
            _log.warning(
                "Motifs of the first %d of %d classes are extracted: motif.classes=[...] names others.",
                _MOST_CLASSES, len(task.classes),
            )  # fmt: skip
        return list(range(min(len(task.classes), _MOST_CLASSES)))
    unknown = [name for name in wanted if name not in task.classes]
    if unknown:
        raise SettingError("motif.classes", f"names {unknown[0]!r}.", list(task.classes[:20]), f"[{task.classes[0]}]")
    return [task.classes.index(name) for name in wanted]


def _check_window(extraction: Extraction, test: SequenceSet) -> None:
    """Before the training: that a window fits into the sequences."""
    method = extraction.method
    if isinstance(method, ClassMotifs) and not test.task.positions and method.window.width > test.length:
        raise DemoError(
            f"Class motifs are looked for in windows of {method.window.width}, and sequences have {test.length} "
            f"{test.task.alphabet.unit}.",
            fix=f"motif.extraction.window.width={max(4, test.length // 2)}, or data.fixed_positions=true",
        )


def extract_again(
    runs: Sequence[FinishedRun], target: RunDirectory, wanted: MotifSettings, folder: Path | None
) -> MotifResult:
    """Extract the motifs of the networks of ``runs`` together; those that were there before are removed.

    Args:
        runs: of one model on the same data, at least one; the first one's validation positives choose.
        target: claimed; its ``motifs/`` is written.
        wanted: with an extraction.
        folder: where data are now; ``None`` for where the run found them.

    Raises:
        DemoError: the data are not there any more, or as ``MotifJob.run``.
    """
    first = runs[0]
    data = first.open_data(folder)
    job = MotifJob.of(
        wanted,
        first.result.model,
        first.result.tf,
        first.result.dataset,
        first.model.data_source,
        data.test_set(),
        data.settings.junction if isinstance(data, LabelledDataModule) else None,
    )
    target.forget_motifs()
    networks = [run.model.network for run in runs]
    return job.run(target.motifs, networks, data)


def motifs_of_seeds(runs: Sequence[FinishedRun], wanted: MotifSettings, folder: Path | None) -> MotifResult:
    """Extract the motifs of several seeds of one model, whose optima are pooled, to ``motifs/`` beside the seeds.

    Args:
        runs: at least two.
        wanted: how.
        folder: where data are now; ``None`` for where the runs found them.

    Raises:
        DemoError: the runs are of several models or data, the settings make no motifs, or as ``extract_again``.
    """
    parents = sorted({str(run.directory.path.absolute().parent) for run in runs})
    data = {str(sorted(run.data_sums.items())) for run in runs}
    if len(parents) > 1 or len(data) > 1:
        raise DemoError(
            "Motifs are extracted together of the seeds of one model on one data set; these are runs of several.",
            exists=parents if len(parents) > 1 else [str(run.directory.path) for run in runs],
            fix="run='runs/<data set>/<model>/seed*'",
        )
    if wanted.extraction is None:
        raise DemoError("These runs were trained without motifs.", fix="motif=class")
    together = RunDirectory(Path(parents[0]))
    with together.claim():
        made = extract_again(runs, together, wanted, folder)
        keep([run.directory.path for run in runs], made)
    return made


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


def where_to_look(run: RunDirectory) -> list[str]:
    """The files of its ``motifs/``, for the terminal."""
    # Of several classes each has a folder.
    pictures, tables = (
        [path.relative_to(run.motifs).as_posix() for depth in ("", "*/") for path in files_in(run.motifs, depth + form)]
        for form in ("*.png", "*.[mjt]*")
    )
    return [
        f"  motifs and their logos in {run.motifs}",
        f"    {', '.join(pictures)} (and .svg)",
        f"    {', '.join(tables)}",
    ]


def _positives_of_run(model: TrainedModel) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    try:
        data = open_run(model.path.parent.parent).open_data(None)
    except DemoError as error:
        raise DemoError(
            f"The positives that the model was trained on cannot be read: {error.what}",
            where=error.where,
            exists=error.exists,
            fix="class_motif(model, training_positives, validation_positives), both (N, L) codes",
        ) from error
    return data.train_positives, data.validation_positives
