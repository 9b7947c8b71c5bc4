"""A network as Python has it: how it is built, what can be told of it before anything is made of it."""
import importlib
import inspect
import json
import os
import sys

SCALE_ARGUMENTS = ("scale", "upscale", "upscaling_factor", "upscale_factor", "scale_factor", "upsampling", "sr_rate")
SIZE_MULTIPLES = (1, 2, 4, 8, 12, 16, 32, 64)


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
        raise Refusal("expected module:function, such as spandrel.architectures.MoSR:MoSR")
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


def with_methods(module, methods):
    """The module, whose class has these methods too; parameters keep their names."""
    own = type(module)
    module.__class__ = type(own.__name__, (own,), {"__module__": own.__module__, **methods})
    return module


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
