"""Where the tests find the real data that are not part of this repository."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real ChIP-seq sets and MEME's outputs: ``$DEMO_SHARED``, else ``../shared``."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("DEMO_SHARED", root.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"real data are not here: set DEMO_SHARED (looked in {folder})")
    return folder
