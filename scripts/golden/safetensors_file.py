#!/usr/bin/env python3
"""Prints header and data of the file in test/checkpoint/tensor_file_test.cpp that the `safetensors` package wrote.

Needs numpy and safetensors (0.8.0 made the stored text)."""
import numpy as np
from safetensors.numpy import save

data = save({"b.weight": np.array([[1.0, -2.5], [3.0, 0.25]], np.float32),
             "a.bias": np.array([1.5, -1.0], np.float32),
             "count": np.array(7, np.int64),
             "empty": np.zeros((0, 3), np.float32)}, {"arch": "compact"})
length = int.from_bytes(data[:8], "little")
print(length)
print(repr(data[8:8 + length].decode()))
print("".join(f"\\x{byte:02x}" for byte in data[8 + length:]))
