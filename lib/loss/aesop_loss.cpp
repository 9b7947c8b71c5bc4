#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <torch/torch.h>

#include "config/network_section.h"
#include "loss/classifier.h"
#include "loss/continued.h"
#include "loss/file_losses.h"
#include "loss/penalty.h"
#include "nn/network.h"

namespace sr {
namespace {

constexpr std::int64_t kFeatures = recipe::AesopOptions::kFeatures;
constexpr std::int64_t kGrowth = 32;  ///< features that each convolution of a dense block adds
constexpr double kSlope = 0.2, kShare = 0.2;
constexpr std::string_view kOwner = "an autoencoder of this scale and decoder_opt";

at::Tensor in_type_of(const at::Tensor& own, const at::Tensor& x) {
  return own.to(x.scalar_type());
}

struct Convolution {
  at::Tensor weight, bias;
  at::Tensor operator()(const at::Tensor& x) const {
    return at::conv2d(x, in_type_of(weight, x), in_type_of(bias, x), /*stride=*/1, /*padding=*/1);
  }
  void to(at::Device device, bool channels_last) {
    weight = weight.to(device).contiguous(channels_last ? at::MemoryFormat::ChannelsLast
                                                        : at::MemoryFormat::Contiguous);
    bias = bias.to(device);
  }
};

/// Three dense blocks of five convolutions.
struct DenseBlocks {
  std::array<std::array<Convolution, 5>, 3> blocks;

  at::Tensor operator()(const at::Tensor& x) const {
    at::Tensor out = x;
    for (const std::array<Convolution, 5>& block : blocks) {
      at::Tensor seen = out;
      for (std::size_t i = 0; i + 1 < block.size(); ++i) {
        seen = at::cat({seen, at::leaky_relu(block[i](seen), kSlope)}, 1);
      }
      out = kShare * block.back()(seen) + out;
    }
    return kShare * out + x;
  }
};

/// By the names of traiNNer-redux, which has each convolution of the encoder twice: conv_first.0
/// and encoder.0.0.
class EncoderReader {
 public:
  explicit EncoderReader(const FeatureStack::Weights& weights) : weights_(weights) {}

  Convolution convolution(const std::string& part, const std::string& name, std::int64_t inputs,
                          std::int64_t outputs) const {
    static const std::map<std::string, std::string, std::less<>> kPlaces{
        {"conv_first", "encoder.0"}, {"body", "encoder.2"}, {"conv_last", "encoder.3"}};
    const std::string there = part + name + ".weight";
    const std::string full = weights_.contains(there) ? part + name : kPlaces.at(part) + name;
    return {feature_weight(weights_, full + ".weight", {outputs, inputs, 3, 3}, kOwner),
            feature_weight(weights_, full + ".bias", {outputs}, kOwner)};
  }

 private:
  const FeatureStack::Weights& weights_;
};

/// Images of -> images as large, by a detour over smaller ones of three channels.
class Autoencoder {
 public:
  Autoencoder(const recipe::AesopOptions& options, const FeatureStack::Weights& weights)
      : scale_(options.scale),
        decoder_(make_network(options.decoder.get<settings::NestedNetwork>().network, options.scale,
                              /*seed=*/0)) {
    const EncoderReader reader(weights);
    const std::int64_t unfolded = kFeatures / (scale_ * scale_);
    first_ = {reader.convolution("conv_first", ".0", 3, unfolded),
              reader.convolution("conv_first", ".1", unfolded, unfolded)};
    for (std::size_t i = 0; i < body_.size(); ++i) {
      for (std::size_t block = 0; block < 3; ++block) {
        for (std::size_t k = 0; k < 5; ++k) {
          body_[i].blocks[block][k] = reader.convolution(
              "body", fmt::format(".{}.RDB{}.conv{}.0", i, block + 1, k + 1),
              kFeatures + static_cast<std::int64_t>(k) * kGrowth, k < 4 ? kGrowth : kFeatures);
        }
      }
    }
    last_ = {reader.convolution("conv_last", ".0", kFeatures, kFeatures),
             reader.convolution("conv_last", ".1", kFeatures, 3)};
    read_decoder(weights);
  }

