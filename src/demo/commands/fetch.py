"""``deep-motif fetch``: download DeepBind's data sets."""

import logging
from pathlib import Path
from typing import BinaryIO

from omegaconf import DictConfig, ListConfig
from tqdm import tqdm

from demo.data.catalogue import TEST_SUFFIX, TRAIN_SUFFIX
from demo.data.fetch.archive import extract, is_there, members_of, opened
from demo.data.fetch.remote_file import open_remote
from demo.data.sources import DEFAULT_FOLDER
from demo.utils.checks import flag
from demo.utils.environment import typed
from demo.utils.errors import DemoError
from demo.utils.files import checksums, read_json, write_json
from demo.utils.text_files import cannot_read

SITE = "http://tools.genes.toronto.edu/deepbind/nbtcode"
"""The page of DeepBind's authors that links and describes the archive."""

FETCHED = "fetched.json"
"""In the data folder: SHA-256, size and URL of each fetched file."""

_log = logging.getLogger(__name__)


def fetch_command(config: DictConfig) -> None:
    """Fetch the data sets that ``tf=`` names and that are not on disk.

    The archive has no published checksums. Those of fetched files are kept in ``fetched.json`` next to them, and a file
    that differs the next time is reported.

    Args:
        config: ``conf/fetch.yaml`` with the command's overrides.

    Raises:
        DemoError: the archive is unreachable or damaged, has no such set, or other files with these names exist.
    """
    force = flag("force", config.force)
    folder = Path(str(config.out or DEFAULT_FOLDER))
    url = str(config.url)
    wanted = [str(word) for word in config.tf] if isinstance(config.tf, ListConfig) else str(config.tf).split(",")
    try:
        with _archive_file(url, folder) as file, opened(file, url) as archive:
            members = members_of(archive, url, wanted, config.cell)
            missing = [member for member in members if not is_there(member, folder / member.file_name)]
            differing = [member.file_name for member in missing if (folder / member.file_name).exists()]
            if differing and not force:
                raise DemoError(
                    "Other files with these names exist.", where=str(folder), exists=differing[:5], fix="force=true"
                )
            with tqdm(
                total=sum(member.entry.file_size for member in missing), unit="B", unit_scale=True, disable=None
            ) as bar:
                for member in missing:
                    bar.set_description(member.data_set[:40])
                    extract(archive, member, folder / member.file_name, bar)
                    _note_checksum(folder / member.file_name, url)
    except DemoError as error:
        raise _with_way_by_hand(error, folder) from error
    _log.info(
        "Data sets in %s: %d of those requested.\nFiles fetched: %d; already there: %d.\nNext: %s 'tf=?'",
        folder, len({member.data_set for member in members}), len(missing), len(members) - len(missing), typed("train"),
    )  # fmt: skip


def _note_checksum(path: Path, url: str) -> None:
    """Record the SHA-256 of a fetched file; warn if it differs from an earlier one."""
    note = path.with_name(FETCHED)
    recorded = read_json(note) if note.exists() else {}
    sha256 = checksums(path)[path.name]
    before = recorded.get(path.name)
    if isinstance(before, dict) and before.get("sha256") != sha256:
        _log.warning("%s differs from what was fetched from %s before.", path, before.get("url"))
    write_json(note, {**recorded, path.name: {"sha256": sha256, "bytes": path.stat().st_size, "url": url}})


def _archive_file(url: str, folder: Path) -> BinaryIO:
    if url.startswith(("http://", "https://")):
        return open_remote(url, folder)
    try:
        return open(url, "rb")
    except (OSError, ValueError) as error:
        raise cannot_read(Path(url), error) from error


def _with_way_by_hand(error: DemoError, folder: Path) -> DemoError:
    """An error that says how to go on without a network."""
    if error.fix is not None or error.exists is not None:
        return error
    by_hand = (
        f"the same command again, which resumes. Without a network: download the archive of {SITE} "
        f"elsewhere and give it as url=<file>.zip, or put its files <name>{TRAIN_SUFFIX} and <name>{TEST_SUFFIX} into "
        f"{folder}/"
    )
    return DemoError(error.what, where=error.where, fix=by_hand)
