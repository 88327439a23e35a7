"""A PostgreSQL server of its own for the tests, on a free port of this machine."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

UNPRIVILEGED = "postgres"
SECONDS = 60


def binaries():
    """Folder of the server's programs, or None."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    folders = [*installed, *([Path(on_path).parent] if on_path else [])]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def install():
    """Debian's server, where this may be installed; why not, if it may not."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "PostgreSQL is not installed, and only root can: apt-get install postgresql"
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql"]
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update", "-qq"], command):
        done = subprocess.run(step, env=quiet, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"{' '.join(step)} failed: {done.stderr.strip().splitlines()[-1:]}"
    return None


def _as_ordinary_user():
    """Arguments for `subprocess.run`: the server refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(UNPRIVILEGED)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(*command, where):
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        check=False,
        text=True,
        cwd=where,
        timeout=SECONDS,
        **_as_ordinary_user(),
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def server():
    """Address of a fresh server, without the name of a database."""
    why_not = install() if binaries() is None else None
    if why_not:
        pytest.skip(why_not)
    programs, port = binaries(), _free_port()
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        if os.geteuid() == 0:
            user = pwd.getpwnam(UNPRIVILEGED)
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = Path(folder) / "data"
        _run(programs / "initdb", "-D", data, "-U", "keeper", "-A", "trust", "-N", where=folder)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        start = ["-D", data, "-o", options, "-l", Path(folder) / "log", "-w", "start"]
        _run(programs / "pg_ctl", *start, where=folder)
        try:
            yield f"postgresql://keeper@127.0.0.1:{port}"
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop", where=folder)
