"""One FASTA a class, joined to the table of labelled sequences that a data set consists of."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

from demo.sequences.fasta import iterate_fasta
from demo.utils.errors import DemoError
from demo.utils.files import files_in, make_folder, write_text
from demo.utils.text_files import require_regular

SUFFIXES = (".fa", ".fasta", ".fna", ".faa", ".fas")
"""Of the files of a folder with one for each class, before ``.gz`` if there is one."""

READ_FROM = "read_from"
"""Column of a joined table: file and line of a sequence, for errors."""


def class_files(given: object, folder: Path | None) -> dict[str, Path]:
    """Label to FASTA, of a mapping or of a folder with a file for each class, ``EI.fa`` and ``IE.fa.gz``.

    Args:
        given: the mapping, or the folder.
        folder: where files are looked for, if they are not where the mapping says.

    Raises:
        DemoError: a file is not there, is given for two classes, or there are fewer than two.
    """
    files: dict[str, Path] = {}
    if isinstance(given, Path):
        for file in files_in(given, "*"):
            name = file.name.removesuffix(".gz")
            if name.endswith(SUFFIXES):
                label = name.rpartition(".")[0]
                if label in files:
                    raise DemoError(
                        f"Two files are of the class {label!r}: {files[label].name}, {file.name}.", where=str(given)
                    )
                files[label] = file
        example = f"a file for each class, whose name is the label, with one of the endings {', '.join(SUFFIXES)}"
    elif isinstance(given, Mapping):
        files = {str(label): _there(str(label), file, folder) for label, file in given.items()}
        example = "'data.path={EI: ei.fa, IE: ie.fa}'"
    else:
        raise DemoError(
            f"data.path= is {given!r}, which does not say which class a file is of.",
            fix="'data.path={EI: ei.fa, IE: ie.fa}', or a folder with a FASTA file for each class",
        )
    if len(files) < 2:
        raise DemoError(
            "There must be FASTA files of two classes at least.",
            where=str(given) if isinstance(given, Path) else None,
            exists=[str(file) for file in files.values()] or "none",
            fix=example,
        )
    by_file: dict[Path, str] = {}
    for label, file in files.items():
        require_regular(file)
        if (other := by_file.setdefault(file.resolve(), label)) != label:
            raise DemoError(f"The classes {other!r} and {label!r} have the same file.", where=str(file))
    return files


def joined(files: Mapping[str, Path], folder: Path, name: str) -> Path:
    """Write the table of all sequences; its name has a checksum of its content, so that none is written over.

    Args:
        files: label to FASTA.
        folder: where the table is written.
        name: which its name begins with.

    Raises:
        DemoError: a file is no FASTA, or the table cannot be written.
    """
    text = io.StringIO()
    rows = csv.writer(text, delimiter="\t", lineterminator="\n")
    rows.writerow(("id", "sequence", "label", READ_FROM))
    for label, file in files.items():
        for record in iterate_fasta(file, as_written=True):
            rows.writerow((record.name, record.sequence, label, f"{file.name}, line {record.line}"))
    path = folder / f"{name}.{hashlib.sha256(text.getvalue().encode()).hexdigest()[:10]}.tsv"
    if not path.exists():
        make_folder(folder)
        write_text(path, text.getvalue())
    return path


def _there(label: str, file: object, folder: Path | None) -> Path:
    if not isinstance(file, str) or not file:
        raise DemoError(f"The file of the class {label!r} is {file!r}.", fix="'data.path={EI: ei.fa, IE: ie.fa}'")
    for path in (Path(file), *([folder / file] if folder else [])):
        if path.is_file():
            return path
    raise DemoError(f"There is no such file of the class {label!r}.", where=file)
