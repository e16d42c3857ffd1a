"""A wheel is the whole product: command, configuration, templates, plugins."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("dist")))))


def test_it_holds_every_file_that_a_checkout_has(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        entry_points = archive.read(next(n for n in archive.namelist() if n.endswith("entry_points.txt"))).decode()
    here = {path.relative_to(ROOT / "src").as_posix() for path in files_of(ROOT / "src")}
    here |= {f"demo/{path.relative_to(ROOT).as_posix()}" for path in files_of(ROOT / "conf")}
    assert held == here
    assert "deep-motif = demo.__main__:main" in entry_points


def files_of(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts and p.suffix != ".pyc"]


def test_hydra_finds_the_configuration_in_it(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = (
        "from demo.commands.command_line import CONF\n"
        "from hydra import compose, initialize_config_module\n"
        "print(CONF)\n"
        "with initialize_config_module('demo.conf', version_base='1.3'):\n"
        "    print(compose('train', ['model=deepbind']).search.samples)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path)}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(tmp_path / "demo" / "conf"), "8"]
