"""The commands in Python: ``demo.train``, ``demo.sweeps`` and ``demo.prepare``.

Settings are those of the command line, as keyword arguments: a section is a mapping (``trainer={"steps": 2000}``), an
option of a group its name (``model="conv4_hw7"``), and any other name goes through ``**{"model.pool": 1}``, with the +
that a setting needs which the shipped configuration does not have. Bad input raises a ``DemoError`` with the message
that the command would print.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.singleton import Singleton
from omegaconf import DictConfig, OmegaConf, open_dict

from demo.commands.cli import Stopped
from demo.commands.command_line import CONF, explained, ready
from demo.commands.doors import DOORS
from demo.commands.prepare import prepare_command
from demo.commands.sweep import RunsFailed
from demo.data.catalogue import DataSet
from demo.data.sources import SOURCES
from demo.runs.trained_model import TrainedModel, load
from demo.study.study import Study
from demo.sweeps.search import is_shared
from demo.training.resolve import run_of
from demo.training.train import train as train_run
from demo.utils.checks import flag
from demo.utils.config import override_value, plain
from demo.utils.environment import settle
from demo.utils.errors import DemoError
from demo.utils.settings import flatten

AnyPath = str | os.PathLike[str]


def train(
    tf: str | DataSet,
    data: AnyPath | Mapping[str, Any] | None = None,
    *,
    config_dir: AnyPath | None = None,
    **settings: Any,
) -> TrainedModel:
    """Train a model on one data set, test it and extract its motif, as ``deep-motif train``.

    The same call resumes an interrupted run, and loads a finished one. ::

        model = demo.train("CTCF", data="data", model="conv4_hw7", trainer={"steps": 2000}, logger="csv")
        model.predict(["ACGT..."])
        demo.read_meme(model.run / "motifs" / "motifs.meme")

    Args:
        tf: a transcription factor, the name of a data set, or what ``prepare`` returned.
        data: the folder of the data sets; or ``"simulated"``, ``"encode"``, ``"auto"``; or settings of ``data``, with
            ``path`` for labelled sequences: ``{"path": "x.tsv", "alphabet": "rna"}``, or ``{"path": {"EI": "ei.fa",
            "IE": "ie.fa"}}``.
        config_dir: a folder with YAML files of your own, such as ``model/mine.yaml``.
        settings: see the module; ``deep-motif train --help`` lists them.

    Returns:
        The model of the epoch with the best validation AUROC, which knows its run directory, ``run``.

    Raises:
        DemoError: a setting, the data or the run directory are unusable.
    """
    with _composed("train", [*_data([tf], data), *_overrides(settings)], config_dir) as config:
        flag("force", config.force)
        run = run_of(plain(config))
        train_run(run)
    return load(run.directory)


def sweep(
    tf: str | DataSet | Sequence[str | DataSet] = "all",
    data: AnyPath | Mapping[str, Any] | None = None,
    *,
    launcher: str | None = None,
    config_dir: AnyPath | None = None,
    **settings: Any,
) -> Study:
    """Train several models on each data set, and select one of each, as ``deep-motif sweep``.

    The same call repeats nothing that is finished. ::

        study = demo.sweep(["ELK1", "MYC"], data="data", model={"conv_layers": [3, 4]}, launcher="local", jobs=2)

    Args:
        tf: data sets as in ``train``, or ``"all"`` on disk.
        data: as in ``train``.
        launcher: ``"local"`` (processes on this machine), ``"ray"``, ``"slurm"``; without one, runs follow each other.
        config_dir: as in ``train``.
        settings: as in ``train``; a list holds the values to try. (Settings that all runs share, such as those of
            ``motif``, have one value, which may be a list.)

    Returns:
        The selected models, compared with DeepBind's published AUCs; runs that failed are in it, with their reasons.

    Raises:
        DemoError: a setting or the data are unusable; a failing run raises nothing.
    """
    names = [tf] if isinstance(tf, str | DataSet) else list(tf)
    overrides = [
        *_data(names, data),
        *_overrides(settings, swept=True),
        # The log of this process is its own.
        "hydra/job_logging=none",
        "hydra/hydra_logging=none",
        *([] if launcher is None else [f"hydra/launcher={launcher}"]),
    ]
    with _hydra("sweep", config_dir) as search_path:
        hydra = GlobalHydra.instance().hydra
        assert hydra is not None
        try:
            return hydra.multirun("sweep", DOORS["sweep"], [*overrides, *search_path], with_log_configuration=False)
        except RunsFailed as failed:
            return failed.study


def prepare(
    peaks: AnyPath | None = None,
    tf: str | None = None,
    *,
    genome: AnyPath | None = None,
    out: AnyPath | None = None,
    data: Mapping[str, Any] | None = None,
    **settings: Any,
) -> DataSet:
    """Make a data set of ChIP-seq peaks, or of labelled sequences, as ``deep-motif prepare``. ::

        model = demo.train(demo.prepare("peaks.narrowPeak", "MYTF", genome="hg38.fa"))
        table = demo.prepare(data={"path": "clip.fa", "alphabet": "rna"}).train_path

    Args:
        peaks: narrowPeak, broadPeak, gappedPeak, BED, MACS ``.xls``, HOMER, or FASTA of the bound sequences.
        tf: the transcription factor, the first part of the name of the data set.
        genome: FASTA; for all but FASTA peaks.
        out: the folder of the files; that of ``DEMO_DATA`` or ``data`` if not given.
        data: labelled sequences, instead of peaks: their ``path``, and other settings of ``data=labelled``.
        settings: ``deep-motif prepare --help`` lists them.

    Returns:
        The data set, which ``train`` takes as its ``tf``; of labelled sequences, the ``path`` of its ``data``.

    Raises:
        DemoError: a setting or a file is unusable, the data set exists already, or too few peaks are left.
    """
    named = {"peaks": peaks, "tf": tf, "genome": genome, "out": out}
    given = {name: value for name, value in named.items() if value is not None}
    with _composed("prepare", [*_of_data(data), *_overrides({**given, **settings})]) as config:
        return prepare_command(config)


def _data(tfs: Sequence[str | DataSet], data: AnyPath | Mapping[str, Any] | None) -> list[str]:
    """Overrides that name data sets and where they are."""
    folders = {tf.train_path.parent for tf in tfs if isinstance(tf, DataSet) and tf.train_path}
    if data is None and folders:
        data, *others = sorted(folders)
        if others:
            fix = "data=<one folder>, or a sweep for each"
            raise DemoError("These data sets are not in one folder.", exists=sorted(map(str, folders)), fix=fix)
    names = ",".join(override_value("tf", tf.name if isinstance(tf, DataSet) else tf) for tf in tfs)
    return [f"tf={names}", *_of_data(data)]


def _of_data(data: AnyPath | Mapping[str, Any] | None) -> list[str]:
    """Overrides of the section ``data``."""
    if not isinstance(data, Mapping):
        return [] if data is None else _overrides({"data": data if data in SOURCES else {"dir": data}})
    # One FASTA a class is a mapping too, but no section of settings.
    by_class = {name: data[name] for name in ("path", "test") if isinstance(data.get(name), Mapping)}
    settings = {name: value for name, value in data.items() if name not in by_class}
    return [
        *(["data=labelled"] if "path" in data else []),
        *(f"data.{name}={override_value(f'data.{name}', files)}" for name, files in by_class.items()),
        *_overrides({"data": settings}),
    ]


def _overrides(settings: Mapping[str, Any], swept: bool = False) -> list[str]:
    """Settings in Hydra's grammar; if ``swept``, a list is several values, unless all runs share the setting."""
    made = []
    for name, value in settings.items():
        if isinstance(value, str) and (CONF / name).is_dir():
            made.append(f"{name}={value}")
            continue
        for setting, one in flatten({name: value}).items():
            is_group = (CONF / setting).is_dir()
            several = swept and isinstance(one, list | tuple) and (is_group or not is_shared(setting))
            values = one if several else [one]
            made.append(f"{setting}={','.join(override_value(setting, each) for each in values)}")
    return made


