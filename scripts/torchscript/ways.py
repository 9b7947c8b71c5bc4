"""The ways from a Python module to a TorchScript one: scripted, traced, or traced in both modes."""
import contextlib
import sys

from .comparison import Comparison
from .source import Refusal, hook_factor, image, reason, with_methods

DRAWING = {f"aten::{name}{end}" for name in ("bernoulli", "normal", "uniform", "random", "rand", "randn", "rand_like", "randn_like",
                                             "randint", "randperm", "multinomial", "exponential") for end in ("", "_")}


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
