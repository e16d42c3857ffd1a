"""Which matrices count as a TF's own: JASPAR's of its symbol or, where the user knows better, those that they name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from demo.compare.matches import FAMILY, HETERODIMER, OWN
from demo.compare.tomtom import has_information
from demo.motifs.formats import read_motifs
from demo.motifs.jaspar import (
    VERTEBRATES,
    JasparMatrix,
    core_matrices,
    core_motifs,
    matrices_of,
    relatives_of,
    releases,
    resolve_release,
)
from demo.motifs.motif import Motif
from demo.utils.errors import DemoError, SettingError, nearest

_ID = re.compile(r"(MA\d{4})(\.\d+)?", re.IGNORECASE)
_FILE = re.compile(r"[/\\]|\.(meme|txt|jaspar|transfac|pfm|gz)$", re.IGNORECASE)


@dataclass(frozen=True)
class KnownMatrices:
    """The known matrices of a TF.

    Args:
        tf: gene symbol, in any case.
        taxon: JASPAR's taxonomic group.
        named: ``motif.known``: instead of the TF's symbol, that of another factor (``"ELK1"``, ``"MAX::MYC"``) or the
            id of a matrix (``"MA0028.3"``; each release has its own version); or a file with motifs of the TF, which
            come before JASPAR's. ``None`` for the TF's symbol.

    Attributes:
        from_file: the motifs of the file, the primary one first.

    Raises:
        DemoError: the file cannot be read, or a motif in it is flat.
    """

    tf: str
    taxon: str = VERTEBRATES
    named: str | None = None
    from_file: tuple[Motif, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        if self.named is not None and (_FILE.search(self.named) or Path(self.named).is_file()):
            motifs = read_motifs(self.named)
            for motif in motifs:
                if not has_information(motif):
                    raise DemoError(f"The known motif {motif.name} is flat.", where=self.named)
            object.__setattr__(self, "from_file", tuple(motifs))

    @property
    def factor(self) -> str:
        """Whose matrices they are: the TF's, or the factor's that was named, also by a matrix."""
        if self.named is None or self.from_file:
            return self.tf
        names = (matrix.motif.alt_name for release in reversed(releases()) for matrix in self._named(release))
        return next(names, self.named)

    def own(self, release: str) -> list[Motif]:
        """The TF's own, the primary one first; empty if there is none.

        Raises:
            DemoError: there is no such release or taxon.
        """
        if self.named is None or self.from_file:
            return [*self.from_file, *matrices_of(self.tf, release, self.taxon)]
        return [matrix.motif for matrix in self._named(release)]

    def primary(self, release: str) -> Motif | None:
        """The first of its own; ``None`` if there is none."""
        return next(iter(self.own(release)), None)

    def relations(self, release: str) -> dict[str, str]:
        """Relation of each related matrix to the TF, by id.

        Raises:
            DemoError: there is no such release or taxon.
        """
        relatives = [relatives_of(symbol, release, self.taxon) for symbol in self._symbols(release)]
        # Of a factor of which one matrix is named, the others are the family's.
        same = [motif for symbol in self._symbols(release) for motif in matrices_of(symbol, release, self.taxon)]
        family = [motif for one in relatives for motif in one.family]
        heterodimers = [motif for one in relatives for motif in one.heterodimers]
        groups = ((FAMILY, [*family, *same]), (HETERODIMER, heterodimers), (OWN, self.own(release)))
        return {motif.name: relation for relation, group in groups for motif in group}

    def database(self, release: str) -> list[Motif]:
        """What Tomtom searches: all of the taxon's matrices, and the motifs of the file.

        Raises:
            DemoError: there is no such release or taxon.
        """
        given = {motif.name for motif in self.from_file}
        return [*(motif for motif in core_motifs(release, self.taxon) if motif.name not in given), *self.from_file]

    def check(self, years: Sequence[str]) -> None:
        """That what the user named is there.

        Args:
            years: releases of JASPAR that matter.

        Raises:
            SettingError: it is in none of them.
        """
        if self.named is None or self.from_file or any(map(self.own, years)):
            return
        years = sorted(set(map(resolve_release, years)))
        names = sorted({motif.alt_name for year in years for motif in core_motifs(year, self.taxon)})
        similar = nearest(self.named, names)
        raise SettingError(
            "motif.known",
            f"is {self.named!r}, which is no file, and no matrix or factor of JASPAR {', '.join(years)}.",
            similar or ["ids of matrices, symbols of factors", "files of motifs"],
            similar[0] if similar else "MA0028.3",
        )

    def _symbols(self, release: str) -> list[str]:
        """The factors that the matrices are of."""
        if self.named is None or self.from_file:
            return [self.tf]
        return sorted({partner for matrix in self._named(release) for partner in matrix.partners})

    def _named(self, release: str) -> list[JasparMatrix]:
        """The matrices that the user named by id or factor."""
        assert self.named is not None
        matrices = [matrix for matrix in core_matrices(release) if matrix.taxon == self.taxon.lower()]
        if identity := _ID.fullmatch(self.named):
            return [m for m in matrices if m.motif.name.partition(".")[0] == identity[1].upper()]
        partners = tuple(self.named.upper().split("::"))
        return sorted((m for m in matrices if m.partners == partners), key=lambda m: (m.variant, m.motif.name))
