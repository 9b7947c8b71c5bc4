#pragma once

#include <cstddef>
#include <vector>

#include "nn/fixed_layers.h"
#include "nn/resnet50.h"
#include "perception/gated_local_pooling.h"
#include "perception/token_attention.h"

namespace sr {

/// TOPIQ's coarse-to-fine attention network (Chen, Mo, Hou, Wu, Liao, Sun, Yan, Lin 2023): the
/// levels of a ResNet-50, from distortions (fine) to semantics (coarse), become tokens on the grid
/// of the coarsest. From there down to the finest, what was found so far asks the next level:
/// semantics say which distortions matter.
class Cfanet {
 public:
  /// `weights`: by the names of pyiqa's CFANet. Throws CheckpointError as feature_weight(), and for
  /// the weights of the other kind.
  Cfanet(TopiqKind kind, const FeatureStack::Weights& weights, at::Device device);

  /// `images`: [1, 3, H, W] of 0 to 1; with a reference [2, 3, H, W], which is the second one. Any
  /// sides. Higher is better.
  double quality(const at::Tensor& images) const;

 private:
  struct Level {
    GatedLocalPooling pooling;
    FixedConvolution dim_reduce;
    SelfAttention attention;
  };

  Cfanet(TopiqKind kind, const FixedLayers& layers);

  /// Of one level: [positions, C]. `grid`: height and width of the coarsest level.
  at::Tensor tokens(const Level& level, const at::Tensor& features, at::IntArrayRef grid) const;
  double score(const at::Tensor& tokens) const;

  ResNet50 backbone_;
  at::Tensor shift_, scale_;                       ///< of the images' colours
  at::Tensor position_;                            ///< [1, C, 32, 32], resized to any grid
  std::vector<Level> levels_;                      ///< from fine to coarse
  std::vector<CrossScaleAttention> cross_scales_;  ///< from coarse to fine
  SelfAttention attention_pooling_;
  std::vector<FixedLayerNorm> score_norms_;
  std::vector<FixedLinear> score_layers_;
};

}  // namespace sr
