"""The workspace of ``python -m demo dashboard``: what a server is sent, and that it shows what runs and sweeps log."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT
from demo.commands.doors import dashboard
from demo.utils.errors import DemoError
from wandb_log import documented

save_workspace = pytest.importorskip("demo.sweeps.workspace").save_workspace

VIEWER = {"id": "u", "entity": "lab", "username": "lab", "flags": "{}", "teams": {"edges": []}}


class Server(ThreadingHTTPServer):
    """Answers as W&B's does to someone who is logged in, and keeps the views that it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.views: list[dict[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        answer: dict[str, Any] = {"viewer": VIEWER}
        if b"upsertView" in body:
            self.server.views.append(json.loads(body)["variables"])
            answer = {"upsertView": {"view": {"id": "1", "name": self.server.views[-1]["name"]}, "inserted": True}}
        content = json.dumps({"data": answer}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def strings(value: Any) -> Iterator[str]:
    """All texts in JSON."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(inner)


@pytest.mark.slow
def test_the_command_sends_a_workspace_of_what_is_logged(server: Server, tmp_path: Path) -> None:
    import os

    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    done = subprocess.run(
        [sys.executable, "-m", "demo", "dashboard", "tf"], cwd=ROOT, capture_output=True, text=True, timeout=120,
        env={**kept, "WANDB_BASE_URL": f"http://127.0.0.1:{server.server_port}", "WANDB_API_KEY": "0" * 40},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith(f"http://127.0.0.1:{server.server_port}/lab/tf?nw=")
    (view,) = server.views
    assert (view["entityName"], view["projectName"], view["displayName"]) == ("lab", "tf", "Deep Motif")

    section = json.loads(view["spec"])["section"]
    sections = section["panelBankConfig"]["sections"]
    assert [each["name"] for each in sections] == ["Results", "Training", "Motifs", "Sweep"]
    logged = [*documented("What a run logs"), *documented("What a sweep logs")]
    prefix = re.compile(r"^summary(?:_metrics\.|:)|_table$")
    shown = {prefix.sub("", text) for text in strings([sections, section["runSets"]])}
    named = {text for text in shown if re.match(r"(train|val|best|test|deepbind|motif|sweep)/", text)}
    assert len(named) > 20
    assert [text for text in named if not any(re.fullmatch(name, text) for name in logged)] == []
    assert {"motifs", "study", "figure_2a", "config:model.value.conv_layers"} <= shown
    curves = {p["config"]["metrics"][0]: p["config"]["xAxis"] for each in sections for p in each["panels"]
              if p["viewType"] == "Run History Line Plot"}  # fmt: skip
    assert curves["train/learning_rate"] == "trainer/global_step" and curves["val/auroc"] == "epoch"
    assert curves["sweep/left"] == "sweep/done"


def test_without_a_server_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    with pytest.raises(DemoError, match="WANDB_MODE=offline"):
        save_workspace("tf", None, "x")
    monkeypatch.delenv("WANDB_MODE")
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    with pytest.raises(DemoError, match="not logged in"):
        save_workspace("tf", None, "x")


def test_without_the_package_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "demo.sweeps.workspace", None)
    monkeypatch.setattr(sys, "argv", ["deep-motif dashboard"])
    with pytest.raises(SystemExit):
        dashboard("dashboard")
    assert "deep-motif[dashboard]" in capsys.readouterr().err