@contextmanager
def _composed(command: str, overrides: Sequence[str], config_dir: AnyPath | None = None) -> Iterator[DictConfig]:
    """The checked configuration of a command; Hydra is at work as long as it is needed."""
    with _hydra(command, config_dir) as search_path:
        config = compose(command, [*overrides, *search_path], return_hydra_config=True)
        choices = config.hydra.runtime.choices
        OmegaConf.set_readonly(config, False)
        with open_dict(config):
            del config.hydra
        ready(config, command, choices)
        yield config


@contextmanager
def _hydra(command: str, config_dir: AnyPath | None) -> Iterator[list[str]]:
    """Around a command in somebody else's process, which is left as it was found; the override for ``config_dir``."""
    backend = os.environ.get("MPLBACKEND")
    settle()
    if backend is None:
        os.environ.pop("MPLBACKEND", None)
    else:
        os.environ["MPLBACKEND"] = backend
    threads, state = torch.get_num_threads(), Singleton.get_state()
    try:
        with _interruptible(), explained(command), initialize_config_dir(str(CONF), version_base="1.3"):
            yield [] if config_dir is None else [f"hydra.searchpath=['file://{os.path.abspath(config_dir)}']"]
    finally:
        Singleton.set_state(state)
        torch.set_num_threads(threads)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends in a ``KeyboardInterrupt``; Lightning, if it met one, would end the process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise Stopped(number)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    except Stopped as stopped:
        raise KeyboardInterrupt from stopped
    finally:
        signal.signal(signal.SIGINT, before)
