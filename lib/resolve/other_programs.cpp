#include "resolve/other_programs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <variant>

#include "arch/catalogue.h"

namespace sr::settings {
namespace {

constexpr const char* kOtherScuNet =
    "is refused: it takes it for the published SCUNet, whose tensors are others";

/// What spandrel makes of a network, which it knows by names and shapes alone; empty: the right
/// one.
struct Misread {
  int scale;

  std::string operator()(const arch::CompactOptions& network) const {
    if (network.act_type != arch::Activation::kPrelu) {
      return "is refused: it knows Compact with act_type prelu alone";
    }
    if (!network.learn_residual) {
      return "is read as one with learn_residual: the enlarged input is added to every image, "
             "without an error";
    }
    return network.num_in_ch == arch::kRgb
               ? ""
               : fmt::format(
                     "loads, and fails when it is run: it has {} input channels and 3 output "
                     "channels",
                     network.num_in_ch);
  }

  std::string operator()(const arch::EsrganOptions& network) const {
    return of_rrdb(network, scale < 3 && network.use_pixel_unshuffle);
  }

  std::string operator()(const arch::RrdbNetOptions& network) const {
    return of_rrdb(network, scale < 3);
  }

  std::string operator()(const arch::FdatOptions& network) const {
    constexpr int kMostInCode = 255;
    if (network.group_block_pattern != arch::FdatOptions{}.group_block_pattern) {
      return "is refused: it builds group_block_pattern [spatial, channel] whatever the file holds";
    }
    if (std::max(network.embed_dim, network.mid_dim) > kMostInCode) {
      return "is refused: upsampler.MetaUpsample, by which it knows embed_dim and mid_dim, counts "
             "to 255";
    }
    return network.fold(scale) > 1 && network.num_in_ch != arch::kRgb
               ? "is refused: it takes the folded input for that of an RGB image"
               : "";
  }

  std::string operator()(const arch::ScuNetOptions& network) const {
    if (network.residual || scale > 1) {
      return kOtherScuNet;
    }
    return network.padding == arch::ScuNetPadding::kEnd
               ? ""
               : "loads as the published SCUNet, which pads images at the right and lower edge "
                 "alone: images differ near their edges";
  }

  std::string operator()(const arch::TScuNetOptions& /*network*/) const { return kOtherScuNet; }

  std::string operator()(const arch::CascadedGazeOptions& /*network*/) const {
    return "is refused: it takes it for NAFNet, whose tensors are others";
  }

  std::string operator()(const arch::TfdatOptions& /*network*/) const {
    return "is refused: it takes it for FDAT, whose tensors are others";
  }

  std::string operator()(const arch::AtdOptions& network) const {
    const int taken = network.assumed_category_size();
    return network.category_size == taken
               ? ""
               : fmt::format(
                     "is read with a category_size of {}, without an error: images come out wrong",
                     taken);
  }

  std::string operator()(const arch::DatOptions& network) const {
    const bool shuffles = network.upsampler == arch::WindowUpsampler::kPixelShuffle;
    return scale == 1 && shuffles && !network.unshuffle_mod
               ? "is refused: it does not know DAT with pixelshuffle at scale 1"
               : "";
  }

  std::string operator()(const arch::DctlsaOptions& network) const {
    const int taken = arch::DctlsaOptions{}.num_head;
    return network.num_head == taken
               ? ""
               : fmt::format("is read with {} heads, without an error: images come out wrong",
                             taken);
  }

  std::string operator()(const arch::DitnOptions& network) const {
    const int taken = arch::DitnOptions{}.patch_size;
    return network.patch_size == taken
               ? ""
               : fmt::format(
                     "is read with a patch_size of {}, without an error: images come out wrong",
                     taken);
  }

  std::string operator()(const arch::DwtOptions& /*network*/) const {
    return "is read as SwinIR, which has the same tensors, without an error: images come out wrong";
  }

  std::string operator()(const arch::CraftOptions& network) const {
    const int taken = arch::CraftOptions{}.window_size;
    if (network.window_size != taken) {
      return fmt::format(
          "is read with a window_size of {}, without an error: images come out wrong", taken);
    }
    return network.split_size_0 > network.split_size_1 ? kExchangedSides : "";
  }

