#include "nn/conv3xc.h"

#include <algorithm>
#include <array>

#include <torch/torch.h>

namespace sr {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The tensors of a Conv3xc: weight and bias of each part in turn.
constexpr std::size_t kTensors = 8;
constexpr std::int64_t kPlaces = 9;  ///< of a 3x3 kernel
constexpr std::int64_t kCentre = 4;
constexpr double kSkipDeviation = 0.02;

/// Layers of one shape, stacked: L layers from I to O channels, with K = g I and M = g O between.
/// A 3x3 kernel is a matrix of its places and channels, as channels_last has it in memory.
struct Stacked {
  at::Tensor skip, skip_bias;      ///< [L, O, I], [L, O]
  at::Tensor widen, widen_bias;    ///< [L, K, I], [L, K]
  at::Tensor middle, middle_bias;  ///< [L, M * 9, K], [L, M]
  at::Tensor narrow, narrow_bias;  ///< [L, O, M], [L, O]

  std::int64_t layers() const { return skip.size(0); }
  std::int64_t outputs() const { return skip.size(1); }
  std::int64_t inputs() const { return skip.size(2); }
  std::int64_t inside_in() const { return widen.size(1); }
  std::int64_t inside_out() const { return narrow.size(2); }
  /// The middle kernels as [L, M, 9, K].
  at::Tensor middle_places() const {
    return middle.view({layers(), inside_out(), kPlaces, inside_in()});
  }
};

/// A kernel [A, B, 3, 3] as [A, 9 * B] or [A * 9, B] rows in memory, no copy in channels_last.
at::Tensor places_first(const at::Tensor& kernel) {
  return kernel.permute({0, 2, 3, 1});
}

/// Tensor `part` of each layer, on top of each other.
at::Tensor stack_part(at::TensorList tensors, std::size_t part) {
  std::vector<at::Tensor> parts;
  for (std::size_t i = part; i < tensors.size(); i += kTensors) {
    const at::Tensor& tensor = tensors[i];
    const bool is_kernel = tensor.dim() == 4 && tensor.size(2) == 3;
    parts.push_back(is_kernel ? places_first(tensor).flatten(0, 2)
                              : tensor.flatten(tensor.dim() == 4 ? 1 : 0));
  }
  return at::stack(parts);
}

Stacked stacked_parts(at::TensorList tensors) {
  return {stack_part(tensors, 0), stack_part(tensors, 1), stack_part(tensors, 2),
          stack_part(tensors, 3), stack_part(tensors, 4), stack_part(tensors, 5),
          stack_part(tensors, 6), stack_part(tensors, 7)};
}

/// A batch of matrices times a vector each: [L, A, B] x [L, B] -> [L, A].
at::Tensor times_vector(const at::Tensor& matrices, const at::Tensor& vectors) {
  return at::bmm(matrices, vectors.unsqueeze(2)).squeeze(2);
}

struct Merged {
  at::Tensor widened;       ///< `widen`, then `middle`: [L, M * 9, I]
  at::Tensor widened_bias;  ///< [L, M]
  at::Tensor weight;        ///< [L, O, 9 * I]
  at::Tensor bias;          ///< [L, O]
};

Merged merge_stacked(const Stacked& s) {
  Merged merged;
  merged.widened = at::bmm(s.middle, s.widen);
  merged.widened_bias = times_vector(s.middle_places().sum(2), s.widen_bias) + s.middle_bias;
  merged.weight =
      at::bmm(s.narrow, merged.widened.view({s.layers(), s.inside_out(), kPlaces * s.inputs()}));
  merged.weight.view({s.layers(), s.outputs(), kPlaces, s.inputs()})
      .select(2, kCentre)
      .add_(s.skip);
  merged.bias = times_vector(s.narrow, merged.widened_bias) + s.narrow_bias + s.skip_bias;
  return merged;
}

/// Weights and biases of the merged layers in turn; weights in the memory format of `like`.
variable_list unstack(const Merged& merged, std::int64_t inputs, const at::Tensor& like) {
  variable_list layers;
  for (std::int64_t i = 0; i < merged.weight.size(0); ++i) {
    layers.push_back(merged.weight[i]
                         .view({merged.weight.size(1), 3, 3, inputs})
                         .permute({0, 3, 1, 2})
                         .contiguous(like.suggest_memory_format()));
    layers.push_back(merged.bias[i]);
  }
  return layers;
}

/// The gradients of all parts from those of the merged layers, as Stacked has them.
Stacked gradients_of(const Stacked& s, const Merged& merged, const at::Tensor& grad_weight,
                     const at::Tensor& grad_bias) {
  Stacked g;
  const at::Tensor widened =
      merged.widened.view({s.layers(), s.inside_out(), kPlaces * s.inputs()});
  const at::Tensor narrow_transposed = s.narrow.transpose(1, 2);
  const at::Tensor grad_widened = at::bmm(narrow_transposed, grad_weight)
                                      .view({s.layers(), s.inside_out() * kPlaces, s.inputs()});
  const at::Tensor grad_widened_bias = times_vector(narrow_transposed, grad_bias);
  g.skip = grad_weight.view({s.layers(), s.outputs(), kPlaces, s.inputs()}).select(2, kCentre);
  g.skip_bias = grad_bias;
  g.narrow = at::baddbmm(at::bmm(grad_bias.unsqueeze(2), merged.widened_bias.unsqueeze(1)),
                         grad_weight, widened.transpose(1, 2));
  g.narrow_bias = grad_bias;
  g.middle = at::bmm(grad_widened, s.widen.transpose(1, 2));
  g.middle.view({s.layers(), s.inside_out(), kPlaces, s.inside_in()})
      .add_(at::bmm(grad_widened_bias.unsqueeze(2), s.widen_bias.unsqueeze(1)).unsqueeze(2));
  g.middle_bias = grad_widened_bias;
  g.widen = at::bmm(s.middle.transpose(1, 2), grad_widened);
  g.widen_bias = times_vector(s.middle_places().sum(2).transpose(1, 2), grad_widened_bias);
  return g;
}

/// In the order of a layer's tensors, in their shapes.
variable_list unstack(const Stacked& g) {
  variable_list tensors;
  for (std::int64_t i = 0; i < g.layers(); ++i) {
    const auto matrix = [&](const at::Tensor& stacked) {
      return stacked[i].unsqueeze(2).unsqueeze(3);
    };
    tensors.insert(tensors.end(),
                   {matrix(g.skip), g.skip_bias[i], matrix(g.widen), g.widen_bias[i],
                    g.middle[i].view({g.inside_out(), 3, 3, -1}).permute({0, 3, 1, 2}),
                    g.middle_bias[i], matrix(g.narrow), g.narrow_bias[i]});
  }
  return tensors;
}

class Merge : public torch::autograd::Function<Merge> {
 public:
  static variable_list forward(AutogradContext* context, at::TensorList tensors) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    const Stacked stacked = stacked_parts(tensors);
    const Merged merged = merge_stacked(stacked);
    context->save_for_backward({stacked.skip, stacked.widen, stacked.widen_bias, stacked.middle,
                                stacked.narrow, merged.widened, merged.widened_bias});
    return unstack(merged, stacked.inputs(), tensors[4]);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grad_outputs) {
    const variable_list saved = context->get_saved_variables();
    Stacked stacked;
    stacked.skip = saved[0];
    stacked.widen = saved[1];
    stacked.widen_bias = saved[2];
    stacked.middle = saved[3];
    stacked.narrow = saved[4];
    Merged merged;
    merged.widened = saved[5];
    merged.widened_bias = saved[6];
    std::vector<at::Tensor> weights;
    std::vector<at::Tensor> biases;
    for (std::size_t i = 0; i < grad_outputs.size(); i += 2) {
      weights.push_back(places_first(grad_outputs[i]).flatten(1));
      biases.push_back(grad_outputs[i + 1]);
    }
    return unstack(gradients_of(stacked, merged, at::stack(weights), at::stack(biases)));
  }
};

