"""What starts the ranks: PyTorch's torchrun, Open MPI's mpirun, Slurm's srun on a cluster of this machine, two hosts."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import time


def torchrun():
    found = os.environ.get("SR_TORCHRUN") or shutil.which("torchrun")
    return [found, "--standalone", "--nproc-per-node=2", "--no-python"] if found else None


def mpirun():
    return ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", "2"] if shutil.which("mpirun") else None


@contextlib.contextmanager
def slurm(folder):
    """A Slurm cluster of one node, for the time of the block; yields the launcher, None where Slurm is not installed."""
    if not all(shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin") for name in ("srun", "slurmctld", "slurmd", "munged")):
        yield None
        return
    folder = pathlib.Path(folder) / "slurm"
    host = socket.gethostname().split(".")[0]
    for name in ("state", "spool", "run"):
        (folder / name).mkdir(parents=True)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    socket_path = folder / "run/munge.socket"
    configuration = folder / "slurm.conf"
    configuration.write_text(f"""ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthInfo=socket={socket_path}
CredType=cred/munge
SlurmctldPidFile={folder}/run/ctld.pid
SlurmdPidFile={folder}/run/d.pid
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPort=16817
SlurmdPort=16818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
NodeName={host} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
""")
    environment = {**os.environ, "SLURM_CONF": str(configuration), "PATH": os.environ["PATH"] + ":/usr/sbin"}
    started = []

    def start(*command):
        started.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    try:
        start("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={socket_path}", f"--pid-file={folder}/run/munged.pid",
              f"--log-file={folder}/run/munged.log", f"--seed-file={folder}/run/munged.seed")
        start("slurmctld", "-D", "-f", str(configuration))
        start("slurmd", "-D", "-f", str(configuration), "-N", host)
        deadline = time.monotonic() + 60
        while subprocess.run(["sinfo", "-h", "-t", "idle", "-o", "%D"], env=environment, capture_output=True, text=True).stdout.strip() != "1":
            if time.monotonic() > deadline:
                raise AssertionError(f"the Slurm node did not get idle: see {folder}")
            time.sleep(0.5)
        yield ["env", f"SLURM_CONF={configuration}", "srun", "--ntasks=2", "--overcommit", "--kill-on-bad-exit=1"]
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()


class Hosts:
    """Two network namespaces with a cable between them."""
    ADDRESSES = ("10.213.7.1", "10.213.7.2")

    def __init__(self):
        self.names = [f"sr-host{number}-{os.getpid()}" for number in range(2)]

    @staticmethod
    def possible():
        return bool(shutil.which("ip", path=os.environ["PATH"] + ":/usr/sbin")) and os.geteuid() == 0

    def ip(self, *arguments):
        subprocess.run(["ip", *arguments], check=True, capture_output=True)

    def __enter__(self):
        for name in self.names:
            self.ip("netns", "add", name)
        ends = [f"sr{os.getpid()}{letter}" for letter in "ab"]
        self.ip("link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
        for name, end, address in zip(self.names, ends, self.ADDRESSES):
            self.ip("link", "set", end, "netns", name)
            self.ip("-n", name, "addr", "add", f"{address}/24", "dev", end)
            self.ip("-n", name, "link", "set", end, "up")
            self.ip("-n", name, "link", "set", "lo", "up")
        self.cable = (self.names[0], ends[0])
        return self

    def __exit__(self, *_):
        for name in self.names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)

    def prefix(self, rank):
        return ("ip", "netns", "exec", self.names[rank])

    def cut(self):
        self.ip("-n", self.cable[0], "link", "set", self.cable[1], "down")
