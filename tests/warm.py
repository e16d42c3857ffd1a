"""Commands as a user types them, each in a process of its own that need not import torch again.

Most of what a short command takes is the import of torch, Lightning and their like. A server that has imported them
forks a process for each command, which then runs the script as Python does: ``__main__``, arguments, output, exit code,
handlers at exit. Tests of start-up, signals and memory start Python itself.
"""

import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PRELOADED = (
    "torch._dynamo", "pytorch_lightning.callbacks", "pytorch_lightning.loggers", "torchmetrics.classification",
    "pandas", "matplotlib.pyplot", "numba", "scipy.stats", "scipy.optimize", "sklearn.linear_model",
    "captum.attr", "pyjaspar", "pydantic", "google.protobuf.descriptor_pb2", "hydra.main", "jinja2", "pyfaidx",
)  # fmt: skip
"""Other people's packages only: each command imports the modules of ``demo``, in its own order. Not wandb, whose import
makes a folder that the first process to end removes."""

_server: tuple[subprocess.Popen[bytes], socket.socket] | None = None


def python(
    *words: object, cwd: Path = ROOT, stdin: bytes = b"", timeout: float = 300, **environment: str | None
) -> subprocess.CompletedProcess[str]:
    """Run ``python`` with these words.

    Args:
        words: a script of the top level (``train.py``) or ``-m`` and a module, then the arguments.
        cwd: where.
        stdin: less than 64 kB.
        timeout: in seconds, after which the command is killed and the test fails.
        environment: on top of that of the tests, without ``DEMO_DATA``; ``None`` removes a variable.
    """
    global _server
    if _server is None or _server[0].poll() is not None:
        here, there = socket.socketpair()
        with there:
            command = [sys.executable, __file__, str(there.fileno())]
            _server = subprocess.Popen(command, cwd=ROOT, pass_fds=[there.fileno()]), here
    _, connection = _server
    variables = {**os.environ, "DEMO_DATA": None, **environment}
    request = {
        "words": [str(word) for word in words],
        "cwd": str(cwd),
        "environment": {name: value for name, value in variables.items() if value is not None},
    }
    reading, writing = os.pipe()
    os.write(writing, stdin)
    os.close(writing)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors, open(reading, "rb") as begun:
        message = json.dumps(request).encode()
        files = [begun.fileno(), output.fileno(), errors.fileno()]
        socket.send_fds(connection, [len(message).to_bytes(4, "big")], files)
        connection.sendall(message)
        connection.settimeout(timeout)
        pid = int(connection.recv(16))
        try:
            code = int(connection.recv(16))
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            connection.recv(16)
            code = None
        printed = []
        for file in (output, errors):
            file.seek(0)
            printed.append(file.read().decode())
    if code is None:
        raise subprocess.TimeoutExpired(request["words"], timeout, *printed)
    return subprocess.CompletedProcess(request["words"], code, *printed)


def _serve(connection: socket.socket) -> None:
    """Fork a process for each request and tell how it ended; returns in that process, and in no other."""
    while True:
        length, files, *_ = socket.recv_fds(connection, 4, 3)
        if not length:
            os._exit(0)
        request = json.loads(connection.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
        pid = os.fork()
        if not pid:
            break
        for file in files:
            os.close(file)
        connection.sendall(b"%-16d" % pid)
        _, status = os.waitpid(pid, 0)
        connection.sendall(b"%-16d" % os.waitstatus_to_exitcode(status))
    connection.close()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = request["words"]


if __name__ == "__main__":
    for name in PRELOADED:
        import_module(name)
    # Else a collection in a forked process would touch, and so copy, all of it.
    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    # The rest is the command's: it ends as a script that was typed.
    if sys.argv[0] == "-m":
        sys.argv = sys.argv[1:]
        sys.path[0] = os.getcwd()
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
        runpy.run_path(sys.argv[0], run_name="__main__")
