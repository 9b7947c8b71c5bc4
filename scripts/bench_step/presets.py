"""What is measured: the same network, sizes and precision on both sides."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Preset:
    name: str
    title: str
    network: dict      # network_g of a configuration
    scale: int
    batch_size: int
    lq_size: int
    bf16: bool
    devices: tuple     # where it is measured when nothing is said
    steps: int         # of sr-train in one turn
    block: int         # steps that are timed as one
    scripted: bool = False  # sr-train's network is a TorchScript file of PyTorch's


def published(type_, batch_size, lq_size, steps, block, **options):
    """A network of its published size at x2 beside the other trainers' class of check_peers; measured when it is named."""
    return Preset(type_, f"{type_} x2, batch {batch_size}, lq {lq_size}, float32", {"type": type_, **options}, 2, batch_size, lq_size,
                  False, (), steps, block)


PRESETS = {preset.name: preset for preset in (
    Preset("compact", "Compact 64x16 x4, batch 16, lq 64, bf16", {"type": "compact", "num_feat": 64, "num_conv": 16},
           4, 16, 64, True, ("cuda",), 600, 40),
    Preset("rrdb", "RRDB 23 blocks x4, batch 8, lq 64, bf16", {"type": "esrgan"}, 4, 8, 64, True, ("cuda",), 160, 20),
    Preset("span", "SPAN_S x4, batch 16, lq 64, bf16", {"type": "span_s"}, 4, 16, 64, True, ("cuda",), 300, 20),
    Preset("compact_small", "Compact 24x8 x2, batch 8, lq 64, float32",
           {"type": "compact", "num_feat": 24, "num_conv": 8}, 2, 8, 64, False, ("cpu",), 60, 5),
    Preset("compact_small_bf16", "Compact 24x8 x2, batch 8, lq 64, bf16",
           {"type": "compact", "num_feat": 24, "num_conv": 8}, 2, 8, 64, True, (), 60, 5),
    Preset("compact_lq32_bf16", "Compact 64x16 x4, batch 4, lq 32, bf16",
           {"type": "compact", "num_feat": 64, "num_conv": 16}, 4, 4, 32, True, (), 60, 5),
    Preset("compact_small_script", "Compact 24x8 x2 out of a TorchScript file, batch 8, lq 64, float32",
           {"type": "compact", "num_feat": 24, "num_conv": 8}, 2, 8, 64, False, (), 60, 5, scripted=True),
    Preset("rrdb_small", "RRDB 2 blocks x4, batch 2, lq 32, bf16", {"type": "esrgan", "num_block": 2}, 4, 2, 32, True,
           ("cpu",), 60, 5),
    Preset("span_small", "SPAN_S x2, batch 4, lq 32, float32", {"type": "span_s"}, 2, 4, 32, False, ("cpu",), 30, 3),
    published("spanplus_sts", 4, 32, 30, 3),
    published("realplksr_tiny", 2, 32, 15, 2),
    published("plksr_tiny", 2, 32, 15, 2),
    published("mosr_t", 4, 32, 20, 2),
    published("mosrv2", 2, 32, 15, 2, upsampler="pixelshuffledirect"),
    published("rcan", 1, 24, 10, 1),
    published("artcnn_r8f48", 4, 32, 20, 2),
    published("dis_fast", 4, 32, 20, 2),
    published("realcugan", 1, 32, 10, 1),
    published("swinir_s", 1, 32, 10, 1, drop_path_rate=0),
    published("hat_s", 1, 16, 10, 1, drop_path_rate=0),
    published("drct", 1, 16, 10, 1, drop_path_rate=0),
    published("omnisr", 1, 32, 10, 1),
    published("dat_light", 2, 32, 10, 1, drop_path_rate=0),
    published("atd_light", 1, 32, 10, 1),
    published("fdat_tiny", 2, 32, 10, 1, drop_path_rate=0),
    published("srformer_light", 1, 32, 10, 1, drop_path_rate=0),
)}


def variants(preset, device):
    """[(variant, whether it compiles)]: PyTorch as it is used, from the plainest on. A variant is words: what the peer
    switches on."""
    precision = "bf16" if preset.bf16 else "float32"
    plain = [("eager float32", False)] if preset.bf16 else []
    plain += [(f"eager {precision}", False), (f"eager {precision} channels_last", False)]
    compiled = [(f"compile {precision}", True), (f"compile {precision} channels_last", True)]
    if device.startswith("cuda"):
        compiled = [(f"compile {precision} channels_last", True), (f"compile {precision} channels_last reduce-overhead",
                                                                   True)]
    return plain + compiled
