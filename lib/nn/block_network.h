#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "arch/window.h"
#include "nn/attended_conv.h"
#include "nn/convolved.h"
#include "nn/gated_conv.h"
#include "nn/linear_layer.h"
#include "nn/network.h"
#include "nn/recompute.h"

namespace sr {

/// What networks of transformer blocks share: layers with the transformers' initial values,
/// branches that training leaves out, blocks that are computed twice, convolutions at the end of a
/// group, and tensors of weight files that follow from the options. Pixels are [N, H, W, C].
class BlockNetwork : public Network {
 public:
  std::vector<double> drop_rates() const final { return drop_rates_; }
  /// Masks and positions, which loaders expect in files: a mask tells them img_size.
  NamedTensors derived_tensors(const std::vector<at::Tensor>& parameters) const override;

 protected:
  struct Blocks {
    int features = 0;
    std::vector<int> depths;  ///< blocks of each group
    double drop_path_rate = 0;
    bool computed_twice = false;
    arch::ResidualConnection connection = arch::ResidualConnection::kOneConv;
    LinearStart linear = LinearStart::kTruncatedNormal;
  };
  struct Connection {
    std::vector<Layer> layers;  ///< none, one 3x3, 1x1 or linear, or 3x3, 1x1 and 3x3
  };
  /// Blocks and a convolution behind them, with a skip around both.
  template <typename BlockOfGroup>
  struct ResidualGroup {
    std::vector<BlockOfGroup> blocks;
    Connection connection;
  };
  /// A range of parameters(): those of a block, for computing it twice.
  struct Parameters {
    std::size_t begin = 0, end = 0;
  };
  /// What the blocks of a pass share.
  struct Pass {
    at::Tensor kept;  ///< as in training_forward(), or undefined
  };

  BlockNetwork(Blocks blocks, int scale, std::uint64_t seed);

  Layer add_norm(const std::string& name, int features);
  Layer add_linear(const std::string& name, int inputs, int outputs, bool bias = true);
  Layer add_conv(const std::string& name, int inputs, int outputs, int side);
  /// `shape`: of the weight.
  Layer add_conv(const std::string& name, at::IntArrayRef shape, bool bias = true);
  Connection add_connection(const std::string& name);
  struct GatedConvNames {
    const char* in = ".project_in";
    const char* depthwise = ".dwconv";
    const char* out = ".project_out";
    bool bias = false;  ///< of all three
  };
  /// Adds `layers.<number>`: its blocks by add_block(name, index in the group, drop rate), then
  /// its connection. `blocks`: what stands between the names of the group and of a block.
  template <typename Group, typename AddBlock>
  Group add_group(std::size_t number, const std::string& blocks, AddBlock add_block) {
    const std::string name = "layers." + std::to_string(number);
    const int before = std::accumulate(blocks_.depths.begin(), blocks_.depths.begin() + number, 0);
    Group group;
    for (int k = 0; k < blocks_.depths[number]; ++k) {
      group.blocks.push_back(
          add_block(name + blocks + std::to_string(k), k, drop_rate_of(before + k)));
    }
    group.connection = add_connection(name + ".conv");
    return group;
  }
  GatedConv add_gated_conv(const std::string& name, int features, int inside,
                           const GatedConvNames& names);
  /// `inside`, `squeezed`: features between the convolutions and in their channel attention.
  AttendedConv add_attended_conv(const std::string& name, int features, int inside, int squeezed);
  /// A branch that training leaves out for this share of samples; its number.
  std::size_t add_branch(double drop_rate);
  /// A tensor of the weight file that follows from the options.
  void add_derived(const std::string& name, const at::Tensor& value);

  at::Tensor through(const Connection& connection, const at::Tensor& pixels) const;
  /// through_block(block, pixels) of all blocks of all groups.
  template <typename Group, typename ThroughBlock>
  at::Tensor through_groups(const std::vector<Group>& groups, at::Tensor pixels,
                            ThroughBlock through_block) const {
    for (const Group& group : groups) {
      at::Tensor inside = pixels;
      for (const auto& block : group.blocks) {
        inside = through_block(block, inside);
      }
      pixels = through(group.connection, inside) + pixels;
    }
    return pixels;
  }
  static at::Tensor normalized(const at::Tensor& pixels, const Layer& norm, double epsilon = 1e-5);
  /// What training keeps of a branch's output [N, H, W, C].
  at::Tensor kept(const at::Tensor& output, std::size_t branch, const Pass& pass) const;
  using Block = std::function<at::Tensor(const at::Tensor& pixels)>;
  /// block(pixels), computed again in backward when blocks are computed twice.
  at::Tensor computed(const Parameters& parameters, const Block& block,
                      const at::Tensor& pixels) const;
  /// through(block, inputs) of these blocks one behind the other, each computed() by its
  /// `parameters`.
  template <typename Blocks, typename Through>
  at::Tensor computed_in_turn(const Blocks& blocks, const at::Tensor& inputs,
                              Through through) const {
    at::Tensor inside = inputs;
    for (const auto& block : blocks) {
      const auto one = [&block, through](const at::Tensor& input) { return through(block, input); };
      inside = computed(block.parameters, one, inside);
    }
    return inside;
  }
  /// The same of a block of several tensors.
  Tensors computed(const Parameters& parameters,
                   const std::function<Tensors(const Tensors&)>& block,
                   const Tensors& inputs) const;

  Computed how_computed() const { return sr::how_computed(blocks_.computed_twice); }
  /// Drop rates of blocks rise linearly from 0; `index` counts the blocks of all groups.
  double drop_rate_of(int index) const;
  /// The mean colour of DIV2K, [1, 3, 1, 1].
  const at::Tensor& mean_colour() const { return mean_colour_; }
  at::Generator& generator() { return generator_; }

 private:
  Tensors tensors_of(const Parameters& range) const;

  Blocks blocks_;
  at::Generator generator_;
  std::vector<double> drop_rates_;
  at::Tensor mean_colour_;  ///< a constant
  std::vector<at::Tensor> derived_;
};

}  // namespace sr
