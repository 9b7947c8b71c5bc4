"""Weights as a run of this program writes them."""
import pictures
from workspace import NEVER, Workspace

FRAMES = {"temporalspan": 5, "temporalspanv2": 5, "tfdat": 5, "tscunet": 5}


def frames_of(kind, options):
    """Of the clips that a network takes, in its channels; 1 = images."""
    named = options.get("num_frames", options.get("clip_size"))
    return named or FRAMES.get(kind, options.get("num_in_ch", 3) // 3)


def trained(kind, scale, options, folder):
    """The workspace and the weight file of one step of training in a new folder."""
    folder.mkdir()
    work = Workspace()
    work.use_folder(folder)
    work.device = "cpu"
    work.timeout_s = 1200  # Real-CUGAN is tried at sizes from 1 to 448 pixels
    frames = frames_of(kind, options)
    pairs = pictures.make_pairs(folder / "pairs", frames + 1, 24, scale, frames)
    config = work.config(
        "run", 1, 1, scale=scale, network_g={"type": kind, **options},
        datasets={"train": {**pairs, "lq_size": 16, "batch_size_per_gpu": 2}, "val": None}, val={"val_enabled": False},
        logger={"print_freq": 1, "save_checkpoint_freq": NEVER, "use_tb_logger": False})
    work.train(config)
    return work, work.experiment("run") / "models/net_g_1.safetensors"
