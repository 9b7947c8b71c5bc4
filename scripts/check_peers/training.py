"""Training beside plain PyTorch with the other trainers' class: the same first weights and batches, AdamW, L1, float32."""
import copy
import sys

import torch
from safetensors.torch import save_file

import pictures
from rows import drawn
from workspace import NEVER, Workspace

STEPS = 50
RATE = 2e-4  # that of the templates of traiNNer-redux
LARGEST_DIFFERENCE = 1e-4  # of a loss, relative
TIMES_ROUNDING = 3  # or so many times what the class differs by from itself in the other memory format


def images_of(rows):
    """[3, H, W] in [0, 1] from rows of 8-bit RGB."""
    pixels = torch.frombuffer(bytearray(b"".join(rows)), dtype=torch.uint8)
    return pixels.view(len(rows), -1, 3).permute(2, 0, 1).float() / 255


def largest_difference(losses, of):
    """Relative."""
    return max(abs(a - b) / b for a, b in zip(losses, of, strict=True))


class Training:
    """One line of the table a network and scale. A batch is the whole data set and a crop a whole image, so that the order of
    samples does not matter."""

    def __init__(self, folder):
        self.checks = self.failures = 0
        self.work = Workspace()
        self.work.use_folder(folder)
        self.work.device = "cpu"
        self.work.timeout_s = 3600
        self.folder = folder

    @staticmethod
    def heading():
        return ("| network | scale | first loss | last loss | largest difference of a loss | of the class from itself | |\n"
                "|---|---|---|---|---|---|---|")

    def line(self, row, scale):
        self.checks += 1
        torch.manual_seed(2)
        network = drawn(row.make(scale)).train()
        first = self.folder / "first.safetensors"
        save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, first)
        try:
            ours = self.losses_here(row, scale, first)
        except AssertionError as error:
            self.failures += 1
            print(f"{row.title()} x{scale}: {error}", file=sys.stderr)
            return f"| {row.title()} | {scale} | | | | | NO |"
        again = copy.deepcopy(network).to(memory_format=torch.channels_last)
        theirs = self.losses_there(row, network, scale)
        worst = largest_difference(ours, theirs)
        # Where rounding grows from step to step, two ways to compute the same agree no better than to some factor of this.
        rounding = largest_difference(self.losses_there(row, again, scale), theirs)
        good = worst <= max(LARGEST_DIFFERENCE, TIMES_ROUNDING * rounding)
        self.failures += not good
        return (f"| {row.title()} | {scale} | {theirs[0]:.6f} | {theirs[-1]:.6f} | {worst:.1e} | {rounding:.1e} | "
                f"{'yes' if good else 'NO'} |")

    def losses_here(self, row, scale, first):
        run = f"{row.type}_{scale}"
        pairs = pictures.make_pairs(self.folder / run, row.trained_images + row.frames - 1, row.trained_side, scale, row.frames)
        config = self.work.config(
            run, STEPS, 1, scale=scale, network_g={"type": row.type, **row.options},
            datasets={"train": {**pairs, "lq_size": row.trained_side, "batch_size_per_gpu": row.trained_images,
                                "use_hflip": False, "use_rot": False}, "val": None},
            path={"pretrain_network_g": str(first)}, val={"val_enabled": False},
            train={"ema_decay": 0, "optim_g": {"type": "AdamW", "lr": RATE, "weight_decay": 0, "betas": [0.9, 0.99]}},
            logger={"print_freq": 1, "save_checkpoint_freq": NEVER})
        self.work.train(config)
        return [event["losses"]["l_g_l1loss"] for event in self.work.events(run, "progress")]

    def losses_there(self, row, network, scale):
        places = range(row.trained_images)
        rows = [pictures.small_rows(row.trained_side, i) for i in range(row.trained_images + row.frames - 1)]
        lq = torch.stack([torch.cat([images_of(each) for each in rows[i:i + row.frames]]) for i in places])
        gt = torch.stack([images_of(list(pictures.enlarged(rows[i + row.frames // 2], scale))) for i in places])
        optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=0)
        losses = []
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = torch.nn.functional.l1_loss(network(lq.clone()), gt)  # RCAN's class multiplies its input in place
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses
