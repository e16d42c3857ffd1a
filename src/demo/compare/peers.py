"""Motifs that another program found in the same peaks, such as STREME or MEME-ChIP, to be compared like ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from demo.compare.comparison import COMPARED
from demo.compare.tomtom import has_information
from demo.motifs.formats import read_motifs
from demo.motifs.motif import Motif
from demo.utils.errors import DemoError, SettingError

_MOST = 5  # of a program, in the order of its file: the best first
_NAME = re.compile(r"[a-z][a-z0-9]*")
_OURS = {*COMPARED, "full", "headline", "class", "filter", "modisco"}


@dataclass(frozen=True)
class Peer:
    """A motif of another program.

    Attributes:
        kind: the program as the user named it for its first motif, ``streme``; ``streme_2`` for the second, and so on.
        motif: named by the kind; its second name is what the file calls it.
        file: that it is from.
    """

    kind: str
    motif: Motif
    file: str

    @property
    def is_first(self) -> bool:
        """Whether it is the program's first motif, the one that studies report."""
        return "_" not in self.kind


def read_peers(named: Sequence[str], dataset: str) -> list[Peer]:
    """The first motifs of other programs.

    Args:
        named: ``<program>=<file>`` each, of any motif format; ``<program>=<folder>`` for the file there that has the
            name of the data set, such as ``<data set>.txt``.
        dataset: that name.

    Returns:
        Up to five motifs of each program; flat ones are left out.

    Raises:
        SettingError: one is not of this form, or a program has the name of one of our kinds of motif.
        DemoError: there is no such file, or it cannot be read.
    """
    peers = []
    for one in named:
        program, _, text = one.partition("=")
        if not _NAME.fullmatch(program) or program in _OURS or not text:
            raise SettingError(
                "motif.peers",
                f"is {one!r}.",
                "a program, in small letters and digits, = and its file; not the name of one of our kinds of motif",
                "streme=streme.txt",
            )
        path = _of_dataset(Path(text).expanduser(), dataset)
        motifs = [motif for motif in read_motifs(path) if has_information(motif)]
        for number, motif in enumerate(motifs[:_MOST], 1):
            kind = program if number == 1 else f"{program}_{number}"
            peers.append(Peer(kind, replace(motif, name=kind, alt_name=f"{program} {motif.name}"), str(path)))
    return peers


def _of_dataset(path: Path, dataset: str) -> Path:
    """The file, or the one in the folder that has the name of the data set."""
    if not path.is_dir():
        return path
    files = [file for file in sorted(path.iterdir()) if file.name.startswith(f"{dataset}.")]
    if len(files) != 1:
        raise DemoError(
            f"This folder of motif.peers has {len(files) or 'no'} files named by the data set.",
            where=str(path),
            exists=[file.name for file in files] or sorted(file.name for file in path.iterdir())[:5],
            fix=f"one file {dataset}.txt",
        )
    return files[0]
