"""Weight files in both directions: what is written here must be read there, and the reverse, and give the same picture."""
import subprocess
import sys
import tempfile

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
        self.work.device = "cpu"
        self.work.timeout_s = 3600
        self.folder = folder

    @staticmethod
    def heading():
        return ("| network | scale | read there: safetensors | ema | pth | read here: safetensors | pth | largest difference |\n"
                "|---|---|---|---|---|---|---|---|")

    def line(self, row, scale):
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:  # the files of all rows are tens of gigabytes
            self.work.use_folder(folder)
            return self.compared(row, scale)

    def compared(self, row, scale):
        self.worst = 0.0
        torch.manual_seed(0)
        self.lq = torch.rand(1, 3 * row.frames, *row.lq_sides)
        checks = [(self.read_there, file) for file in self.written_here(row, scale)]
        checks += [(self.read_here, file) for file in self.written_there(row, scale)]
        self.run_driver([file for _, file in checks])
        cells = [self.checked(check, row, scale, file) for check, file in checks]
        cells += ["-"] * (5 - len(cells))
        return f"| {row.title()} | {scale} | {' | '.join(cells)} | {self.worst:.1e} |"

    def checked(self, check, row, scale, file):
        self.checks += 1
        try:
            found = check(row, scale, file)
        except Exception as error:  # whatever a loader throws is a failure of this file alone
            self.say(row, scale, file, f"{type(error).__name__}: {error}".replace("\n", " ").replace("|", "/"))
            found = float("inf")
        self.worst = max(self.worst, found)
        good = found <= LARGEST_DIFFERENCE
        self.failures += not good
        return "yes" if good else "NO"

    @staticmethod
    def say(row, scale, file, text):
        print(f"{row.title()} x{scale}, {file.name}: {text}", file=sys.stderr, flush=True)

    def written_here(self, row, scale):
        """A step of training of each format; the file with raw weights, that with averages, and a .pth with both."""
        pairs = pictures.make_pairs(self.work.folder / f"x{scale}", row.frames + 1, 24, scale, row.frames)
        runs = {}
        for file_format in ("safetensors", "pth"):
            runs[file_format] = f"{row.type}_{scale}_{file_format}"
            config = self.work.config(
                runs[file_format], 1, 1, scale=scale, network_g={"type": row.type, **row.options},
                datasets={"train": {**pairs, "lq_size": 8, "batch_size_per_gpu": row.batch}, "val": None},
                val={"val_enabled": False},
                logger={"print_freq": 1, "save_checkpoint_freq": NEVER, "save_checkpoint_format": file_format,
                        "use_tb_logger": False})
            try:
                self.work.train(config)
            except AssertionError as error:  # the files are missed by what reads them
                self.say(row, scale, config, str(error))
        models = {name: self.work.experiment(run) / "models" for name, run in runs.items()}
        files = [models["safetensors"] / "net_g_1.safetensors", models["safetensors"] / "net_g_ema_1.safetensors"]
        return [*files, models["pth"] / "net_g_1.pth"] if row.told_by_tensors else files

    def written_there(self, row, scale):
        if not row.told_by_tensors:
            return []
        torch.manual_seed(1)
        peer = drawn(row.make(scale)).eval()
        with torch.no_grad():
            self.wanted = self.output_there(peer)  # some classes bring their buffers up to date here
        state = {name: tensor.contiguous() for name, tensor in peer.state_dict().items()}
        files = [self.work.folder / f"peer_{row.type}_{scale}.{end}" for end in ("safetensors", "pth")]
        save_file(state, files[0])
        torch.save({"params": state}, files[1])
        return files

    def output_there(self, network):
        return network(self.lq.clone())  # RCAN's class multiplies its input in place

    def read_here(self, row, scale, file):
        return difference(self.output_here(file), self.wanted)

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
            output = self.output_there(network)
        worst = difference(self.output_here(file), output)
        derived = network.state_dict()
        for name in state:
            if any(part in name for part in row.derived):
                worst = max(worst, difference(state[name], derived[name]))
        return worst

    @staticmethod
    def state_of(file):
        """The weights that loaders take: of a .pth the averaged ones."""
        return load_file(file) if file.suffix == ".safetensors" else torch.load(file)["params_ema"]

    def run_driver(self, files):
        """Leaves beside each file what the network of this program makes of the LQ image with its weights."""
        save_file({"lq": self.lq}, self.work.folder / "lq.safetensors")
        pairs = [path for file in files for path in (file, self.output_of(file))]
        done = subprocess.run([DRIVER, self.work.folder / "lq.safetensors", *pairs], capture_output=True, text=True)
        self.said = dict(zip(files, done.stdout.splitlines()))

    @staticmethod
    def output_of(file):
        return file.with_name(f"{file.name}.output")

    def output_here(self, file):
        if not self.output_of(file).exists():
            raise AssertionError(self.said.get(file, "network_output did not come to it"))
        return load_file(self.output_of(file))["output"]
