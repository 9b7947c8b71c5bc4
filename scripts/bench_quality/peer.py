"""The PyTorch side of bench_quality.sh: whole images in memory, random crops, flips and turns, one step after the other."""
import math
import random

import cv2
import torch


def image(path):
    """[3, H, W] bytes, RGB."""
    return torch.from_numpy(cv2.imread(str(path), cv2.IMREAD_COLOR)[..., ::-1].copy()).permute(2, 0, 1)


def crop_of(lq, gt, side, scale, draw):
    top, left = (draw.randint(0, length - side) for length in lq.shape[1:])
    lq = lq[:, top:top + side, left:left + side]
    gt = gt[:, scale * top:scale * (top + side), scale * left:scale * (left + side)]
    for axes in ([1], [2]):
        if draw.random() < 0.5:
            lq, gt = lq.flip(axes), gt.flip(axes)
    if draw.random() < 0.5:
        lq, gt = lq.transpose(1, 2), gt.transpose(1, 2)
    return lq, gt


def train(make, options, scale, seed, rates):
    """The peer's module after `options.steps` steps; `rates`: of the first and of the last."""
    torch.manual_seed(seed)
    draw = random.Random(seed)
    folder = options.data / "T91"
    pairs = [(image(folder / f"lr_x{scale}" / file.name), image(file)) for file in sorted((folder / "hr").iterdir())]
    pairs = [pair for pair in pairs if min(pair[0].shape[1:]) >= options.lq]
    network = make(scale).train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=rates[0], betas=(0.9, 0.99), weight_decay=0)
    for step in range(options.steps):
        crops = [crop_of(*draw.choice(pairs), options.lq, scale, draw) for _ in range(options.batch)]
        lq, gt = (torch.stack(side).float().div(255).contiguous(memory_format=torch.channels_last) for side in zip(*crops))
        optimizer.param_groups[0]["lr"] = rates[1] + (rates[0] - rates[1]) * 0.5 * (1 + math.cos(math.pi * step / options.steps))
        optimizer.zero_grad()
        torch.nn.functional.l1_loss(network(lq), gt).backward()
        optimizer.step()
    return network.eval()
