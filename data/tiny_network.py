"""The network of data/tiny_network.pt, which tests and configs/torchscript_tiny_cpu.yml train:

    scripts/to_torchscript.py tiny_network:TinyNetwork data/tiny_network.pt --path data --scale 2
"""
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
