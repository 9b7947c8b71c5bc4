"""Takes memory until its input ends: of the first GPU all but a rest, by the driver's own interface, or the CPU's.

    hold_memory.py cuda <bytes to leave free>
    hold_memory.py cpu <bytes to take>
"""
import ctypes
import sys


def take_from_card(spare):
    """Bytes taken; they are held until the process ends."""
    driver = ctypes.CDLL("libcuda.so.1")

    def call(name, *arguments):
        status = getattr(driver, name)(*arguments)
        if status != 0:
            raise OSError(f"{name}: CUDA driver error {status}")

    device, context = ctypes.c_int(), ctypes.c_void_p()
    call("cuInit", 0)
    call("cuDeviceGet", ctypes.byref(device), 0)
    call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
    call("cuCtxSetCurrent", context)

    def free_bytes():
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        call("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
        return free.value

    held, block = 0, 2**30
    while block >= 2**21:
        pointer = ctypes.c_uint64()
        fits = free_bytes() - spare >= block
        if fits and driver.cuMemAlloc_v2(ctypes.byref(pointer), ctypes.c_size_t(block)) == 0:
            held += block
        else:
            block //= 2
    return held


def main():
    kind, size = sys.argv[1], int(sys.argv[2])
    touched = b"\1" * size if kind == "cpu" else b""
    held = len(touched) if kind == "cpu" else take_from_card(size)
    print(f"holding {held} bytes", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
