# SPDX-License-Identifier: GPL-2.0
"""A Slurm cluster of one node on loopback, for one test: no systemd, nothing of it outlives us."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol")
READY = 60  # seconds in which the daemons have to answer
CONFIG = """\
ClusterName=svacheck
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control}
SlurmdPort={daemon}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobRequeue=1
ReturnToService=2
SlurmdTimeout=10
KillWait=2
SchedulerParameters=sched_interval=2,batch_sched_delay=0
NodeName=worker NodeAddr=127.0.0.1 NodeHostname={host} CPUs={processors}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def lacking() -> list[str]:
    """Which of its programs are not installed."""
    path = os.environ.get("PATH", "") + ":/usr/sbin"
    return [name for name in NEEDED if not shutil.which(name, path=path)]


class Cluster:
    """To be used as a context; environment: with which Slurm's commands find it."""

    def __init__(self, folder: Path, processors: int = 2, more: str = "") -> None:
        """more: lines of slurm.conf besides those that it has."""
        self.folder = folder
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf")}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("state", "spool"):
            (folder / name).mkdir(parents=True)
        folder.chmod(0o755)
        (folder / "key").write_bytes(secrets.token_bytes(64))
        (folder / "key").chmod(0o400)
        control, daemon = _free_ports(2)
        text = CONFIG.format(
            host=socket.gethostname().split(".")[0],
            control=control,
            daemon=daemon,
            folder=folder,
            processors=processors,
        )
        (folder / "slurm.conf").write_text(text + more)

    def __enter__(self) -> Cluster:
        try:
            self._start(
                "munged",
                "--foreground",
                "--force",
                f"--key-file={self.folder}/key",
                f"--socket={self.folder}/munge.socket",
                f"--pid-file={self.folder}/munged.pid",
                f"--seed-file={self.folder}/munged.seed",
                f"--log-file={self.folder}/munged.log",
            )
            self._until("munged", lambda: (self.folder / "munge.socket").exists())
            self._start("slurmctld", "-D", "-c")
            self.start_node()
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        for name in ("slurmd", "slurmctld", "munged"):
            if name in self._running:
                self._end(name)
        self._end_steps()

    def start_node(self) -> None:
        """Start the node's daemon, and wait until jobs can run there."""
        self._start("slurmd", "-D", "-N", "worker")
        self._until("slurmd", self._idle)

    def kill_node(self) -> None:
        """The node dies, and all that runs on it."""
        self._end("slurmd")
        self._end_steps()
        self.tell("scontrol", "update", "nodename=worker", "state=down", "reason=killed")

    def revive_node(self) -> None:
        """It is there again."""
        self._start("slurmd", "-D", "-N", "worker")
        self.tell("scontrol", "update", "nodename=worker", "state=resume", failing=True)
        self._until("slurmd", self._idle)

    def tell(self, *argv: str, failing: bool = False) -> str:
        """Ask Slurm, by one of its commands."""
        done = subprocess.run(
            argv, env={**os.environ, **self.environment}, capture_output=True, text=True, timeout=60
        )
        assert failing or done.returncode == 0, f"{argv}: {done.stderr}"
        return done.stdout

    def _idle(self) -> bool:
        state = self.tell("sinfo", "--noheader", "--format=%T", failing=True).strip()
        return state in ("idle", "mixed", "allocated", "completing")

    def _start(self, name: str, *options: str) -> None:
        path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
        assert path, name
        with open(self.folder / f"{name}.out", "ab") as out:
            self._running[name] = subprocess.Popen(
                [path, *options],
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _end(self, name: str) -> None:
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def _end_steps(self) -> None:
        """slurmstepd, and what it has started, are no children of the daemon."""
        mark = f"SLURM_CONF={self.folder}/slurm.conf".encode()
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                mine = mark in (entry / "environ").read_bytes().split(b"\0")
                said = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if mine and (b"slurmstepd" in said or b"SLURM_JOB_ID=" in _environ(entry)):
                try:
                    os.kill(int(entry.name), 9)
                except ProcessLookupError:
                    pass

    def _until(self, name: str, holds: object) -> None:
        end = time.monotonic() + READY
        while not holds():  # type: ignore[operator]
            process = self._running[name]
            assert process.poll() is None, f"{name}: {self._said(name)}"
            assert time.monotonic() < end, f"{name} does not get ready: {self._said(name)}"
            time.sleep(0.1)

    def _said(self, name: str) -> str:
        files = [self.folder / f"{name}.{end}" for end in ("out", "log")]
        return " ".join(file.read_text()[-2000:] for file in files if file.exists())


def _environ(entry: Path) -> bytes:
    try:
        return (entry / "environ").read_bytes()
    except OSError:
        return b""


def _free_ports(number: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports
