"""Jobs of a sweep that nobody typed."""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser

from demo.data.catalogue import DataSet
from demo.runs.settings import MotifSettings, RunSettings
from demo.sweeps.jobs import TrainingJob
from demo.sweeps.search import Model
from demo.training.resolve import TrainingRun


class NamedModel(Model):
    """A model whose name does not follow from its settings."""

    name = ""


def made_job(
    folder: Path, dataset: str, model: str, seed: int = 0, force: bool = False, motif: MotifSettings | None = None
) -> TrainingJob:
    """A job that trains ``model`` on ``dataset``, whose files are not there."""
    settings = RunSettings({"name": "demonet"}, {"name": "adamw"}, motif=motif or MotifSettings(), seed=seed)
    named = NamedModel(settings)
    object.__setattr__(named, "name", f"{model}/seed{seed}")
    files = DataSet(dataset, dataset, None, None, train_path=folder / "AC.seq.gz", test_path=folder / "B.seq.gz")
    return TrainingJob(dataset, named, TrainingRun(files, "user", settings, folder / dataset / named.name, force))


def plain_of(override: str) -> dict[str, Any]:
    """What a worker reads of an override, once Hydra has parsed it."""
    parsed = OverridesParser.create().parse_override(override)
    assert parsed.key_or_group == "job"
    content: dict[str, Any] = json.loads(zlib.decompress(base64.urlsafe_b64decode(str(parsed.value()))))
    return content
