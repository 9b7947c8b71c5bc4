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
import contextlib
import importlib
import inspect
import io
import json
import os
import sys
import warnings

RECORD = "sr_train.json"  # lies in the file as extra data; sr-train reads it
SCALE_ARGUMENTS = ("scale", "upscale", "upscaling_factor", "upscale_factor", "scale_factor", "upsampling", "sr_rate")
SIZE_MULTIPLES = (1, 2, 4, 8, 12, 16, 32, 64)
WINDOW = 16  # the multiple that is tried where that of the network does not do
# Images in a batch, rows and columns; the next multiples of the size multiple are taken.
COMPARED = ((3, 48, 56), (1, 96, 80), (2, 40, 48))
DRAWING = {f"aten::{name}{end}" for name in ("bernoulli", "normal", "uniform", "random", "rand", "randn", "rand_like", "randn_like",
                                             "randint", "randperm", "multinomial", "exponential") for end in ("", "_")}
RTOL = 1e-4  # of the largest value: float32 in another order of operations


class Refusal(Exception):
    """Why a network cannot be taken: one sentence."""


def reason(error):
    """The line of an exception that says most."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    named = [line for line in lines if "Error" in line or "not " in line]
    return (named or lines or [type(error).__name__])[-1 if named and "RuntimeError" in named[-1] else 0][:200]


def find_class(name):
    module, _, function = name.partition(":")
    if not function:
        raise Refusal(f"expected module:function, such as spandrel.architectures.MoSR:MoSR")
    sys.path.insert(0, os.getcwd())
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise Refusal(f"it cannot be imported: {error}") from error


def scale_argument(function, wanted):
    """The name under which a network takes its scale; None when it takes none."""
    if wanted:
        return None if wanted == "none" else wanted
    parameters = inspect.signature(function).parameters
    for name in SCALE_ARGUMENTS:
        if name in parameters:
            return name
    takes_all = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
    return SCALE_ARGUMENTS[0] if takes_all else None


def build(options):
    import torch
    function = find_class(options.network)
    arguments = json.loads(options.arguments)
    key = scale_argument(function, options.scale_argument)
    if key and key not in arguments:
        arguments[key] = options.scale
    torch.manual_seed(options.seed)
    module = function(**arguments)
    if options.weights:
        state = torch.load(options.weights, map_location="cpu", weights_only=True)
        for group in ("params_ema", "params", "state_dict"):
            state = state.get(group, state)
        module.load_state_dict(state, strict=True)
    if options.frames > 1:
        with_methods(module, {"forward": of_clips(type(module), options.channels // options.frames)})
    return module.float(), arguments


def of_clips(own, channels):
    """forward of a class that takes [N, frames, channels, H, W], for clips whose frames lie side by side in the channels."""
    def forward(self, x):
        return own.forward(self, x.unflatten(1, (-1, channels)))
    return forward


def hook_factor(name, parameter):
    """What hooks multiply the gradient of a parameter by; a hook that does something else is refused."""
    import torch
    if getattr(parameter, "_post_accumulate_grad_hooks", None):
        raise Refusal(f"a hook reads the gradient of {name}, which TorchScript does not hold")
    hooks = list((parameter._backward_hooks or {}).values())
    if not hooks or not parameter.numel():
        return 1
    factors = set()
    for seed in (11, 12):
        before = image(parameter.shape, seed) - 0.5
        after = before.clone()
        for hook in hooks:
            made = hook(after)
            after = after if made is None else made
        factor = float((after.double() * before).sum() / before.double().square().sum())
        factors.add(float(f"{factor:.6g}"))
        if not torch.allclose(after, before * factor, rtol=1e-5, atol=1e-6 * abs(factor)):
            factors.add(None)
    if len(factors) > 1:
        raise Refusal(f"the gradient of {name} is changed by a hook that does not multiply it by one number, which "
                      "TorchScript does not hold")
    return factors.pop()


def check_module(module):
    """What can be told without running it."""
    import torch
    for name, part in module.named_modules():
        probability = getattr(part, "drop_prob", getattr(part, "p", 0) if "Drop" in type(part).__name__ else 0)
        if isinstance(probability, (int, float)) and probability > 0:
            raise Refusal(f"{name} drops values at random (p = {probability}), which a step that must be repeatable "
                          "cannot; set that argument to 0")
        refused = [option for option in ("max_norm", "sparse", "scale_grad_by_freq") if getattr(part, option, None)]
        if isinstance(part, torch.nn.Embedding) and refused:
            raise Refusal(f"{name} is a table with {refused[0]}, which is not taken: gradients must be plain tensors that add up "
                          "over a batch, and its forward may not write to it")
    for name, tensor in module.named_parameters():
        hook_factor(name, tensor)
    seen = {}
    for name, tensor in module.named_parameters(remove_duplicate=False):
        if id(tensor) in seen:
            raise Refusal(f"the parameters {seen[id(tensor)]} and {name} are one tensor, which would be trained twice")
        seen[id(tensor)] = name
    if any(isinstance(tensor, torch.nn.parameter.UninitializedParameter) for tensor in module.parameters()):
        raise Refusal("it has parameters whose shape is found when it first runs")


def image(shape, seed):
    import torch
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def sides(multiple):
    """Height and width: different multiples that no larger multiple divides both."""
    factors = (5, 7) if multiple >= 8 else (29, 31) if multiple == 1 else (37 // multiple | 1, (37 // multiple | 1) + 2)
    return factors[0] * multiple, factors[1] * multiple


def find_size_multiple(module, channels, scale):
    import torch
    module.eval()
    problem = None
    for multiple in SIZE_MULTIPLES:
        height, width = sides(multiple)
        try:
            with torch.no_grad():
                output = module(image((1, channels, height, width), 1))
        except Exception as error:  # whatever a network throws at a size that it does not take
            problem = reason(error)
            continue
        if not isinstance(output, torch.Tensor):
            raise Refusal(f"its forward returns {type(output).__name__}, not one tensor")
        if tuple(output.shape) == (1, 3, height * scale, width * scale):
            return multiple
        problem = f"{height} x {width} pixels become {list(output.shape)}"
    raise Refusal(f"it makes images of {scale} times the size at none of the sizes tried: {problem}")


def outcome(module, lq, training):
    """Output and buffers, in training the gradients of a loss; the network is left as it was."""
    import torch
    module.train(training)
    kept = [(tensor, tensor.detach().clone()) for tensor in [*module.parameters(), *module.buffers()]]
    module.zero_grad(set_to_none=True)
    torch.manual_seed(7)
    with torch.set_grad_enabled(training):
        output = module(lq)
    gradients = {}
    if training:
        (output.float() * image(output.shape, 3)).sum().backward()
        gradients = {name: tensor.grad for name, tensor in module.named_parameters() if tensor.grad is not None}
    buffers = {name: tensor.clone() for name, tensor in module.named_buffers()}
    with torch.no_grad():
        for tensor, before in kept:
            tensor.copy_(before)
    module.zero_grad(set_to_none=True)
    return output.detach(), gradients, buffers


def largest(tensors):
    return max((float(tensor.abs().max()) for tensor in tensors if tensor.numel()), default=0.0)


def differs(mine, theirs, unit=1.0):
    """`unit`: the size of values of which a millionth is rounding."""
    if (mine is None) != (theirs is None) or (mine is not None and mine.shape != theirs.shape):
        return True
    if mine is None:
        return False
    return not largest([mine - theirs]) <= RTOL * largest([theirs]) + 1e-6 * unit


class Comparison:
    """Holds what is made of a network against what the network computes, which is computed once."""

    def __init__(self, module, channels, multiple):
        self.module, self.wanted, self.cases = module, {}, []
        compared = [(count, *(-(-side // multiple) * multiple for side in lq)) for count, *lq in COMPARED]
        if multiple < 8:  # those are multiples of 8, between which a trace may not know how much to pad
            compared.append((1, *sides(multiple)))
        for count, height, width in compared:
            self.cases += [((count, channels, height, width), training) for training in (True, False)]

    def of_network(self, case, where):
        if case not in self.wanted:
            lq = image(case[0], 5)
            self.wanted[case] = self.outcome(lq, case[1])
            first = case[0] == self.cases[0][0]
            if first and differs(self.outcome(lq, case[1])[0], self.wanted[case][0]):
                raise Refusal(f"two runs of it differ {where}: it draws random numbers")
        return self.wanted[case]

    def outcome(self, lq, training):
        import torch
        try:
            return outcome(self.module, lq, training)
        except Exception:
            if training:
                raise
            # Some take single images in validation, such as those that choose experts by the image.
            parts = [outcome(self.module, one, training) for one in lq.split(1)]
            return torch.cat([part[0] for part in parts]), *parts[0][1:]

    def check(self, made):
        """Raises Refusal with what differs."""
        for case in self.cases:
            (count, _, height, width), training = case
            where = f"for {count} images of {height} x {width} pixels in {'training' if training else 'validation'}"
            want, want_gradients, want_buffers = self.of_network(case, where)
            try:
                got, gradients, buffers = outcome(made, image(case[0], 5), training)
            except Exception as error:
                raise Refusal(f"it fails {where}: {reason(error)}") from error
            if differs(got, want):
                raise Refusal(f"its output is another one {where}")
            unit = max(1.0, largest(want_gradients.values()))  # a bias before BatchNorm has nothing but rounding
            for name, tensor in want_gradients.items():
                if differs(gradients.get(name), tensor, unit):
                    raise Refusal(f"the gradient of {name} is another one {where}")
            for name, tensor in want_buffers.items():
                if tensor.is_floating_point() and name in buffers and differs(buffers[name], tensor):
                    raise Refusal(f"the buffer {name} is another one {where}")


def nodes_of(block):
    for node in block.nodes():
        yield node
        for inner in node.blocks():
            yield from nodes_of(inner)


def scripted(module, lq):
    import copy
    import torch
    made = torch.jit.script(copy.deepcopy(module))  # its own parameters: hooks of theirs are not in the file
    # Compiled even where it never runs, such as timm's drop_path() of probability 0.
    drawn = {node.kind() for node in nodes_of(made.inlined_graph)} & DRAWING
    if drawn:
        raise Refusal(f"it has {min(drawn)} in it, which draws random numbers")
    return made


class NothingSaved:
    """The ctx of a torch.autograd.Function whose backward is not used."""
    def save_for_backward(self, *tensors):
        pass

    def mark_non_differentiable(self, *tensors):
        pass


@contextlib.contextmanager
def functions_as_operators():
    """A torch.autograd.Function stays out of a TorchScript file. What its forward does goes in instead, and autograd finds
    the gradient, which Comparison holds against that of the function's own backward."""
    import torch

    def apply(function, *arguments):
        if function.setup_context is torch.autograd.Function.setup_context:
            return function.forward(NothingSaved(), *arguments)
        return function.forward(*arguments)
    own = torch.autograd.Function.__dict__["apply"]
    torch.autograd.Function.apply = classmethod(apply)
    try:
        yield
    finally:
        torch.autograd.Function.apply = own


