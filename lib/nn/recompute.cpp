#include "nn/recompute.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <ATen/autocast_mode.h>
#include <torch/torch.h>

#include "nn/autocast.h"

namespace sr {
namespace {

thread_local bool wanted_twice = false;

using torch::autograd::AutogradContext;
using Block = std::function<Tensors(const Tensors&)>;

/// What backward needs to compute a block again, in the form that a context keeps.
struct Recipe : torch::CustomClassHolder {
  Recipe(Block wanted, std::int64_t count, std::optional<at::ScalarType> type)
      : block(std::move(wanted)), inputs(count), autocast(type) {}
  Block block;
  std::int64_t inputs;  ///< of the saved tensors; the rest are parameters
  std::optional<at::ScalarType> autocast;
};

std::optional<at::ScalarType> autocast_in_force(c10::DeviceType device) {
  return at::autocast::is_autocast_enabled(device)
             ? std::optional(at::autocast::get_autocast_dtype(device))
             : std::nullopt;
}

/// A node of its own for each input: the engine adds up what a block's parts give back before what
/// others give.
Tensors behind_nodes(const Tensors& inputs) {
  Tensors own;
  for (const at::Tensor& input : inputs) {
    own.push_back(input.requires_grad() ? at::alias(input) : input);
  }
  return own;
}

class Recomputed : public torch::autograd::Function<Recomputed> {
 public:
  /// `tensors`: inputs, then parameters.
  static Tensors forward(AutogradContext* context, const Block& block, std::int64_t inputs,
                         at::TensorList tensors) {
    context->save_for_backward(tensors.vec());
    // Zeros in place of what no later block has asked for would be added to the rest.
    context->set_materialize_grads(false);
    const Tensors own = tensors.slice(0, static_cast<std::size_t>(inputs)).vec();
    context->saved_data["recipe"] = c10::IValue::make_capsule(
        c10::make_intrusive<Recipe>(block, inputs, autocast_in_force(own.front().device().type())));
    return block(own);
  }

  static Tensors backward(AutogradContext* context, const Tensors& grad_outputs) {
    Tensors saved = context->get_saved_variables();
    const auto recipe =
        c10::static_intrusive_pointer_cast<Recipe>(context->saved_data["recipe"].toCapsule());
    std::for_each(saved.begin(), saved.begin() + recipe->inputs, [](at::Tensor& input) {
      input = input.detach().requires_grad_(input.requires_grad());
    });
    const at::AutoGradMode with_gradients(true);
    Tensors gradients = gradients_of(*recipe, saved, grad_outputs);
    gradients.insert(gradients.begin(), 2, at::Tensor());  // of the block, of the number of inputs
    return gradients;
  }

 private:
  /// Of the block's tensors, undefined for those that need none. The block gets no leaves: autocast
  /// casts a leaf once for all who use it and adds up what they give back in half precision.
  static Tensors gradients_of(const Recipe& recipe, const Tensors& tensors,
                              const Tensors& grad_outputs) {
    Tensors outputs;
    {
      const AutocastGuard autocast(tensors.front().device().type(), recipe.autocast);
      outputs = recipe.block(behind_nodes({tensors.begin(), tensors.begin() + recipe.inputs}));
    }
    Tensors used, grad_used, wanted;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (grad_outputs[i].defined()) {
        used.push_back(outputs[i]);
        grad_used.push_back(grad_outputs[i]);
      }
    }
    for (const at::Tensor& tensor : tensors) {
      if (tensor.requires_grad()) {
        wanted.push_back(tensor);
      }
    }
    Tensors gradients(tensors.size());
    if (used.empty() || wanted.empty()) {
      return gradients;
    }
    const Tensors found = torch::autograd::grad(used, wanted, grad_used,
                                                /*retain_graph=*/std::nullopt,
                                                /*create_graph=*/false, /*allow_unused=*/true);
    for (std::size_t i = 0, next = 0; i < tensors.size(); ++i) {
      if (tensors[i].requires_grad()) {
        gradients[i] = found[next++];
      }
    }
    return gradients;
  }
};

}  // namespace

RecomputeGuard::RecomputeGuard(bool wanted) : before_(wanted_twice) {
  wanted_twice = wanted;
}

RecomputeGuard::~RecomputeGuard() {
  wanted_twice = before_;
}

Computed how_computed(bool asked) {
  return asked || wanted_twice ? Computed::kTwice : Computed::kOnce;
}

Tensors computed(Computed how, const Block& block, const Tensors& inputs,
                 const Tensors& parameters) {
  if (!at::GradMode::is_enabled()) {
    return block(inputs);
  }
  if (how == Computed::kTwice) {
    Tensors tensors = inputs;
    tensors.insert(tensors.end(), parameters.begin(), parameters.end());
    return Recomputed::apply(block, static_cast<std::int64_t>(inputs.size()),
                             at::TensorList(tensors));
  }
  // Rounds as the node of a block computed twice does.
  return block(behind_nodes(inputs));
}

at::Tensor computed(Computed how, const std::function<at::Tensor(const at::Tensor&)>& block,
                    const at::Tensor& input, const Tensors& parameters) {
  const auto many = [block](const Tensors& inputs) { return Tensors{block(inputs.front())}; };
  return computed(how, many, Tensors{input}, parameters).front();
}

}  // namespace sr
