"""Motifs that another program found in the same peaks, such as STREME or MEME-ChIP, to be compared like ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from demo.compare.comparison import COMPARED
from demo.compare.tomtom import has_information
from demo.motifs.formats import read_motifs
from demo.motifs.motif import Motif
from demo.utils.errors import SettingError

_MOST = 5  # of a program, in the order of its file: the best first
_NAME = re.compile(r"[a-z][a-z0-9]*")
_OURS = {*COMPARED, "full", "class", "filter", "modisco"}


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


def read_peers(files: Mapping[str, str], dataset: str) -> list[Peer]:
    """The first motifs of other programs.

    Args:
        files: by program, of any motif format; ``{dataset}`` in a path stands for the name of the data set.
        dataset: that name.

    Returns:
        Up to five motifs of each program, those without information left out.

    Raises:
        SettingError: the name of a program is not one, or is that of a kind of our motifs.
        DemoError: a file cannot be read.
    """
    peers = []
    for program, pattern in files.items():
        if not _NAME.fullmatch(program) or program in _OURS:
            raise SettingError(
                f"motif.peers.{program}",
                "is no name for a program.",
                "small letters and digits, and none of our kinds of motif",
                "'motif.peers={streme: streme.txt}'",
            )
        path = pattern.replace("{dataset}", dataset)
        motifs = [motif for motif in read_motifs(Path(path)) if has_information(motif)]
        for number, motif in enumerate(motifs[:_MOST], 1):
            kind = program if number == 1 else f"{program}_{number}"
            peers.append(Peer(kind, replace(motif, name=kind, alt_name=f"{program} {motif.name}"), path))
    return peers
