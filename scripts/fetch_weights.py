#!/usr/bin/env python3
"""Makes the file of weights that a metric or a loss of sr-train reads, out of the packages and files on this machine.

    scripts/fetch_weights.py lpips-alex            -> lpips_alex.safetensors   (calculate_lpips, net: alex)
    scripts/fetch_weights.py lpips-vgg             -> lpips_vgg.safetensors    (calculate_lpips, net: vgg)
    scripts/fetch_weights.py lpips-squeeze         -> lpips_squeeze.safetensors
    scripts/fetch_weights.py dists                 -> dists.safetensors        (calculate_dists, distsloss, adistsloss)
    scripts/fetch_weights.py topiq                 -> topiq.safetensors        (calculate_topiq)
    scripts/fetch_weights.py topiq-nr              -> topiq_nr.safetensors     (calculate_topiq_nr)
    scripts/fetch_weights.py danbooru-resnet50     -> danbooru_resnet50.safetensors (perceptualanimeloss)
    scripts/fetch_weights.py line-distiller --calibration traiNNer/losses/line_distiller_weights.pth
                                                   -> line_distiller.safetensors (linedistillerloss)
    scripts/fetch_weights.py vgg19                 -> vgg19.safetensors        (perceptualloss, contextualloss, structuretextureloss)
    scripts/fetch_weights.py vgg19-antialiased     -> vgg19_antialiased.safetensors (perceptualloss, antialiased: true)

Needs torch, torchvision and safetensors. What torchvision does not have on disk it downloads. LPIPS' own weights come out of
the package lpips, those of DISTS out of DISTS-pytorch, the antialiased network out of antialiased-cnns
(pip install lpips DISTS-pytorch antialiased-cnns). Files that are here already are
taken with --backbone (a state dict of torchvision's network) and --calibration (lpips/weights/v0.1/alex.pth, DISTS' weights.pt).
TOPIQ's file, cfanet_*_res50-*.pth, holds its ResNet-50 too. traiNNer-redux and pyiqa have downloaded it once they have measured
TOPIQ, and it is taken from where they keep it; with --calibration from anywhere. The ResNet-50 of danbooru-pretrained,
resnet50-13306192.pth, is taken from where traiNNer-redux puts it once it trains with perceptualanimeloss, or from
--calibration. The line distiller's file is a part of traiNNer-redux and is named with --calibration.
"""
import argparse
import importlib.util
import pathlib
import sys
import sysconfig

import safetensors.torch
import torch

BACKBONES = {"lpips-alex": "alexnet", "lpips-vgg": "vgg16", "lpips-squeeze": "squeezenet1_1", "dists": "vgg16", "vgg19": "vgg19",
             "vgg19-antialiased": "vgg19"}


TOPIQ = {"topiq": "cfanet_fr_kadid_res50-2c4cc61d.pth", "topiq-nr": "cfanet_nr_koniq_res50-9a73138b.pth"}
TOPIQ_PARTS = ("semantic_model.", "weight_pool.", "dim_reduce.", "sa_attn_blks.", "attn_blks.", "attn_pool.", "score_linear.",
               "h_emb", "w_emb")


def features_of(state):
    """A network's convolutions out of its state dict, or out of that of its `features` alone."""
    state = state.get("state_dict", state)  # as antialiased-cnns' files have it
    state = {name.removeprefix("module."): tensor for name, tensor in state.items() if not name.endswith(".filt")}
    found = {name: tensor for name, tensor in state.items() if name.startswith("features.")}
    return found or {f"features.{name}": tensor for name, tensor in state.items() if name[:1].isdigit()}


def backbone(kind, file):
    if file:
        return features_of(torch.load(file, map_location="cpu", weights_only=True))
    if kind == "vgg19-antialiased":
        if not importlib.util.find_spec("antialiased_cnns"):
            sys.exit("the antialiased vgg19 is in the package antialiased-cnns: pip install antialiased-cnns, or name its file "
                     "with --backbone")
        import antialiased_cnns
        return features_of(antialiased_cnns.vgg19(pretrained=True, filter_size=4).state_dict())
    import torchvision
    return features_of(getattr(torchvision.models, BACKBONES[kind])(weights="DEFAULT").state_dict())


def packaged(kind):
    """The calibration file inside the package that has it."""
    if kind == "dists":
        places = [pathlib.Path(sys.prefix), pathlib.Path(sysconfig.get_paths()["data"])]
        package = importlib.util.find_spec("DISTS_pytorch")
        places += [pathlib.Path(folder) for folder in (package.submodule_search_locations if package else ())]
        files = [place / "weights.pt" for place in places]
        wanted = "DISTS-pytorch"
    else:
        package = importlib.util.find_spec("lpips")
        files = [pathlib.Path(folder) / "weights/v0.1" / (kind.removeprefix("lpips-") + ".pth")
                 for folder in (package.submodule_search_locations if package else ())]
        wanted = "lpips"
    for file in files:
        if file.is_file():
            return file
    sys.exit(f"the weights of {kind} are in the package {wanted}: pip install {wanted}, or name their file with --calibration")


