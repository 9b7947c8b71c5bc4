"""A group of processes that have only so much of the machine's memory: on the CPU it is what a card is on a GPU."""
import pathlib
import tempfile


class ControlGroup:
    """Made below this process's own group, by root as a rule; version 1 or 2."""

    def __init__(self, folder, limit_file, limit):
        self.folder = folder
        (folder / limit_file).write_text(str(limit))

    @classmethod
    def make(cls, limit):
        """Nothing where this process may not make one."""
        for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "":
                parent, limit_file = pathlib.Path("/sys/fs/cgroup" + path), "memory.max"
            elif "memory" in controllers.split(","):
                parent, limit_file = pathlib.Path("/sys/fs/cgroup/memory" + path), "memory.limit_in_bytes"
            else:
                continue
            try:
                folder = pathlib.Path(tempfile.mkdtemp(prefix="gpu_check-", dir=parent))
            except OSError:
                continue
            try:
                if (folder / limit_file).exists():
                    return cls(folder, limit_file, limit)
                folder.rmdir()
            except OSError:
                folder.rmdir()
        return None

    def add(self, process):
        (self.folder / "cgroup.procs").write_text(str(process.pid))

    def remove(self):
        self.folder.rmdir()
