"""Whether what was made of a network computes what the network does: outputs, gradients and buffers in both modes."""
from .source import Refusal, image, reason, sides

# Images in a batch, rows and columns; the next multiples of the size multiple are taken.
COMPARED = ((3, 48, 56), (1, 96, 80), (2, 40, 48))
RTOL = 1e-4  # of the largest value: float32 in another order of operations


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
