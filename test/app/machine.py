"""The processor and the GPU of this machine, by what the system says."""
import platform
import subprocess


def ask(*command):
    """First line of what a command prints, or nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.splitlines()[0].strip() if done.returncode == 0 and done.stdout.strip() else ""


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def card():
    """Name, driver and memory of the first GPU, by nvidia-smi; empty without one."""
    answer = ask("nvidia-smi", "-i", "0", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")
    return [part.strip() for part in answer.split(",")] if answer else []