  at::Tensor operator()(const at::Tensor& images) const {
    const at::Tensor whole = continued_to_multiples(images, scale_);
    at::Tensor x = at::pixel_unshuffle(first_[1](first_[0](whole)), scale_);
    for (const DenseBlocks& blocks : body_) {
      x = blocks(x);
    }
    return cut_to_sides_of(decoded(last_[1](last_[0](x))), images);
  }

  void to(at::Device device, bool channels_last) {
    for (std::array<Convolution, 2>* both : {&first_, &last_}) {
      for (Convolution& one : *both) {
        one.to(device, channels_last);
      }
    }
    for (DenseBlocks& blocks : body_) {
      for (std::array<Convolution, 5>& block : blocks.blocks) {
        for (Convolution& one : block) {
          one.to(device, channels_last);
        }
      }
    }
    decoder_->to(device, channels_last);
  }

 private:
  /// Fixed: the gradient goes through it to the images alone.
  void read_decoder(const FeatureStack::Weights& weights) {
    const torch::NoGradGuard no_grad;
    const std::string prefix = "decoder.";
    std::map<std::string, std::string> in_file;  // by the names that the network gives its tensors
    for (const auto& [there, tensor] : weights) {
      if (there.starts_with(prefix)) {
        in_file.emplace(decoder_->own_name(there.substr(prefix.size())), there);
      }
    }
    for (const NamedTensors* tensors : {&decoder_->parameters(), &decoder_->buffers()}) {
      for (const NamedTensor& own : *tensors) {
        at::Tensor tensor = own.tensor;
        tensor.set_requires_grad(false);
        const auto found = in_file.find(own.name);
        const at::Tensor read =
            feature_weight(weights, found == in_file.end() ? prefix + own.name : found->second,
                           tensor.sizes().vec(), kOwner);
        tensor.set_data(read.to(at::promote_types(read.scalar_type(), tensor.scalar_type()), false,
                                /*copy=*/true));
      }
    }
  }

  /// In the type of its weights, which is float32 but in tests of the formula.
  at::Tensor decoded(const at::Tensor& latent) const {
    for (const NamedTensors* tensors : {&decoder_->parameters(), &decoder_->buffers()}) {
      for (const NamedTensor& own : *tensors) {
        if (own.tensor.is_floating_point() && own.tensor.scalar_type() != latent.scalar_type()) {
          at::Tensor tensor = own.tensor;
          tensor.set_data(tensor.to(latent.scalar_type()));
        }
      }
    }
    return decoder_->forward(latent);
  }

  std::int64_t scale_;
  std::array<Convolution, 2> first_, last_;
  std::array<DenseBlocks, 2> body_;
  std::unique_ptr<Network> decoder_;
};

class AesopLoss final : public Loss {
 public:
  AesopLoss(const recipe::AesopOptions& options, const FeatureStack::Weights& weights)
      : criterion_(options.criterion), autoencoder_(options, weights) {}

  at::Tensor operator()(const LossImages& images) const override {
    const at::Tensor gt = autoencoder_(images.gt);
    return mean_penalty(autoencoder_(images.output), gt, criterion_);
  }

  void to(at::Device device, bool channels_last) override {
    autoencoder_.to(device, channels_last);
  }

 private:
  Criterion criterion_;
  Autoencoder autoencoder_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const AesopOptions& options,
                                        const FeatureStack::Weights& weights) {
  return std::make_unique<AesopLoss>(options, weights);
}

std::unique_ptr<Loss> recipe::make_loss(const AesopOptions& options) {
  return loss_of_file(options, {"aesoploss", "traiNNer-redux trains such an autoencoder",
                                is_of_normalised_network});
}

}  // namespace sr