  std::string operator()(const arch::RgtOptions& network) const {
    const int first = network.split_size.front();
    const int second = network.split_size.back();
    const auto power_of_two = [](int side) { return side > 1 && (side & (side - 1)) == 0; };
    if (first == second) {
      return "";
    }
    if (!power_of_two(first) || !power_of_two(second)) {
      return "is refused: it knows windows with sides that are equal or powers of 2";
    }
    return first > second ? kExchangedSides : "";
  }

  std::string operator()(const arch::GrlOptions& network) const {
    if (network.upsampler == arch::WindowUpsampler::kPixelShuffle && scale == 1) {
      return "is refused: it takes pixelshuffle of scale 1 for no upsampler";
    }
    arch::GrlOptions taken = network;
    if (scale == 1) {  // the authors' networks of that scale have no upsampler
      taken.upsampler = arch::WindowUpsampler::kNone;
    }
    taken.assume_sizes();
    taken.upsampler = network.upsampler;
    taken.stripe_groups = {0, 0};
    taken.pretrained_window_size = taken.pretrained_stripe_size = {0, 0};
    taken.stripe_shift = true;
    taken.euclidean_dist = false;
    taken.img_range = 1;
    if (network.init_method == "r") {
      taken.init_method = "n";
    }
    const bool pools = network.anchor_proj_type == arch::AnchorKind::kAveragePool ||
                       network.anchor_proj_type == arch::AnchorKind::kMaxPool;
    if (pools) {
      taken.anchor_proj_type = arch::AnchorKind::kAveragePool;
      taken.anchor_window_down_factor = arch::GrlOptions{}.anchor_window_down_factor;
    }
    return taken == network
               ? ""
               : fmt::format(
                     "is read with a window_size of {}, a stripe_size of [{}], anchors of "
                     "{} pixels and the defaults of what else leaves no trace in its "
                     "files, without an error: images come out wrong",
                     taken.window_size, fmt::join(taken.stripe_size, ", "),
                     taken.anchor_window_down_factor);
  }

  std::string operator()(const arch::SeemoreOptions& network) const {
    constexpr int kLargeLayers = 16;
    constexpr int kLargeFeatures = 48;
    const bool large =
        network.num_layers == kLargeLayers && network.embedding_dim == kLargeFeatures;
    const bool shuffles = !large;
    const int shrinks = large ? 1 : 2;
    return network.use_shuffle == shuffles && network.recursive == shrinks && network.topk == 1 &&
                   network.img_range == 1
               ? ""
               : fmt::format(
                     "is read with use_shuffle {}, recursive {}, topk 1 and img_range 1, without "
                     "an error: images come out wrong",
                     shuffles, shrinks);
  }

  template <typename Other>
  std::string operator()(const Other& /*network*/) const {
    return "";
  }

 private:
  static constexpr const char* kExchangedSides =
      "is read with the sides of its windows exchanged, without an error: images come out wrong";

  std::string of_rrdb(const arch::RrdbNetOptions& network, bool folded) const {
    constexpr int kGrowth = 32;
    if (network.num_grow_ch != kGrowth) {
      return fmt::format("is refused: num_grow_ch is {}, and it builds {} whatever the file holds",
                         network.num_grow_ch, kGrowth);
    }
    if (scale == 3) {
      return "is taken for a x2 network, as it counts steps of x2: images come out at the wrong "
             "size, without an error. traiNNer-redux reads them as they are";
    }
    return folded && network.num_in_ch != arch::kRgb
               ? fmt::format(
                     "loads, and fails when it is run: it takes the {} folded channels for "
                     "those of an image",
                     network.num_in_ch)
               : "";
  }
};

}  // namespace

void warn_of_unreadable_weights(const Config& config, Findings& findings) {
  const std::string misread = std::visit(Misread{config.scale}, config.network_g.options.get());
  if (!misread.empty()) {
    findings.warning(fmt::format(
        "network_g: in spandrel, by which chaiNNer, ComfyUI and others read weights, this network "
        "{}",
        misread));
  }
}

}  // namespace sr::settings
