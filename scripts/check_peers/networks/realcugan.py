"""Real-CUGAN. Its classes need sides that can be reflected."""
from rows import Golden, Row
from spandrel.architectures.RealCUGAN import UpCunet2x, UpCunet2x_fast, UpCunet3x, UpCunet4x

CLASSES = {2: UpCunet2x, 3: UpCunet3x, 4: UpCunet4x}
SIDES = (40, 44)
PRO, FAST = {"pro": True}, {"fast": True}

ROWS = [
    Row("realcugan", lambda scale: CLASSES[scale](), scales=(2, 3, 4), architecture="RealCUGAN", lq_sides=SIDES),
    Row("realcugan", lambda scale: CLASSES[scale](pro=True), PRO, scales=(2, 3, 4), architecture="RealCUGAN", lq_sides=SIDES),
    Row("realcugan", lambda scale: UpCunet2x_fast(), FAST, scales=(2,), architecture="RealCUGAN", lq_sides=SIDES),
]

# The least that its classes can reflect: every image is grown by 36 pixels.
TRAINING = [Row("realcugan", lambda scale: CLASSES[scale](pro=True), PRO, scales=(2,), trained_images=1, trained_side=20)]


def golden(key, make, height, width):
    return Golden("realcugan", key, make, (1, 3, height, width), 0.05)


GOLDEN = [
    golden("x2", lambda: UpCunet2x(), 20, 21),
    golden("x2_pro", lambda: UpCunet2x(pro=True), 21, 20),
    golden("x2_fast", lambda: UpCunet2x_fast(), 40, 44),
    golden("x3", lambda: UpCunet3x(), 20, 19),
    golden("x4", lambda: UpCunet4x(), 22, 21),
]