def calibration(kind, file):
    """LPIPS' weights of channels, or DISTS' alpha and beta."""
    if kind.startswith("vgg19"):
        return {}
    state = torch.load(file or packaged(kind), map_location="cpu", weights_only=True)
    wanted = ("alpha", "beta") if kind == "dists" else ("lin",)
    return {name: tensor.detach() for name, tensor in state.items() if name.startswith(wanted)}


def downloaded(kind):
    """TOPIQ's file where traiNNer-redux or pyiqa have put it."""
    folders = [pathlib.Path(torch.hub.get_dir()) / name for name in ("checkpoints", "pyiqa")]
    for folder in folders:
        if (folder / TOPIQ[kind]).is_file():
            return folder / TOPIQ[kind]
    metric = {"topiq": "topiq_fr", "topiq-nr": "topiq_nr"}[kind]
    sys.exit(f"{TOPIQ[kind]} is neither in {folders[0]} nor in {folders[1]}. traiNNer-redux downloads it when it validates with TOPIQ, and "
             f"pyiqa with python -c \"import pyiqa; pyiqa.create_metric('{metric}')\"; --calibration names a file elsewhere")


DANBOORU = "resnet50-13306192.pth"
DANBOORU_PARTS = {"0.0": "conv1", "0.1": "bn1", "0.4": "layer1", "0.5": "layer2", "0.6": "layer3", "0.7": "layer4"}


def danbooru_resnet50(file):
    """The convolutions of the network, by torchvision's names; the file counts its parts."""
    here = pathlib.Path(torch.hub.get_dir()) / "checkpoints" / DANBOORU
    if not file and not here.is_file():
        sys.exit(f"{DANBOORU} is not in {here.parent}. traiNNer-redux downloads it when it trains with perceptualanimeloss, from "
                 "the release v0.1 of RF5/danbooru-pretrained on GitHub; --calibration names a file elsewhere")
    tensors = {}
    for name, tensor in torch.load(file or here, map_location="cpu", weights_only=True).items():
        part = DANBOORU_PARTS.get(name[:3])
        if part and not name.endswith("num_batches_tracked"):
            tensors[part + name[3:]] = tensor
    if "conv1.weight" not in tensors or "layer4.2.conv3.weight" not in tensors:
        sys.exit(f"{file or here}: not the ResNet-50 of danbooru-pretrained")
    return tensors


def line_distiller(file):
    if not file:
        sys.exit("the line distiller's weights are the file traiNNer/losses/line_distiller_weights.pth of traiNNer-redux; name it "
                 "with --calibration")
    state = torch.load(file, map_location="cpu", weights_only=True)
    if "conv1.0.weight" not in state or "conv8.3.weight" not in state:
        sys.exit(f"{file}: not the weights of traiNNer-redux's line distiller")
    return {name: tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")}


def topiq(kind, file):
    """The tensors of TOPIQ, by their own names."""
    file = file or downloaded(kind)
    state = torch.load(file, map_location="cpu", weights_only=True)
    state = {name.removeprefix("module."): tensor for name, tensor in state.get("params", state).items()}
    # One gate looks at a distance of images, the other one at a part of the image's own features.
    gate = {"topiq": "weight_pool.0.0.weight", "topiq-nr": "weight_pool.0.splitconv.weight"}[kind]
    if gate not in state or "semantic_model.conv1.weight" not in state:
        sys.exit(f"{file}: not the weights of {kind} with a ResNet-50")
    return {name: tensor for name, tensor in state.items()
            if name.startswith(TOPIQ_PARTS) and not name.endswith("num_batches_tracked")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    whole = {**{name: lambda file, name=name: topiq(name, file) for name in TOPIQ}, "danbooru-resnet50": danbooru_resnet50,
             "line-distiller": line_distiller}
    parser.add_argument("kind", choices=sorted([*BACKBONES, *whole]))
    parser.add_argument("-o", "--output", type=pathlib.Path)
    parser.add_argument("--backbone", type=pathlib.Path, help="state dict of torchvision's network, instead of its own file")
    parser.add_argument("--calibration", type=pathlib.Path, help="the own weights of LPIPS or DISTS, instead of the package's file; the file of TOPIQ, of the ResNet-50 that knows "
                             "drawings or of the line distiller")
    arguments = parser.parse_args()
    output = arguments.output or pathlib.Path(arguments.kind.replace("-", "_") + ".safetensors")
    if arguments.kind in whole:
        if arguments.backbone:
            parser.error(f"the whole network of {arguments.kind} is in one file, which --calibration names")
        tensors = whole[arguments.kind](arguments.calibration)
    else:
        tensors = {**backbone(arguments.kind, arguments.backbone), **calibration(arguments.kind, arguments.calibration)}
        if not any(name.startswith("features.") for name in tensors):
            sys.exit(f"{arguments.backbone}: no tensors of torchvision's {BACKBONES[arguments.kind]}")
    safetensors.torch.save_file({name: tensor.float().contiguous() for name, tensor in tensors.items()}, output)
    print(output)


if __name__ == "__main__":
    main()
