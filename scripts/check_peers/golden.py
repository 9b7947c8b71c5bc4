"""Output and loss gradients of small networks, by the other trainers' classes in float64, for test/nn/*_test.cpp. Weights and
input follow formulas, so that files hold numbers alone: lines `key name values...`."""
import pathlib

import torch

TESTS = pathlib.Path(__file__).resolve().parents[2] / "test/nn"


def wave(shape, frequency, phase):
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    return torch.sin(frequency * i + phase).view(shape)


def lines(case):
    torch.set_default_dtype(torch.float64)  # classes make tensors in forward(), too
    network = case.make().double().train(case.training)
    torch.set_default_dtype(torch.float32)
    parameters = [(name, parameter) for name, parameter in network.named_parameters() if case.trained(name)]
    with torch.no_grad():
        for index, (_, parameter) in enumerate(parameters):
            parameter.copy_(case.amplitude * wave(parameter.shape, 0.7, index))
    output = network(0.5 + 0.5 * wave(case.shape, 1.3, 0))
    (output * torch.cos(torch.arange(output.numel(), dtype=torch.float64)).view(output.shape)).sum().backward()
    flat = output.detach().flatten()
    yield " ".join([case.key, "output", *(f"{value:.8g}" for value in flat[:: max(1, flat.numel() // 12)])])
    for name, parameter in parameters:
        flat = (torch.zeros_like(parameter) if parameter.grad is None else parameter.grad).flatten()
        yield f"{case.key} {name} {flat[0]:.8g} {flat.square().sum().sqrt():.8g}"


def write(cases):
    for file in sorted({case.file for case in cases}):
        path = TESTS / f"{file}_golden.txt"
        text = [line for case in cases if case.file == file for line in lines(case)]
        path.write_text("\n".join(text) + "\n")
        print(f"{path}: {len(text)} lines")
