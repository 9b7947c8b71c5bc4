#include "nn/recompute.h"

#include <optional>
#include <utility>

#include <ATen/autocast_mode.h>
#include <torch/torch.h>

#include "nn/autocast.h"

namespace sr {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using Block = std::function<at::Tensor(const at::Tensor&)>;

/// What backward needs to compute a block again, in the form that a context keeps.
struct Recipe : torch::CustomClassHolder {
  Recipe(Block wanted, std::optional<at::ScalarType> type)
      : block(std::move(wanted)), autocast(type) {}
  Block block;
  std::optional<at::ScalarType> autocast;
};

std::optional<at::ScalarType> autocast_in_force(c10::DeviceType device) {
  return at::autocast::is_autocast_enabled(device)
             ? std::optional(at::autocast::get_autocast_dtype(device))
             : std::nullopt;
}

class Recomputed : public torch::autograd::Function<Recomputed> {
 public:
  static at::Tensor forward(AutogradContext* context, const Block& block, const at::Tensor& input,
                            at::TensorList parameters) {
    variable_list saved{input};
    saved.insert(saved.end(), parameters.begin(), parameters.end());
    context->save_for_backward(saved);
    context->saved_data["recipe"] = c10::IValue::make_capsule(
        c10::make_intrusive<Recipe>(block, autocast_in_force(input.device().type())));
    return block(input);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grad_output) {
    const variable_list saved = context->get_saved_variables();
    const auto recipe =
        c10::static_intrusive_pointer_cast<Recipe>(context->saved_data["recipe"].toCapsule());
    variable_list inputs = saved;
    inputs.front() = saved.front().detach().requires_grad_(true);
    at::Tensor output;
    const at::AutoGradMode with_gradients(true);
    {
      const AutocastGuard autocast(inputs.front().device().type(), recipe->autocast);
      output = recipe->block(inputs.front());
    }
    variable_list gradients = torch::autograd::grad({output}, inputs, {grad_output.front()},
                                                    /*retain_graph=*/std::nullopt,
                                                    /*create_graph=*/false, /*allow_unused=*/true);
    gradients.insert(gradients.begin(), at::Tensor());  // of the block itself
    return gradients;
  }
};

}  // namespace

at::Tensor recomputed(const Block& block, const at::Tensor& input,
                      const std::vector<at::Tensor>& parameters) {
  if (!at::GradMode::is_enabled()) {
    return block(input);
  }
  return Recomputed::apply(block, input, at::TensorList(parameters));
}

}  // namespace sr
