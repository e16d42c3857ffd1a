"""``deep-motif pretrain``: a trunk from several data sets, for ``pretrained=``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from demo.data.catalogue import DataSet, listing, on_disk
from demo.data.catalogue.sets import key
from demo.data.sources import DEFAULT_FOLDER, data_folder, find_data
from demo.runs.pretrained import FOLDER
from demo.training.resolve import settings_of
from demo.utils.checks import flag, whole
from demo.utils.config import plain, words
from demo.utils.errors import DemoError


def pretrain_command(config: DictConfig) -> None:
    """Pretrain a trunk, resume its training, or show a finished one.

    Args:
        config: ``conf/pretrain.yaml`` with the command's overrides.

    Raises:
        DemoError: a set is unknown, none is left, or as ``demo.training.pretrain.pretrain``.
    """
    if config.tf == "?":
        print(listing(data_folder(config.data.dir)))
        return
    values = plain(config)
    settings, _ = settings_of(values)
    if settings.is_fitted_at_once:
        raise DemoError(
            f"{settings.network_name} is fitted at once: it has nothing to pretrain.", fix="model=conv3_hw5"
        )
    if settings.trainer.devices != 1:
        raise DemoError("A pretraining uses one device.", fix="trainer.devices=1")
    name = str(config.name)
    if not name or Path(name).name != name:
        raise DemoError(f"name is {name!r}, but it should be the name of a folder.", fix="name=own")
    folder = data_folder(values["data"]["dir"])
    local = [] if values["data"]["source"] == "simulated" else [each for each in on_disk(folder) if each.complete]
    sets = _sets(values, local, folder)
    seeds = values["held_out_seeds"]

    # Imported here, so that bad input is answered without waiting for Lightning.
    from demo.training.pretrain import PretrainingRun, pretrain

    pretrain(
        PretrainingRun(
            sets,
            tuple({each.name: each for each in (*sets, *local)}.values()),
            settings,
            whole("positives_per_epoch", values["positives_per_epoch"], 1),
            tuple(whole("held_out_seeds", seed, 0) for seed in (seeds if isinstance(seeds, list) else [seeds])),
            Path(values["paths"]["runs"]) / FOLDER / name,
            flag("force", values["force"]),
        )
    )


def _sets(values: Mapping[str, Any], local: list[DataSet], folder: Path | None) -> tuple[DataSet, ...]:
    """The sets of ``tf=`` without those of ``without=``.

    Raises:
        DemoError: one is unknown, or none is left.
    """
    names = words(values["tf"])
    if [key(name) for name in names] == ["all"]:
        chosen = local
    else:
        simulated = Path(values["paths"]["runs"]) / "simulated"
        source = values["data"]["source"]
        found = [
            find_data(each, cell=None, lab=None, source=source, folder=folder, simulated_folder=simulated)
            for each in names
        ]
        for each in found:
            each.say_how()
        chosen = list({each.dataset.name: each.dataset for each in found}.values())
    for name in words(values["without"]):
        rest = [each for each in chosen if key(name) not in (key(each.tf), key(each.name))]
        if len(rest) == len(chosen):
            raise DemoError(
                f"without={name} leaves nothing out.",
                exists=[each.name for each in chosen],
                fix="one of these, or a TF",
            )
        chosen = rest
    if not chosen:
        raise DemoError(
            "There is no data set to pretrain on.",
            where=str(folder or f"no folder {DEFAULT_FOLDER}/"),
            fix="data.dir=<folder with .seq.gz files>, or DEMO_DATA=<folder>; or tf=CTCF,ELK1",
        )
    return tuple(chosen)
