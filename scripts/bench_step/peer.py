"""The PyTorch side of bench_step.sh: whole training steps of one preset in some variants, measured when asked.

Prints a line of JSON for each variant that is ready; then every line "measure" on its input is answered with one
{variant: [milliseconds of a step, a block each]}. Tensors are made up and stay on the device: no data is read.
"""
import argparse
import importlib
import json
import os
import pathlib
import sys
import time

import torch
from torch import nn
from torch.nn import functional

from presets import PRESETS


def conv(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 3, padding=1)


class Compact(nn.Module):
    """SRVGGNetCompact."""

    def __init__(self, scale, num_feat, num_conv):
        super().__init__()
        self.scale = scale
        widths = [3] + [num_feat] * (num_conv + 1)
        self.body = nn.ModuleList(conv(*pair) for pair in zip(widths, widths[1:]))
        self.slopes = nn.ModuleList(nn.PReLU(num_feat) for _ in range(num_conv + 1))
        self.tail = conv(num_feat, 3 * scale * scale)

    def forward(self, lq):
        features = lq
        for layer, slope in zip(self.body, self.slopes):
            features = layer(features)
            # The cast is autocast's own on CUDA; the CPU's autocast leaves it to the caller.
            features = functional.prelu(features, slope.weight.to(features.dtype))
        enlarged = functional.pixel_shuffle(self.tail(features), self.scale)
        return enlarged + functional.interpolate(lq, scale_factor=self.scale, mode="nearest")


class DenseBlock(nn.Module):
    def __init__(self, features, growth):
        super().__init__()
        self.growing = nn.ModuleList(conv(features + i * growth, growth) for i in range(4))
        self.last = conv(features + 4 * growth, features)

    def forward(self, features):
        seen = features
        for layer in self.growing:
            seen = torch.cat((seen, functional.leaky_relu(layer(seen), 0.2, inplace=True)), 1)
        return features + 0.2 * self.last(seen)


class ResidualBlock(nn.Module):
    def __init__(self, features, growth):
        super().__init__()
        self.inside = nn.Sequential(*(DenseBlock(features, growth) for _ in range(3)))

    def forward(self, features):
        return features + 0.2 * self.inside(features)


class Rrdb(nn.Module):
    """ESRGAN's generator, x4."""

    def __init__(self, num_block, features=64, growth=32):
        super().__init__()
        self.first = conv(3, features)
        self.blocks = nn.Sequential(*(ResidualBlock(features, growth) for _ in range(num_block)), conv(features, features))
        self.enlarging = nn.ModuleList(conv(features, features) for _ in range(2))
        self.end = nn.Sequential(conv(features, features), nn.LeakyReLU(0.2, inplace=True), conv(features, 3))

    def forward(self, lq):
        features = self.first(lq)
        features = features + self.blocks(features)
        for layer in self.enlarging:
            larger = functional.interpolate(features, scale_factor=2, mode="nearest")
            features = functional.leaky_relu(layer(larger), 0.2, inplace=True)
        return self.end(features)