/// Weight and bias of each part; zeros, which nobody trains, where there is no bias.
std::array<at::Tensor, kTensors> tensors_of(const Conv3xc& layer) {
  std::array<at::Tensor, kTensors> tensors;
  std::size_t i = 0;
  for (const Layer* part : {&layer.skip, &layer.widen, &layer.middle, &layer.narrow}) {
    tensors[i++] = part->weight;
    tensors[i++] = part->bias.defined() ? part->bias
                                        : at::zeros({part->weight.size(0)}, part->weight.options());
  }
  return tensors;
}

bool has_bias(const Conv3xc& layer) {
  return layer.skip.bias.defined();
}

/// Layers of one shape, by index.
std::vector<std::vector<std::size_t>> groups_of(const std::vector<Conv3xc>& layers) {
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto alike = [&](const std::vector<std::size_t>& group) {
      const Conv3xc& first = layers[group.front()];
      return first.skip.weight.sizes() == layers[i].skip.weight.sizes() &&
             first.middle.weight.sizes() == layers[i].middle.weight.sizes();
    };
    const auto found = std::find_if(groups.begin(), groups.end(), alike);
    (found == groups.end() ? groups.emplace_back() : *found).push_back(i);
  }
  return groups;
}

}  // namespace

std::vector<Layer> merge(const std::vector<Conv3xc>& layers) {
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  std::vector<Layer> result(layers.size());
  for (const std::vector<std::size_t>& group : groups_of(layers)) {
    std::vector<at::Tensor> tensors;
    for (const std::size_t i : group) {
      const auto parts = tensors_of(layers[i]);
      tensors.insert(tensors.end(), parts.begin(), parts.end());
    }
    const variable_list merged = Merge::apply(at::TensorList(tensors));
    for (std::size_t k = 0; k < group.size(); ++k) {
      result[group[k]] = {merged[2 * k], merged[2 * k + 1]};
    }
  }
  return result;
}

