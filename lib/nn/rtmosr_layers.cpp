#include "nn/rtmosr_layers.h"

#include <utility>

#include <torch/torch.h>

namespace sr {
namespace {

constexpr double kDeviation = 0.02;
constexpr std::size_t kAlphas = 4;  ///< of a ShiftConv
constexpr std::size_t kSumTensors = 15;
constexpr std::size_t kShiftTensors = kAlphas + 6;

SummedConv sum_of(const at::Tensor* t) {
  return {t[0],
          {t[1], t[2]},
          {t[3], t[4]},
          {t[5], t[6]},
          {{t[7], t[8]}, {t[9], t[10]}, {t[11], t[12]}, {t[13], t[14]}}};
}

ShiftConv shift_of(const at::Tensor* t) {
  return {std::vector<at::Tensor>(t, t + kAlphas),
          {t[kAlphas], t[kAlphas + 1]},
          {t[kAlphas + 2], t[kAlphas + 3]},
          {t[kAlphas + 4], t[kAlphas + 5]}};
}

/// A 1x1 and the 3x3 behind it.
Layer composed(const Layer& widen, const Layer& outer) {
  const at::Tensor places = outer.weight.permute({0, 2, 3, 1});  // [out, 3, 3, middle]
  return {at::matmul(places, widen.weight.flatten(1)).permute({0, 3, 1, 2}),
          at::matmul(outer.weight.sum(at::IntArrayRef{2, 3}), widen.bias) + outer.bias};
}

/// `four`: the merge of sum.four.
Layer merged_sum(const SummedConv& sum, const Layer& four) {
  const Layer two = composed(sum.widen, sum.outer);
  const at::Tensor a = sum.alpha[0];
  const at::Tensor b = sum.alpha[1];
  const at::Tensor c = sum.alpha[2];
  return {(a * two.weight + b * sum.plain.weight + c * four.weight)
              .contiguous(sum.plain.weight.suggest_memory_format()),
          a * two.bias + b * sum.plain.bias + c * four.bias};
}

Layer merged_shift(const ShiftConv& shift) {
  const auto column = [&](std::size_t i) { return shift.alphas[i].view({-1, 1, 1, 1}); };
  const auto grown = [](const at::Tensor& kernel, std::int64_t by) {
    return at::constant_pad_nd(kernel, {by, by, by, by});
  };
  const at::Tensor centre = column(0) + column(1) * shift.one.weight;
  return {
      column(3) * shift.five.weight + grown(column(2) * shift.three.weight, 1) + grown(centre, 2),
      shift.alphas[1].flatten() * shift.one.bias + shift.alphas[2].flatten() * shift.three.bias +
          shift.alphas[3].flatten() * shift.five.bias};
}

std::vector<Layer> merged_fours(const std::vector<SummedConv>& sums) {
  std::vector<Conv3xc> fours;
  for (const SummedConv& sum : sums) {
    fours.push_back(sum.four);
  }
  return merge(fours);
}

}  // namespace

Layer MergedNetwork::small_layer(at::IntArrayRef shape, at::Generator& generator) {
  return {truncated_normal(shape, kDeviation, generator), torch::zeros({shape[0]})};
}

void MergedNetwork::add_derived(const std::string& name) {
  derived_names_.insert(derived_names_.end(), {name + ".weight", name + ".bias"});
}

std::size_t MergedNetwork::add_sum(const std::string& name, int inputs, int outputs,
                                   at::Generator& generator) {
  places_.push_back({false, sums_.size(), parameters().size()});
  const int middle = 2 * outputs;
  add_parameter(name + ".alpha", torch::ones({3}));
  const Layer widen = default_layer({middle, inputs, 1, 1}, true, generator);
  add_parameter(name + ".conv1.k0", widen.weight);
  add_parameter(name + ".conv1.b0", widen.bias);
  const Layer outer = default_layer({outputs, middle, 3, 3}, true, generator);
  add_parameter(name + ".conv1.k1", outer.weight);
  add_parameter(name + ".conv1.b1", outer.bias);
  add_layer(name + ".conv2", small_layer({outputs, inputs, 3, 3}, generator));
  const std::string four = name + ".conv3.";
  add_layer(four + "sk", small_layer({outputs, inputs, 1, 1}, generator));
  add_layer(four + "conv.0", small_layer({2 * inputs, inputs, 1, 1}, generator));
  add_layer(four + "conv.1", small_layer({middle, 2 * inputs, 3, 3}, generator));
  add_layer(four + "conv.2", small_layer({outputs, middle, 1, 1}, generator));
  add_derived(four + "eval_conv");
  add_derived(name + ".conv_3x3_rep");
  std::vector<at::Tensor> parts;
  for (std::size_t i = parameters().size() - kSumTensors; i < parameters().size(); ++i) {
    parts.push_back(parameters()[i].tensor);
  }
  sums_.push_back(sum_of(parts.data()));
  return places_.size() - 1;
}

std::size_t MergedNetwork::add_shift(const std::string& name, int features,
                                     at::Generator& generator) {
  places_.push_back({true, shifts_.size(), parameters().size()});
  ShiftConv shift;
  for (std::size_t i = 1; i <= kAlphas; ++i) {
    shift.alphas.push_back(
        add_parameter(name + ".alpha" + std::to_string(i), torch::ones({1, features, 1, 1})));
  }
  shift.one = add_layer(name + ".conv1x1", small_layer({features, 1, 1, 1}, generator));
  shift.three = add_layer(name + ".conv3x3", small_layer({features, 1, 3, 3}, generator));
  shift.five = add_layer(name + ".conv5x5", small_layer({features, 1, 5, 5}, generator));
  add_derived(name + ".conv5x5_reparam");
  shifts_.push_back(std::move(shift));
  return places_.size() - 1;
}

std::vector<Layer> MergedNetwork::merged() const {
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const std::vector<Layer> fours = merged_fours(sums_);
  std::vector<Layer> layers;
  for (const Place& place : places_) {
    layers.push_back(place.is_shift ? merged_shift(shifts_[place.index])
                                    : merged_sum(sums_[place.index], fours[place.index]));
  }
  return layers;
}

NamedTensors MergedNetwork::derived_tensors(const std::vector<at::Tensor>& parameters) const {
  const at::NoGradGuard no_grad;
  std::vector<SummedConv> sums;
  std::vector<ShiftConv> shifts;
  for (const Place& place : places_) {
    std::vector<at::Tensor> parts;
    for (std::size_t i = 0; i < (place.is_shift ? kShiftTensors : kSumTensors); ++i) {
      parts.push_back(parameters[place.first_parameter + i].to(at::kCPU, at::kDouble));
    }
    if (place.is_shift) {
      shifts.push_back(shift_of(parts.data()));
    } else {
      sums.push_back(sum_of(parts.data()));
    }
  }
  const std::vector<Layer> fours = merged_fours(sums);
  NamedTensors result;
  const auto add = [&](const Layer& layer) {
    for (const at::Tensor& tensor : {layer.weight, layer.bias}) {
      result.push_back({derived_names_[result.size()], tensor.to(at::kFloat)});
    }
  };
  for (const Place& place : places_) {
    if (place.is_shift) {
      add(merged_shift(shifts[place.index]));
    } else {
      add(fours[place.index]);
      add(merged_sum(sums[place.index], fours[place.index]));
    }
  }
  return result;
}

}  // namespace sr