def namespaces(module):
    """The global names of the code of a network: of its classes, and of functions that they may call."""
    import types
    found = {}
    for part in module.modules():
        names = vars(sys.modules.get(type(part).__module__, sys))
        for one in [names, *(value.__globals__ for value in names.values() if isinstance(value, types.FunctionType))]:
            if one.get("__name__", "torch").split(".")[0] not in ("torch", "sys"):
                found[id(one)] = one
    return list(found.values())


@contextlib.contextmanager
def sizes_followed(module):
    """int() ends what the tracer knows of a size, such as that of a batch out of the number of its windows. Here it does not."""
    import torch

    class Kind(type):
        def __instancecheck__(cls, value):
            return isinstance(value, int)

    class Followed(int, metaclass=Kind):
        def __new__(cls, value=0, *base):
            return value.to(torch.int64) if isinstance(value, torch.Tensor) else int(value, *base)

    names = [one for one in namespaces(module) if "int" not in one]
    for one in names:
        one["int"] = Followed
    try:
        yield
    finally:
        for one in names:
            del one["int"]


def with_methods(module, methods):
    """The module, whose class has these methods too; parameters keep their names."""
    own = type(module)
    module.__class__ = type(own.__name__, (own,), {"__module__": own.__module__, **methods})
    return module


