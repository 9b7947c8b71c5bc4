"""Classes of traiNNer-redux by name, as modules for to_torchscript.py: `networks:man_tiny` is man_tiny of its man_arch.py."""
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "check_peers"))

from rows import trainner_class  # noqa: E402

# name: (file in traiNNer/archs, arguments that TorchScript needs)
NETWORKS = {
    "artcnn_r8f64": ("artcnn_arch", {}),
    "lkfmixer_t": ("lkfmixer_arch", {}),
    "spanplus_st": ("spanplus_arch", {}),
    "gaterv3_s": ("gaterv3_arch", {}),
    "man_tiny": ("man_arch", {}),
    "realplksr_tiny": ("realplksr_arch", {}),
    "omnisr": ("omnisr_arch", {}),
    "fdat_tiny": ("fdat_arch", {"drop_path_rate": 0}),
    "span_s": ("span_arch", {}),
    "safmn": ("safmn_arch", {}),
    "eimn_l": ("eimn_arch", {}),
    "elan_light": ("elan_arch", {}),
    "craft": ("craft_arch", {}),
    "lmlt_tiny": ("lmlt_arch", {}),
    "dis_fast": ("dis_arch", {}),
    "plksr_tiny": ("plksr_arch", {}),
    "seemore_t": ("seemore_arch", {}),
    "dctlsa": ("dctlsa_arch", {}),
    "rcan_l": ("rcan_arch", {"n_resgroups": 1, "n_resblocks": 2}),
    "mosr_t": ("mosr_arch", {}),
    "rtmosr_l": ("rtmosr_arch", {}),
    "esrgan_lite": ("rrdbnet_arch", {}),
    "compact": ("srvgg_arch", {}),
    "sebica_mini": ("sebica_arch", {}),
    "escrealm_xl": ("escreal_arch", {}),
    "ditn_real": ("ditn_arch", {}),
    "metaflexnet": ("flexnet_arch", {}),
}


def __getattr__(name):
    if name not in NETWORKS:
        raise AttributeError(name)
    return trainner_class(NETWORKS[name][0], name)
