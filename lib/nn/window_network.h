#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "arch/window.h"
#include "nn/block_network.h"
#include "nn/window_attention.h"
#include "nn/window_tail.h"

namespace sr {

/// SwinIR and the networks made of it: a convolution, groups of blocks of window attention on
/// pixels [N, H, W, C] (body()), a LayerNorm, convolutions with a skip around all of them, and a
/// WindowTail. Images are padded by reflection to size_multiple() and the output is cut.
///
/// A constructor calls add_head(), adds its groups, and calls add_tail(): the order of the names.
class WindowNetwork : public BlockNetwork {
 public:
  at::Tensor forward(const at::Tensor& lq) const final { return run(lq, {}); }
  at::Tensor training_forward(const at::Tensor& lq, const at::Tensor& kept) const final {
    return run(lq, kept);
  }
  int size_multiple() const override { return static_cast<int>(window_.height); }

 protected:
  struct Perceptron {
    Layer first, second;
    Layer local;  ///< a depthwise convolution of what is between them, added to it; or undefined
  };
  struct Attention {
    at::Tensor table;
    Layer qkv, proj;
    std::int64_t heads = 1;
    bool shifted = false;
    int parts = 0;        ///< as SwinShape's
    double qk_scale = 0;  ///< as SwinShape's
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
    int parts = 0;         ///< windows are spread over one of parts x parts parts; 0: they are not
    double qk_scale = 0;   ///< factor of the queries; 0: 1 / sqrt(features of a head)
    bool keeps_mask = false;  ///< files have one where windows are not shifted, too
  };
  /// What the blocks of a pass share.
  struct Pass : BlockNetwork::Pass {
    at::Tensor mask;  ///< of shifted windows
    at::Tensor bias_positions;
    std::map<int, at::Tensor> spread_masks;  ///< of shifted ones that are spread, by their parts
  };

  /// All blocks have window(), or each has windows of its own and grows the image for them: then
  /// there are no masks and positions to share, and window_size is what size_multiple() says.
  enum class Windows { kShared, kOfBlocks };
  WindowNetwork(const arch::WindowOptions& options, int scale, std::uint64_t seed,
                Windows windows = Windows::kShared);

  /// `projected`: with a 1x1 convolution in front of the first LayerNorm.
  void add_head(bool projected = false);
  /// `middle`: features between the steps of the upsampler.
  void add_tail(int middle);
  at::Tensor add_table(const std::string& name, std::int64_t rows, int heads);
  Attention add_attention(const std::string& name, int features, int heads, bool shifted);
  static int inside_perceptron(int features, double ratio);
  /// `local_side`: of its depthwise convolution's kernels, 0 for none.
  Perceptron add_perceptron(const std::string& name, int features, double ratio,
                            int local_side = 0);
  SwinBlock add_swin_block(const std::string& name, const SwinShape& shape);
  /// The masks of shifted blocks in files, for images of img_size.
  const at::Tensor& derived_mask() const { return derived_mask_; }
  const at::Tensor& derived_positions() const { return derived_positions_; }

  /// Of shifted windows in an image of this size.
  virtual at::Tensor mask_for(std::int64_t height, std::int64_t width, at::Device device) const;
  /// Images grown to multiples of size_multiple(), unless blocks do so for themselves.
  virtual at::Tensor padded(const at::Tensor& images) const;
  virtual at::Tensor body(const at::Tensor& pixels, const Pass& pass) const = 0;

  using BlockNetwork::through;
  at::Tensor through(const Attention& attention, const at::Tensor& pixels, const Pass& pass) const;
  at::Tensor through(const SwinBlock& block, const at::Tensor& pixels, const Pass& pass) const;
  static at::Tensor through(const Perceptron& perceptron, const at::Tensor& pixels);

  const arch::WindowOptions& options() const { return options_; }
  Window window() const { return window_; }
  const at::Tensor& positions() const { return positions_; }

 private:
  at::Tensor file_mask(const SwinShape& shape) const;
  at::Tensor run(const at::Tensor& lq, const at::Tensor& kept) const;

  arch::WindowOptions options_;
  Windows windows_;
  Window window_;
  at::Tensor positions_;  ///< a constant
  at::Tensor derived_mask_, derived_positions_;
  std::map<int, at::Tensor> derived_spread_masks_;  ///< by parts
  Layer first_, projection_, patch_norm_, norm_;
  Connection after_body_;
  std::unique_ptr<WindowTail> tail_;
};

}  // namespace sr