def scaled_gradient(name, factor):
    """A parameter as its module reads it: its value, and a gradient that is `factor` times as large. A difference of two equal
    values is 0, so nothing is rounded."""
    def read(self):
        own = self._parameters[name]
        return own.detach() + (own - own.detach()) * factor
    return property(read)


def copied(module):
    """A copy to be traced. A trace holds no hooks of gradients, so what they multiply by becomes a part of the graph."""
    import copy
    made = copy.deepcopy(module)  # leaves hooks of parameters out
    for part, twin in zip(module.modules(), made.modules()):
        factors = {name: hook_factor(name, tensor) for name, tensor in part._parameters.items() if tensor is not None}
        reading = {name: scaled_gradient(name, factor) for name, factor in factors.items() if factor != 1}
        if reading:
            with_methods(twin, reading)
    return made


def in_mode(training):
    def run(self, x):
        self.train(training)
        return super(type(self), self).forward(x)
    return run


def with_values_of(module, made):
    """What was made, before the run that was traced has changed its statistics."""
    import torch
    with torch.no_grad():
        for mine, theirs in zip(made.buffers(), module.buffers()):
            mine.copy_(theirs)
    return made


def traced(module, lq):
    import torch
    with functions_as_operators(), sizes_followed(module):
        made = torch.jit.trace(copied(module).train(), lq, check_trace=False)
    return with_values_of(module, made)


def traced_in_both_modes(module, lq):
    """A graph for each, since a trace holds what BatchNorm and the network itself do in one mode."""
    import torch
    methods = {"in_training": in_mode(True), "in_validation": in_mode(False)}
    with functions_as_operators(), sizes_followed(module):
        made = torch.jit.trace_module(with_methods(copied(module), methods), dict.fromkeys(methods, lq), check_trace=False)
    made.define("def forward(self, x: Tensor) -> Tensor:\n"
                "    if self.training:\n"
                "        return self.in_training(x)\n"
                "    return self.in_validation(x)\n")
    return with_values_of(module, made)


WAYS = {"scripted": scripted, "traced": traced, "traced in both modes": traced_in_both_modes}


def convert(module, channels, multiple):
    """(TorchScript module, way)."""
    problems = {}
    comparison = Comparison(module, channels, multiple)
    side = max(64 // multiple, 1) * multiple
    for way, make in WAYS.items():
        try:
            made = make(module, image((2, channels, side, side), 2))
            comparison.check(made)
            return made, way
        except Refusal as refusal:
            problems.setdefault(str(refusal), way)
        except Exception as error:
            problems.setdefault(reason(error), f"not {way}")
    raise Refusal("; ".join(f"{way}: {problem}" for problem, way in problems.items()))


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
