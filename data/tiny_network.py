"""The network of data/tiny_network.pt, which tests and configs/torchscript_tiny_cpu.yml train, and the discriminator of
data/tiny_discriminator.pt:

    scripts/to_torchscript.py tiny_network:TinyNetwork data/tiny_network.pt --path data --scale 2
    python data/tiny_network.py data/tiny_discriminator.pt
"""
import sys

import torch


class TinyNetwork(torch.nn.Module):
    """Two convolutions with BatchNorm between them, a pixel shuffle, and the input upscaled by nearest neighbour."""

    def __init__(self, scale, features=8):
        super().__init__()
        self.first = torch.nn.Conv2d(3, features, 3, padding=1)
        self.norm = torch.nn.BatchNorm2d(features)
        self.slope = torch.nn.PReLU(features)
        self.last = torch.nn.Conv2d(features, 3 * scale * scale, 3, padding=1)
        self.shuffle = torch.nn.PixelShuffle(scale)
        self.scale = scale

    def forward(self, x):
        nearest = x.repeat_interleave(self.scale, 2).repeat_interleave(self.scale, 3)
        return self.shuffle(self.last(self.slope(self.norm(self.first(x))))) + nearest


class TinyDiscriminator(torch.nn.Module):
    """Two convolutions, one logit for each 2 x 2 pixels."""

    def __init__(self, features=8):
        super().__init__()
        self.first = torch.nn.Conv2d(3, features, 4, stride=2, padding=1)
        self.last = torch.nn.Conv2d(features, 1, 3, padding=1)

    def forward(self, x):
        return self.last(torch.nn.functional.leaky_relu(self.first(x), 0.2))


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.jit.script(TinyDiscriminator()).save(sys.argv[1])