std::size_t Conv3xcNetwork::add_conv3xc(const std::string& name, const Conv3xcDesign& design,
                                        at::Generator& generator) {
  first_parameters_.push_back(parameters().size());
  const std::int64_t inside_in = std::int64_t{design.gain} * design.inputs;
  const std::int64_t inside_out = std::int64_t{design.gain} * design.outputs;
  const auto add = [&](const char* part, at::IntArrayRef shape) {
    return add_layer(name + part, default_layer(shape, design.bias, generator));
  };
  Conv3xc layer;
  layer.skip = add(".sk", {design.outputs, design.inputs, 1, 1});
  layer.widen = add(".conv.0", {inside_in, design.inputs, 1, 1});
  layer.middle = add(".conv.1", {inside_out, inside_in, 3, 3});
  layer.narrow = add(".conv.2", {design.outputs, inside_out, 1, 1});
  if (design.skip == Skip::kTruncatedNormal) {
    const at::NoGradGuard no_grad;
    layer.skip.weight.copy_(truncated_normal(layer.skip.weight.sizes(), kSkipDeviation, generator));
  }
  layers_.push_back(layer);
  derived_names_.push_back(name + ".eval_conv.weight");
  if (design.bias) {
    derived_names_.push_back(name + ".eval_conv.bias");
  }
  return layers_.size() - 1;
}

Layer Conv3xcNetwork::add_default_layer(const std::string& name, at::IntArrayRef shape,
                                        at::Generator& generator) {
  return add_layer(name, default_layer(shape, true, generator));
}

NamedTensors Conv3xcNetwork::derived_tensors(const std::vector<at::Tensor>& parameters) const {
  const at::NoGradGuard no_grad;
  std::vector<Conv3xc> layers;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    auto next = parameters.begin() + static_cast<std::ptrdiff_t>(first_parameters_[i]);
    const bool bias = has_bias(layers_[i]);
    Conv3xc layer;
    for (Layer* part : {&layer.skip, &layer.widen, &layer.middle, &layer.narrow}) {
      part->weight = (next++)->to(at::kCPU, at::kDouble);
      if (bias) {
        part->bias = (next++)->to(at::kCPU, at::kDouble);
      }
    }
    layers.push_back(layer);
  }
  const std::vector<Layer> merged = merge(layers);
  NamedTensors result;
  const auto add = [&](const at::Tensor& tensor) {
    result.push_back({derived_names_[result.size()], tensor.to(at::kFloat)});
  };
  for (std::size_t i = 0; i < merged.size(); ++i) {
    add(merged[i].weight);
    if (has_bias(layers_[i])) {
      add(merged[i].bias);
    }
  }
  return result;
}

}  // namespace sr
