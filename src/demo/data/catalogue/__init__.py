"""The available data sets, and the one that ``tf=`` means."""

from demo.data.catalogue.choice import DEFAULT_CELL_LINE, Resolution, UnknownTF, listing, resolve
from demo.data.catalogue.sets import (
    TEST_SUFFIX,
    TRAIN_SUFFIX,
    DataSet,
    PublishedAuc,
    described,
    on_disk,
    published,
    to_hydra,
)

__all__ = [
    "DEFAULT_CELL_LINE",
    "TEST_SUFFIX",
    "TRAIN_SUFFIX",
    "DataSet",
    "PublishedAuc",
    "Resolution",
    "UnknownTF",
    "described",
    "listing",
    "on_disk",
    "published",
    "resolve",
    "to_hydra",
]
