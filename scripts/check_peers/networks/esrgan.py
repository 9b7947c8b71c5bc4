"""RRDB networks."""
from rows import Row
from spandrel.architectures.ESRGAN import ESRGAN


def maker(unshuffles=True, **arguments):
    """At scales 1 and 2 the trainers build a 4x network on the folded input."""
    def make(scale):
        fold = 4 // scale if unshuffles and scale <= 2 else None
        return ESRGAN(in_nc=3 * (fold or 1) ** 2, scale=4 if fold else scale, shuffle_factor=fold, **arguments)
    return make


ROWS = [
    Row("esrgan", maker(), scales=(1, 2, 4, 8), architecture="ESRGAN"),
    Row("esrgan", maker(), scales=(3,), told_by_tensors=False),  # they are those of x2 on an image that is not folded
    Row("esrgan", maker(unshuffles=False), {"use_pixel_unshuffle": False}, scales=(1, 2), architecture="ESRGAN"),
    Row("esrgan_lite", maker(num_filters=32, num_blocks=12), scales=(1, 2, 4, 8), architecture="ESRGAN"),
    # The class has the old names; rrdbnet reads both and writes the new ones.
    Row("rrdbnet", maker(), scales=(1, 2, 4, 8), architecture="ESRGAN"),
]

SMALL = {"num_filters": 16, "num_blocks": 2}
TRAINING = [Row("esrgan", maker(**SMALL), SMALL, scales=(2, 4))]

GOLDEN = []
