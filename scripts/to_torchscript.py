#!/usr/bin/env python3
"""Makes a TorchScript file that sr-train trains (network_g: {type: torchscript, file: net.pt}) of a network in Python.

    scripts/to_torchscript.py spandrel.architectures.MoSR:MoSR mosr.pt --scale 2 --arguments '{"n_block": 5, "dim": 48}'
    scripts/to_torchscript.py traiNNer.archs.man_arch:man_tiny man.pt --scale 4 --path ~/traiNNer-redux
    scripts/to_torchscript.py my_network:MyNetwork mine.pt --scale 2 --scale-argument upscaling --weights mine.pth

Needs Python 3.9 with PyTorch and what the network itself imports. The network is scripted or, where that is not
possible, traced: in training mode, or in both modes where they differ. What was made is compared with the network at
three sizes, in training and in validation, outputs and gradients; only a file that agrees is written. Exit code 1 and
one sentence where it cannot be.
"""
import argparse
import io
import json
import os
import sys
import warnings

from torchscript.source import SCALE_ARGUMENTS, Refusal, build, check_module, find_size_multiple, reason
from torchscript.ways import convert

RECORD = "sr_train.json"  # lies in the file as extra data; sr-train reads it
WINDOW = 16  # the multiple that is tried where that of the network does not do


def not_saved(module):
    """Buffers that the network's own state dict leaves out."""
    kept = set(module.state_dict())
    return [name for name, _ in module.named_buffers() if name not in kept]


def take(options):
    import torch
    warnings.simplefilter("ignore")  # the tracer's, of what the comparison looks at
    torch.set_num_threads(options.threads or torch.get_num_threads())
    module, arguments = build(options)
    check_module(module)
    multiple = find_size_multiple(module, options.channels, options.scale)
    module.train()
    try:
        made, way = convert(module, options.channels, multiple)
    except Refusal:
        if multiple >= WINDOW:
            raise
        multiple = WINDOW  # a trace may hold by how much a network pads images to its windows
        made, way = convert(module, options.channels, multiple)
    facts = {"name": options.network.partition(":")[2], "arguments": arguments, "scale": options.scale,
             "channels": options.channels, "size_multiple": multiple, "not_saved": not_saved(module), "way": way,
             "made_from": options.network, "torch": torch.__version__}
    content = io.BytesIO()
    torch.jit.save(made.train(), content, _extra_files={RECORD: json.dumps(facts)})
    unfinished = f"{options.output}.part"
    with open(unfinished, "wb") as file:
        file.write(content.getvalue())
    os.replace(unfinished, options.output)
    parameters = sum(tensor.numel() for tensor in module.parameters())
    return f"{options.output}: {facts['name']} x{options.scale}, {way}, {parameters:,} parameters, sides a multiple of " \
           f"{multiple}"


def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", metavar="MODULE:FUNCTION", help="a class or function that returns the network")
    parser.add_argument("output", help="the file to make")
    parser.add_argument("--scale", type=int, required=True)
    parser.add_argument("--arguments", default="{}", help="of the function, as a JSON object [{}]")
    parser.add_argument("--scale-argument", help=f"its name of the scale, or none [the first of {', '.join(SCALE_ARGUMENTS)}]")
    parser.add_argument("--channels", type=int, default=0, help="of the input [3 x frames]")
    parser.add_argument("--frames", type=int, default=1, help="of the clips of a network that takes [N, frames, channels, H, W] [1]")
    parser.add_argument("--path", action="append", default=[], help="a folder to import from; may be given again")
    parser.add_argument("--weights", help=".pth whose values the file begins with [drawn from --seed]")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0, help="of PyTorch [all]")
    options = parser.parse_args(argv)
    options.channels = options.channels or 3 * options.frames
    if options.channels % options.frames:
        parser.error(f"--channels {options.channels} is no multiple of --frames {options.frames}")
    return options


def main(argv):
    options = parse(argv)
    sys.path[:0] = [os.path.expanduser(path) for path in options.path]
    try:
        print(take(options))
    except Refusal as refusal:
        print(f"{options.network} cannot be taken: {refusal}", file=sys.stderr)
        return 1
    except Exception as error:
        print(f"{options.network} cannot be built: {type(error).__name__}: {reason(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
