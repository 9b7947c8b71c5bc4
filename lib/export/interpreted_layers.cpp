#include <torch/torch.h>

#include "export/interpreted_node.h"

namespace sr {
namespace {

using Integers = std::vector<std::int64_t>;

/// [beginnings, ends] as the same number on both sides of each axis; refuses other pads.
Integers symmetric_pads(const InterpretedNode& node) {
  const Integers pads = node.integers("pads", {0, 0, 0, 0});
  if (pads.size() != 4 || pads[0] != pads[2] || pads[1] != pads[3]) {
    node.refuse("with different pads on two sides");
  }
  return {pads[0], pads[1]};
}

at::Tensor convolution(const InterpretedNode& node) {
  return at::conv2d(node.input(0), node.input(1), node.input(2), node.integers("strides", {1, 1}),
                    symmetric_pads(node), node.integers("dilations", {1, 1}),
                    node.integer("group", 1));
}

at::Tensor transposed_convolution(const InterpretedNode& node) {
  return at::conv_transpose2d(node.input(0), node.input(1), node.input(2),
                              node.integers("strides", {1, 1}), symmetric_pads(node),
                              node.integers("output_padding", {0, 0}), node.integer("group", 1),
                              node.integers("dilations", {1, 1}));
}

at::Tensor layer_normalization(const InterpretedNode& node) {
  constexpr double kEpsilon = 1e-5;
  const Integers shape = node.input(1).sizes().vec();
  return at::layer_norm(node.input(0), shape, node.input(1), node.input(2),
                        node.real("epsilon", kEpsilon));
}

at::Tensor matrix_product(const InterpretedNode& node) {
  return at::matmul(node.input(0), node.input(1));
}

at::Tensor softmax(const InterpretedNode& node) {
  return at::softmax(node.input(0), node.integer("axis", -1));
}

at::Tensor max_pool(const InterpretedNode& node) {
  return at::max_pool2d(node.input(0), node.integers("kernel_shape", {}),
                        node.integers("strides", {1, 1}), symmetric_pads(node),
                        node.integers("dilations", {1, 1}));
}

at::Tensor grid_sample(const InterpretedNode& node) {
  const std::string mode = node.text("mode", "linear");
  const std::string padding = node.text("padding_mode", "zeros");
  if ((mode != "linear" && mode != "bilinear") || (padding != "zeros" && padding != "border")) {
    node.refuse("with " + mode + " and " + padding);
  }
  return at::grid_sampler_2d(node.input(0), node.input(1), /*interpolation_mode=*/0,
                             padding == "border" ? 1 : 0, node.integer("align_corners", 0) != 0);
}

/// ONNX's pads begin with the first axis; PyTorch's with the last, both ends of each together.
at::Tensor pad(const InterpretedNode& node) {
  const Integers pads = node.numbers(1);
  const std::size_t rank = pads.size() / 2;
  Integers own;
  for (std::size_t axis = rank; axis-- > 0;) {
    own.push_back(pads[axis]);
    own.push_back(pads[rank + axis]);
  }
  const std::string mode = node.text("mode", "constant");
  if (mode == "constant") {
    return at::constant_pad_nd(node.input(0), own,
                               node.input(2).defined() ? node.input(2).item() : at::Scalar(0));
  }
  while (own.size() > 4 && own[own.size() - 1] == 0 && own[own.size() - 2] == 0) {
    own.resize(own.size() - 2);  // those two modes pad images alone
  }
  return at::pad(node.input(0), own, mode == "edge" ? "replicate" : mode);
}

at::Tensor depth_to_space(const InterpretedNode& node) {
  if (node.text("mode", "DCR") != "CRD") {
    node.refuse("with other modes than CRD");
  }
  return at::pixel_shuffle(node.input(0), node.integer("blocksize", 1));
}

/// H and W that a Resize gives, by its scales or else by its sizes.
Integers resized(const InterpretedNode& node) {
  if (!node.input(2).defined()) {
    const Integers sizes = node.numbers(3);
    return {sizes.at(2), sizes.at(3)};
  }
  const at::Tensor scales = node.input(2).to(at::kDouble);
  return {static_cast<std::int64_t>(static_cast<double>(node.input(0).size(2)) *
                                    scales[2].item<double>()),
          static_cast<std::int64_t>(static_cast<double>(node.input(0).size(3)) *
                                    scales[3].item<double>())};
}

at::Tensor resize(const InterpretedNode& node) {
  const Integers size = resized(node);
  const std::string place = node.text("coordinate_transformation_mode", "half_pixel");
  if (node.text("mode", "nearest") == "linear" &&
      (place == "half_pixel" || place == "align_corners")) {
    return at::upsample_bilinear2d(node.input(0), size, place == "align_corners");
  }
  constexpr double kCoefficient = -0.75;
  if (node.text("mode", "nearest") == "cubic" && place == "half_pixel" &&
      node.real("cubic_coeff_a", 0) == kCoefficient) {
    return at::upsample_bicubic2d(node.input(0), size, /*align_corners=*/false);
  }
  if (node.text("mode", "nearest") != "nearest" || place != "asymmetric" ||
      node.text("nearest_mode", "") != "floor") {
    node.refuse("in this mode");
  }
  return at::upsample_nearest2d(node.input(0), size);
}

}  // namespace

OperationTable interpreted_layers() {
  return {{"Conv", convolution},
          {"ConvTranspose", transposed_convolution},
          {"LayerNormalization", layer_normalization},
          {"MatMul", matrix_product},
          {"Softmax", softmax},
          {"MaxPool", max_pool},
          {"GridSample", grid_sample},
          {"Pad", pad},
          {"DepthToSpace", depth_to_space},
          {"Resize", resize}};
}

}  // namespace sr
