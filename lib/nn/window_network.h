#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "arch/window.h"
#include "nn/network.h"
#include "nn/window_attention.h"
#include "nn/window_tail.h"

namespace sr {

/// SwinIR and the networks made of it: a convolution, groups of blocks of window attention on
/// pixels [N, H, W, C] (body()), a LayerNorm, convolutions with a skip around all of them, and a
/// WindowTail. Images are padded by reflection to multiples of the window and the output is cut.
///
/// A constructor calls add_head(), adds its groups, and calls add_tail(): the order of the names.
class WindowNetwork : public Network {
 public:
  at::Tensor forward(const at::Tensor& lq) const final { return run(lq, {}); }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& kept) const final {
    return run(lq, kept);
  }
  std::vector<double> drop_rates() const final { return drop_rates_; }
  int size_multiple() const final { return static_cast<int>(window_.height); }
  /// Masks and relative positions, which loaders expect in files: a mask tells them img_size.
  NamedTensors derived_tensors(const std::vector<at::Tensor>& parameters) const final;

 protected:
  struct Perceptron {
    Layer first, second;
  };
  struct Attention {
    at::Tensor table;
    Layer qkv, proj;
    std::int64_t heads = 1;
    bool shifted = false;
  };
  struct Connection {
    std::vector<Layer> layers;  ///< none, one 3x3, or 3x3, 1x1 and 3x3
  };
  /// A range of parameters(): those of a block, for computing it twice.
  struct Parameters {
    std::size_t begin = 0, end = 0;
  };
  /// norm1, attn, norm2, mlp, with a skip around each half.
  struct SwinBlock {
    Layer norm1, norm2;
    Attention attention;
    Perceptron perceptron;
    std::size_t branch = 0;  ///< of the attention; the perceptron's is the next
    Parameters parameters;
  };
  struct SwinShape {
    int features = 0, heads = 1;
    double mlp_ratio = 2;
    bool shifted = false;
    double drop_rate = 0;  ///< of both branches
  };
  /// What the blocks of a pass share.
  struct Pass {
    at::Tensor kept;  ///< as in training_forward(), or undefined
    at::Tensor mask;  ///< of shifted windows
    at::Tensor bias_positions;
  };

  /// Throws ConfigError for options that contradict each other.
  WindowNetwork(const arch::WindowOptions& options, int scale, std::uint64_t seed);

  void add_head();
  /// `middle`: features between the steps of the upsampler.
  void add_tail(int middle);
  Layer add_norm(const std::string& name, int features);
  Layer add_linear(const std::string& name, int inputs, int outputs, bool bias = true);
  Layer add_conv(const std::string& name, int inputs, int outputs, int side);
  at::Tensor add_table(const std::string& name, std::int64_t rows, int heads);
  Attention add_attention(const std::string& name, int features, int heads, bool shifted);
  Perceptron add_perceptron(const std::string& name, int features, double ratio);
  SwinBlock add_swin_block(const std::string& name, const SwinShape& shape);
  Connection add_connection(const std::string& name);
  /// A branch that training leaves out for this share of samples; its number.
  std::size_t add_branch(double drop_rate);
  /// A tensor of the weight file that follows from the options.
  void add_derived(const std::string& name, const at::Tensor& value);
  /// The masks of shifted blocks in files, for images of img_size.
  const at::Tensor& derived_mask() const { return derived_mask_; }

  virtual at::Tensor body(const at::Tensor& pixels, const Pass& pass) const = 0;

  at::Tensor through(const Attention& attention, const at::Tensor& pixels, const Pass& pass) const;
  at::Tensor through(const SwinBlock& block, const at::Tensor& pixels, const Pass& pass) const;
  at::Tensor through(const Connection& connection, const at::Tensor& pixels) const;
  static at::Tensor normalized(const at::Tensor& pixels, const Layer& norm);
  static at::Tensor through(const Perceptron& perceptron, const at::Tensor& pixels);
  /// What training keeps of a branch's output [N, ...].
  at::Tensor kept(const at::Tensor& output, std::size_t branch, const Pass& pass) const;
  using Block = std::function<at::Tensor(const at::Tensor& pixels)>;
  /// block(pixels), computed again in backward with use_checkpoint.
  at::Tensor computed(const Parameters& parameters, const Block& block,
                      const at::Tensor& pixels) const;

  const arch::WindowOptions& options() const { return options_; }
  Window window() const { return window_; }
  /// Drop rates of blocks rise linearly from 0; `index` counts the blocks of all groups.
  double drop_rate_of(int index) const;
  const at::Tensor& positions() const { return positions_; }
  at::Generator& generator() { return generator_; }

 private:
  at::Tensor run(const at::Tensor& lq, const at::Tensor& kept) const;

  arch::WindowOptions options_;
  Window window_;
  at::Generator generator_;
  std::vector<double> drop_rates_;
  at::Tensor mean_, positions_;  ///< constants
  at::Tensor derived_mask_, derived_positions_;
  std::vector<at::Tensor> derived_;
  Layer first_, patch_norm_, norm_;
  Connection after_body_;
  std::unique_ptr<WindowTail> tail_;
};

}  // namespace sr
