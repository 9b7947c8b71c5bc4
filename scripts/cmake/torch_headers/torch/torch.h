#pragma once

// Stands in for LibTorch's <torch/torch.h>, of which this program uses tensors, their operators and
// autograd functions. The whole header also brings modules, optimizers, data loaders and TorchScript:
// GCC instantiates their templates again in each unit that has it from a precompiled header, 13 of
// the 19 seconds such a unit took. Include other headers of LibTorch by name where they are needed.

#include <torch/types.h>

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
