"""Small runs of several ranks, and what they have to end with."""
import contextlib
import hashlib
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "test/app"))

from workspace import PROGRAM, Workspace, rank_environments  # noqa: E402

STEPS = 60

# Where a rank is killed: a function of the program, and how often a run of STEPS calls it at least.
MOMENTS = {"take": ("sr::Loader::take", 60), "attempt": ("sr::TrainStep::attempt", 60), "vote": ("sr::Ranks::vote", 60),
           "answer": ("sr::Mailbox::collect", 120), "reduce": ("sr::Ranks::sum", 60), "commit": ("sr::TrainStep::commit", 60), "save": ("sr::Saver::save", 12),
           "validation": ("sr::Validator::run", 6)}


class Runs(Workspace):
    def __init__(self, folder):
        self.use_folder(folder)
        self.environment["OMP_NUM_THREADS"] = "1"

    def setting(self, name, **sections):
        """Saves and validates often, so that whoever is killed is often killed in the middle of that."""
        sections.setdefault("steps", STEPS)
        return self.config(name, save=5, deterministic=True, val={"val_freq": 10, "save_img": False}, **sections)

    def result(self, name):
        weights = self.experiment(name) / f"models/net_g_{STEPS}.safetensors"
        return hashlib.sha256(repr(sorted(self.weights(STEPS, name).items())).encode()).hexdigest() if weights.exists() else "none"

    def alone(self, ranks):
        name = f"alone_{ranks}"
        self.train(self.setting(name), "--as-ranks", str(ranks))
        return self.result(name)

    def by_hand(self, config, ranks=2, restart=0, arguments=(), prefix=lambda rank: (), address="127.0.0.1", hosts=1):
        """The processes of a run that nothing but environment variables holds together."""
        more = {"TORCHELASTIC_RESTART_COUNT": str(restart)} if restart else {}
        processes = []
        for rank, environment in enumerate(rank_environments(self.environment, ranks, address, hosts, **more)):
            processes.append(subprocess.Popen([*prefix(rank), str(PROGRAM), "--config", str(config), *arguments], cwd=self.folder,
                                              env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
        return processes

    def launched(self, command, name):
        """A run under a launcher: what its weights are, and what it said when it failed."""
        done = subprocess.run([*command, str(PROGRAM), "--config", str(self.setting(name))], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, timeout=300)
        return self.result(name) if done.returncode == 0 else f"exit {done.returncode}: {done.stderr[-300:]}"


def ended(processes, seconds):
    """Exit codes and what was said; None for who has not ended by then, who is killed."""
    codes, said = [], []
    for process in processes:
        try:
            said.append(process.communicate(timeout=seconds)[1])
            codes.append(process.returncode)
        except subprocess.TimeoutExpired:
            process.kill()
            said.append(process.communicate()[1])
            codes.append(None)
    return codes, said


def dies_at(function, number):
    """What a program is started with to be killed when it calls a function for the `number`-th time."""
    return ("gdb", "-nx", "-q", "-batch", "-iex", "set auto-solib-add off", "-iex", "set debuginfod enabled off", "-ex", f"break {function}",
            "-ex", f"ignore 1 {number - 1}", "-ex", "run", "-ex", "kill", "--args")


def killed_once(runs, name, seed, moment=None):
    """Kills one rank at a random time, or in one of MOMENTS, and starts all again as a launcher would; returns what went wrong, or ''."""
    chance = random.Random(seed)
    victim = chance.randrange(2)
    config = runs.setting(name)
    if moment:
        function, times = MOMENTS[moment]
        when = f"at {moment} number {chance.randrange(1, times)}"
        debugger = dies_at(function, int(when.split()[-1]))
        processes = runs.by_hand(config, arguments=("--rank-timeout", "20"), prefix=lambda rank: debugger if rank == victim else ())
        finished = False
    else:
        seconds = chance.uniform(0.3, runs.usual_seconds)
        when = f"after {seconds:.2f} s"
        processes = runs.by_hand(config, arguments=("--rank-timeout", "20"))
        with contextlib.suppress(subprocess.TimeoutExpired):
            processes[victim].wait(timeout=seconds)
        finished = processes[victim].poll() is not None
        processes[victim].kill()
    codes, said = ended(processes, 60)
    other = codes[1 - victim]
    if other is None:
        return f"rank {1 - victim} hangs after rank {victim} was killed {when}"
    if not finished and other not in ((8,) if moment else (0, 8)):
        return f"exit {other} of rank {1 - victim} after rank {victim} was killed {when}: {said[1 - victim][-200:]}"
    codes, said = ended(runs.by_hand(config, restart=1), 120)
    if codes != [0, 0]:
        return f"the restart ended with {codes}: {said[0][-200:]}{said[1][-200:]}"
    return ""
