"""Weight files in both directions: what is written here must be read there, and the reverse, and give the same picture."""
import subprocess
import sys

import torch
from safetensors.torch import load_file, save_file
from spandrel import ModelLoader

import pictures
from rows import drawn
from workspace import NEVER, Workspace, find_program

LARGEST_DIFFERENCE = 1e-4  # relative, float32
DRIVER = find_program("SR_NETWORK_OUTPUT", "build/release/test/network_output")


def difference(found, wanted):
    if found.shape != wanted.shape:
        return float("inf")
    return ((found - wanted).abs().max() / wanted.abs().max()).item()


class Exchange:
    """One line of the table a network and scale."""

    def __init__(self, folder):
        self.checks = self.failures = 0
        self.work = Workspace()
        self.work.use_folder(folder)
        self.work.device = "cpu"
        self.folder = folder
        torch.manual_seed(0)

    @staticmethod
    def heading():
        return ("| network | scale | read there: safetensors | ema | pth | read here: safetensors | pth | largest difference |\n"
                "|---|---|---|---|---|---|---|---|")

    def line(self, row, scale):
        self.worst = 0.0
        torch.manual_seed(0)
        self.lq = torch.rand(1, 3, *row.lq_sides)
        save_file({"lq": self.lq}, self.folder / "lq.safetensors")
        files = self.written_here(row, scale)
        cells = [self.checked(self.read_there, row, scale, file) for file in files]
        cells += [self.checked(self.read_here, row, scale, file) for file in self.written_there(row, scale)]
        return f"| {row.title()} | {scale} | {' | '.join(cells)} | {self.worst:.1e} |"

    def checked(self, check, row, scale, file):
        self.checks += 1
        try:
            found = check(row, scale, file)
        except Exception as error:  # whatever a loader throws is a failure of this file alone
            text = f"{type(error).__name__}: {error}".replace("\n", " ").replace("|", "/")
            print(f"{row.title()} x{scale}, {file.name}: {text}", file=sys.stderr)
            found = float("inf")
        self.worst = max(self.worst, found)
        good = found <= LARGEST_DIFFERENCE
        self.failures += not good
        return "yes" if good else "NO"

    def written_here(self, row, scale):
        """A step of training of each format; the file with raw weights, that with averages, and a .pth with both."""
        pairs = pictures.make_pairs(self.folder / f"x{scale}", 2, 24, scale)
        runs = {}
        for file_format in ("safetensors", "pth"):
            runs[file_format] = f"{row.type}_{scale}_{file_format}"
            config = self.work.config(
                runs[file_format], 1, 1, scale=scale, network_g={"type": row.type, **row.options},
                datasets={"train": {**pairs, "lq_size": 16, "batch_size_per_gpu": 1}, "val": None},
                val={"val_enabled": False},
                logger={"print_freq": 1, "save_checkpoint_freq": NEVER, "save_checkpoint_format": file_format,
                        "use_tb_logger": False})
            self.work.train(config)
        models = {name: self.work.experiment(run) / "models" for name, run in runs.items()}
        return [models["safetensors"] / "net_g_1.safetensors", models["safetensors"] / "net_g_ema_1.safetensors",
                models["pth"] / "net_g_1.pth"]

    def written_there(self, row, scale):
        if not row.peer_files:
            return []
        torch.manual_seed(1)
        self.peer = drawn(row.make(scale)).eval()
        with torch.no_grad():
            self.wanted = self.peer(self.lq)  # some classes bring their buffers up to date here
        state = {name: tensor.contiguous() for name, tensor in self.peer.state_dict().items()}
        files = [self.folder / f"peer_{row.type}_{scale}.{end}" for end in ("safetensors", "pth")]
        save_file(state, files[0])
        torch.save({"params": state}, files[1])
        return files

    def read_here(self, row, scale, file):
        return difference(self.output_here(row, scale, file), self.wanted)

    def read_there(self, row, scale, file):
        state = self.state_of(file)
        if row.architecture:
            model = ModelLoader(torch.device("cpu")).load_from_file(file)
            found = (model.architecture.id, model.scale, model.input_channels, model.output_channels)
            if found != (row.architecture, scale, 3, 3):
                raise AssertionError(f"taken for {found}")
            network = model.model.eval()
        else:
            network = row.make(scale)
            network.load_state_dict(row.peer_names(state))
            network.eval()
        with torch.no_grad():
            output = network(self.lq)
        worst = difference(self.output_here(row, scale, file), output)
        derived = network.state_dict()
        for name in state:
            if any(part in name for part in row.derived):
                worst = max(worst, difference(state[name], derived[name]))
        return worst

    @staticmethod
    def state_of(file):
        """The weights that loaders take: of a .pth the averaged ones."""
        return load_file(file) if file.suffix == ".safetensors" else torch.load(file)["params_ema"]

    def output_here(self, row, scale, file):
        """What the network of this program makes of the LQ image with the weights of a file."""
        output = self.folder / "output.safetensors"
        output.unlink(missing_ok=True)
        done = subprocess.run([DRIVER, file, self.folder / "lq.safetensors", output], capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(done.stderr.strip()[-400:] or done.stdout.strip()[-400:])
        if f"{row.type} x{scale}" not in done.stdout:
            print(f"{file.name}: taken for {done.stdout.strip()}", file=sys.stderr)
        return load_file(output)["output"]
