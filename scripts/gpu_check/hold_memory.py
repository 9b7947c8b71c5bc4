"""Takes memory of the first GPU until its input ends, by the driver's own interface: all that is free but a rest, and then
some of what comes free.

    hold_memory.py <bytes to leave free> <bytes to take later>
"""
import ctypes
import select
import sys

SMALLEST_BLOCK = 2**21


class Card:
    """Memory of the first GPU, held until the process ends."""

    def __init__(self):
        self.driver = ctypes.CDLL("libcuda.so.1")
        device, context = ctypes.c_int(), ctypes.c_void_p()
        self.call("cuInit", 0)
        self.call("cuDeviceGet", ctypes.byref(device), 0)
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        self.call("cuCtxSetCurrent", context)

    def call(self, name, *arguments):
        status = getattr(self.driver, name)(*arguments)
        if status != 0:
            raise OSError(f"{name}: CUDA driver error {status}")

    def free_bytes(self):
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        self.call("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
        return free.value

    def take(self, spare, most=2**50):
        """Takes at most `most` bytes and leaves `spare` free; returns how many it took."""
        held, block = 0, 2**30
        while block >= SMALLEST_BLOCK:
            pointer = ctypes.c_uint64()
            fits = self.free_bytes() - spare >= block and held + block <= most
            if fits and self.driver.cuMemAlloc_v2(ctypes.byref(pointer), ctypes.c_size_t(block)) == 0:
                held += block
            else:
                block //= 2
        return held


def main():
    spare, later = int(sys.argv[1]), int(sys.argv[2])
    card = Card()
    print(f"holding {card.take(spare)} bytes", flush=True)
    while not select.select([sys.stdin], [], [], 0.05)[0]:
        if later >= SMALLEST_BLOCK:
            later -= card.take(spare, later)


if __name__ == "__main__":
    main()