class Conv3xc(nn.Module):
    """SPAN's layer as it is trained there: four convolutions."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.skip = nn.Conv2d(inputs, outputs, 1)
        self.inside = nn.Sequential(nn.Conv2d(inputs, 2 * inputs, 1), nn.Conv2d(2 * inputs, 2 * outputs, 3),
                                    nn.Conv2d(2 * outputs, outputs, 1))

    def forward(self, features):
        return self.inside(functional.pad(features, (1, 1, 1, 1))) + self.skip(features)


class SpanBlock(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.convs = nn.ModuleList(Conv3xc(features, features) for _ in range(3))
        self.activation = nn.SiLU(inplace=True)

    def forward(self, features):
        inside = self.activation(self.convs[0](features))
        gated = self.convs[2](self.activation(self.convs[1](inside)))
        return (gated + features) * (torch.sigmoid(gated) - 0.5), inside


class Span(nn.Module):
    """SPAN of six blocks."""

    def __init__(self, scale, features=48):
        super().__init__()
        self.scale = scale
        self.first, self.last = Conv3xc(3, features), Conv3xc(features, features)
        self.blocks = nn.ModuleList(SpanBlock(features) for _ in range(6))
        self.join = nn.Conv2d(4 * features, features, 1)
        self.tail = conv(features, 3 * scale * scale)

    def forward(self, lq):
        features = first = self.first(lq)
        outputs = []
        for block in self.blocks:
            features, inside = block(features)
            outputs.append(features)
        joined = self.join(torch.cat((first, self.last(features), outputs[0], inside), 1))
        return functional.pixel_shuffle(self.tail(joined), self.scale)


def published_network(preset):
    """The class of scripts/check_peers: needs what that needs."""
    folder = pathlib.Path(__file__).resolve().parents[1] / "check_peers"
    sys.path.insert(0, str(folder))
    for path in sorted((folder / "networks").glob("*.py")):
        for row in importlib.import_module(f"networks.{path.stem}").ROWS:
            if {"type": row.type, **row.options} == preset.network:
                return row.make(preset.scale)
    sys.exit(f"no class of {preset.network['type']}: SR_TRAINNER names a checkout of traiNNer-redux")


def make_network(preset):
    if preset.network["type"] == "span_s":
        return Span(preset.scale)
    if preset.network["type"] == "compact":
        return Compact(preset.scale, preset.network["num_feat"], preset.network["num_conv"])
    if preset.network["type"] == "esrgan":
        return Rrdb(preset.network.get("num_block", 23))
    return published_network(preset)


class Training:
    """One variant: network, optimizer and one resident batch."""

    def __init__(self, preset, variant, device, clock):
        words = variant.split()
        self.device = torch.device(device)
        self.clock = clock
        self.marks_steps = "reduce-overhead" in words
        layout = torch.channels_last if "channels_last" in words else torch.contiguous_format
        torch.manual_seed(0)
        network = make_network(preset).to(self.device, memory_format=layout)
        lq, gt = preset.lq_size, preset.lq_size * preset.scale
        self.lq = torch.rand(preset.batch_size, 3, lq, lq, device=self.device).contiguous(memory_format=layout)
        self.gt = torch.rand(preset.batch_size, 3, gt, gt, device=self.device).contiguous(memory_format=layout)
        self.optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, betas=(0.9, 0.99), weight_decay=0, fused=True)

        def loss_of(images, target):
            with torch.autocast(self.device.type, torch.bfloat16, enabled="bf16" in words):
                output = network(images)
            return functional.l1_loss(output.float(), target)

        mode = {"mode": "reduce-overhead"} if self.marks_steps else {}
        self.loss_of = torch.compile(loss_of, dynamic=False, **mode) if "compile" in words else loss_of

    def step(self):
        if self.marks_steps:
            torch.compiler.cudagraph_mark_step_begin()
        self.loss_of(self.lq, self.gt).backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def finish(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def block_ms(self, steps):
        self.finish()
        began = self.clock()
        for _ in range(steps):
            self.step()
        self.finish()
        return (self.clock() - began) * 1000 / steps


def say(**values):
    print(json.dumps(values), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("preset", choices=PRESETS)
    parser.add_argument("--device", required=True)
    parser.add_argument("--processor-time", action="store_true", help="of one thread, in place of wall time")
    parser.add_argument("--save", metavar="FILE", help="writes the network as TorchScript and ends")
    parser.add_argument("variants", nargs="+")
    options = parser.parse_args()
    preset = PRESETS[options.preset]
    if options.save:
        torch.jit.trace(make_network(preset).train(), torch.rand(2, 3, 32, 32), check_trace=False).save(options.save)
        return
    torch.set_num_threads(1 if options.processor_time else len(os.sched_getaffinity(0)))
    clock = time.process_time if options.processor_time else time.perf_counter
    torch.backends.cudnn.benchmark = True
    trainings = {}
    for variant in options.variants:
        began = time.perf_counter()
        trainings[variant] = Training(preset, variant, options.device, clock)
        trainings[variant].block_ms(12 if options.device.startswith("cuda") else 3)
        say(ready=variant, seconds=time.perf_counter() - began)
    say(torch=torch.__version__, cuda=torch.version.cuda or "", cudnn=torch.backends.cudnn.version() or 0)
    for line in sys.stdin:
        if line.strip() == "measure":
            blocks = {}
            for variant, training in trainings.items():
                training.block_ms(2)  # what ran in between took its caches
                blocks[variant] = [training.block_ms(preset.block) for _ in range(3)]
            say(ms=blocks)


if __name__ == "__main__":
    main()
