#include "nn/script_operators.h"

#include <fmt/format.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/inliner.h>

#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "core/error.h"

namespace sr {
namespace {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::GraphFunction;
using torch::jit::Node;
using torch::jit::Value;

/// Separated by blanks; in the namespace that is said.
constexpr std::string_view kAten =
    // Convolutions, linear algebra, attention.
    "conv1d conv2d conv3d conv_transpose1d conv_transpose2d convolution _convolution linear matmul "
    "mm bmm addmm "
    "baddbmm addbmm mv dot einsum outer scaled_dot_product_attention bilinear cdist grid_sampler "
    "grid_sampler_2d "
    "affine_grid_generator "
    // Normalization and pooling. Not native_batch_norm: it reads and writes as many statistics as
    // there are channels, however few it is given.
    "batch_norm layer_norm group_norm instance_norm rms_norm native_layer_norm native_group_norm "
    "norm linalg_vector_norm linalg_norm frobenius_norm cosine_similarity "
    "avg_pool1d avg_pool2d max_pool1d max_pool2d adaptive_avg_pool1d adaptive_avg_pool2d "
    "adaptive_avg_pool3d adaptive_max_pool2d "
    "lp_pool2d local_response_norm "
    // Activations.
    "relu relu6 leaky_relu prelu elu selu celu gelu silu mish sigmoid log_sigmoid hardsigmoid "
    "hardswish hardtanh "
    "hardshrink softshrink softplus softsign tanh softmax log_softmax _softmax glu threshold "
    // By element.
    "add sub mul div rsub neg abs square sqrt rsqrt exp exp2 expm1 log log2 log10 log1p pow sin "
    "cos tan asin acos atan "
    "atan2 sinh cosh erf floor ceil round trunc frac fmod remainder floor_divide true_divide "
    "floordiv sign sgn "
    "reciprocal clamp clip clamp_min clamp_max clamp_min_ maximum minimum fmin fmax lerp addcmul "
    "addcdiv where "
    "masked_fill nan_to_num isnan isinf isfinite logical_and logical_or logical_not logical_xor "
    "hypot sinc "
    "bitwise_and bitwise_or bitwise_not bitwise_xor bitwise_left_shift bitwise_right_shift "
    "eq ne lt le gt ge equal allclose "
    // Reductions.
    "sum mean var std var_mean std_mean amax amin max min argmax argmin prod cumsum cumprod "
    "logsumexp any all median "
    "topk sort argsort count_nonzero "
    // Shapes.
    "view reshape view_as reshape_as flatten unflatten permute transpose t movedim swapaxes "
    "swapdims squeeze unsqueeze "
    "expand expand_as repeat repeat_interleave tile cat concat concatenate stack hstack vstack "
    "split split_with_sizes "
    "chunk tensor_split unbind narrow select slice index index_select gather take_along_dim "
    "scatter scatter_add "
    "masked_select index_put flip rot90 roll pad constant_pad_nd reflection_pad1d reflection_pad2d "
    "replication_pad1d "
    "replication_pad2d zero_pad2d contiguous clone detach pixel_shuffle pixel_unshuffle "
    "channel_shuffle unfold im2col "
    "col2im fold "
    // Interpolation: a scripted interpolate() names those of all dimensions.
    "upsample_nearest1d upsample_nearest2d upsample_nearest3d _upsample_nearest_exact1d "
    "_upsample_nearest_exact2d _upsample_nearest_exact3d upsample_linear1d upsample_bilinear2d "
    "upsample_trilinear3d upsample_bicubic2d _upsample_bilinear2d_aa _upsample_bicubic2d_aa "
    "diagonal diag tril triu meshgrid broadcast_tensors "
    "broadcast_to alias atleast_1d atleast_2d "
    // Fourier transforms and complex numbers.
    "fft_fft fft_ifft fft_rfft fft_irfft fft_fft2 fft_ifft2 fft_rfft2 fft_irfft2 fft_fftn "
    "fft_ifftn fft_rfftn fft_irfftn "
    "fft_fftshift fft_ifftshift real imag complex view_as_real view_as_complex angle polar conj "
    "resolve_conj "
    // New tensors of known values.
    "zeros ones full zeros_like ones_like full_like new_zeros new_ones new_full arange linspace "
    "eye tensor as_tensor "
    "scalar_tensor one_hot hann_window lift_fresh "
    // Types and places.
    "to type_as float double half bool int cpu size dim numel stride storage_offset "
    "is_floating_point is_complex "
    "is_contiguous device item Int Float Bool FloatImplicit IntImplicit ScalarImplicit "
    "ComplexImplicit "
    "_shape_as_tensor requires_grad_ "
    // Rows of a table; of a scripted torch.nn.Embedding both. See check_embedding().
    "embedding _no_grad_embedding_renorm_ "
    // Nothing is dropped: see check_dropout(). A scripted torch.nn.Dropout names both forms.
    "dropout dropout_ feature_dropout feature_dropout_ alpha_dropout alpha_dropout_ "
    "feature_alpha_dropout feature_alpha_dropout_ "
    // Numbers, lists, texts.
    "__getitem__ __contains__ __is__ __isnot__ __not__ __and__ __or__ __xor__ __lshift__ "
    "__rshift__ __range_length "
    "__derive_index len append extend insert pop reverse list _set_item copy count clear sorted "
    "items keys values get "
    "mathremainder ceil floor sqrt gcd degrees radians format str ord lower upper startswith "
    "endswith join warn Size "
    // In place.
    "add_ sub_ mul_ div_ neg_ abs_ relu_ relu6_ leaky_relu_ elu_ silu_ mish_ hardswish_ "
    "hardsigmoid_ hardtanh_ sigmoid_ "
    "tanh_ clamp_ clamp_max_ exp_ sqrt_ rsqrt_ pow_ square_ copy_ zero_ fill_ masked_fill_ "
    "index_put_ scatter_ scatter_add_ unsqueeze_ squeeze_ "
    "transpose_ detach_ addcmul_ threshold_ gelu_ softplus_ celu_ selu_ round_ floor_ log_ "
    "reciprocal_";

constexpr std::string_view kPrim =
    "Constant ListConstruct ListUnpack TupleConstruct TupleUnpack TupleIndex TupleSlice "
    "DictConstruct If Loop GetAttr "
    "CallMethod CallFunction NumToTensor ImplicitTensorToNum unchecked_cast "
    "unchecked_unwrap_optional Uninitialized "
    "RaiseException device dtype layout is_cuda is_cpu shape min max abs rangelist isinstance "
    "requires_grad "
    "StringIndex tolist itemsize";

constexpr std::int64_t kMostNodes = 1'000'000;
constexpr int kDeepestCall = 500;

bool has_word(std::string_view list, std::string_view word) {
  if (word.empty() || word.find(' ') != std::string_view::npos) {
    return false;
  }
  for (std::size_t at = list.find(word); at != std::string_view::npos;
       at = list.find(word, at + 1)) {
    const bool begins = at == 0 || list[at - 1] == ' ';
    const std::size_t end = at + word.size();
    if (begins && (end == list.size() || list[end] == ' ')) {
      return true;
    }
  }
  return false;
}

std::string place_of(const Node& node) {
  const auto file = node.sourceRange().file_line_col();
  return file ? fmt::format(" ({} line {})", std::get<0>(*file), std::get<1>(*file)) : "";
}

void for_each_node(const Block& block, const std::function<void(const Node&)>& visit) {
  for (const Node* node : block.nodes()) {
    visit(*node);
    for (const Block* inner : node->blocks()) {
      for_each_node(*inner, visit);
    }
  }
}

/// Of a constant, or of an attribute of `self`, which no program that is allowed assigns to.
std::optional<c10::IValue> known_value(const Value& value, const Value& self,
                                       const torch::jit::Module& module) {
  const Value* begin = &value;
  while (begin->node()->kind() == torch::jit::prim::unchecked_cast) {
    begin = begin->node()->input(0);
  }
  std::vector<std::string> names;  // the last one first
  for (; begin->node()->kind() == torch::jit::prim::GetAttr; begin = begin->node()->input(0)) {
    names.push_back(begin->node()->s(torch::jit::attr::name));
  }
  if (begin != &self) {
    return names.empty() ? torch::jit::toIValue(begin) : std::nullopt;
  }
  c10::IValue found = module._ivalue();
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    if (!found.isObject()) {
      return std::nullopt;
    }
    found = found.toObjectRef().getAttr(*name);
  }
  return found;
}

/// Goes through functions, each once, and counts what they come to with their calls put in place.
class Walk {
 public:
  void method(const torch::jit::Function& function) {
    const auto* graph = dynamic_cast<const GraphFunction*>(&function);
    if (graph == nullptr) {
      throw CheckpointError(
          fmt::format("its method {} is not a part of the file", function.name()));
    }
    nodes_of(*graph);
  }

 private:
  std::int64_t nodes_of(const GraphFunction& function) {
    if (const auto known = nodes_.find(&function); known != nodes_.end()) {
      return known->second;
    }
    if (++depth_ > kDeepestCall) {
      throw CheckpointError("its functions call each other too deep, or in circles");
    }
    const std::int64_t count = nodes_of(*function.graph()->block());
    --depth_;
    return nodes_[&function] = count;
  }

  std::int64_t nodes_of(const Block& block) {
    std::int64_t count = 0;
    for (const Node* node : block.nodes()) {
      check(*node);
      ++count;
      for (const Block* inner : node->blocks()) {
        count += nodes_of(*inner);
      }
      if (node->kind() == torch::jit::prim::CallMethod ||
          node->kind() == torch::jit::prim::CallFunction) {
        count += nodes_of(called(*node));
      }
      if (count > kMostNodes) {
        throw CheckpointError(fmt::format("has more than {} operations", kMostNodes));
      }
    }
    return count;
  }

  const GraphFunction& called(const Node& node) {
    // LibTorch's look-up wants a node that may be changed; it changes none.
    const GraphFunction* function = torch::jit::tryToGraphFunction(const_cast<Node*>(&node));
    if (function == nullptr) {
      throw CheckpointError("calls something that is not a function of the file" + place_of(node));
    }
    return *function;
  }

  static void check(const Node& node) {
    const std::string kind = node.kind().toQualString();
    if (node.kind() == torch::jit::prim::SetAttr) {
      throw CheckpointError(fmt::format(
          "assigns to its own attribute {} while it runs, which a step could not undo{}",
          node.s(torch::jit::attr::name), place_of(node)));
    }
    if (!is_script_operator(kind)) {
      throw CheckpointError(
          fmt::format("uses the operator {}, which is not one of those that a network may use{}",
                      kind, place_of(node)));
    }
  }

  std::map<const GraphFunction*, std::int64_t> nodes_;
  int depth_ = 0;
};

/// What is known of an input of a node before it runs.
using Known = std::function<std::optional<c10::IValue>(std::size_t input)>;

/// Dropout of probability 0 draws nothing.
void check_dropout(const Node& node, const Known& known) {
  const auto probability = known(1);
  const auto training = torch::jit::toIValue(node.input(2));
  if ((training && training->isBool() && !training->toBool()) ||
      (probability && probability->isDouble() && probability->toDouble() == 0)) {
    return;
  }
  throw CheckpointError(fmt::format(
      "drops values at random (p = {}), which a step that is tried again could not repeat: make "
      "the file of a network whose dropout is 0{}",
      probability && probability->isDouble() ? fmt::format("{}", probability->toDouble())
                                             : "found while it runs",
      place_of(node)));
}

/// A row of a table is taken as it is, and its gradient is a plain tensor that does not depend on
/// how a batch is cut into pieces.
void check_embedding(const Node& node, const Known& known) {
  const auto refuse = [&](std::string_view option, std::string_view why) {
    throw CheckpointError(
        fmt::format("uses aten::embedding with {}, {}: make the file without it{}", option, why,
                    place_of(node)));
  };
  if (node.kind().toUnqualString() != std::string_view("embedding")) {
    const auto max_norm = known(2);  // a function that was called with None has the operator too
    if (!max_norm || !max_norm->isNone()) {
      refuse("max_norm", "which writes to its parameter");
    }
    return;
  }
  const auto is_off = [&](std::size_t input) {
    const auto flag = known(input);
    return flag && flag->isBool() && !flag->toBool();
  };
  if (!is_off(3)) {
    refuse("scale_grad_by_freq", "whose gradient is another one for each part of a batch");
  }
  if (!is_off(4)) {
    refuse("sparse", "whose gradient is no plain tensor");
  }
}

}  // namespace

bool is_script_operator(std::string_view kind) {
  constexpr std::string_view kOfAten = "aten::";
  constexpr std::string_view kOfPrim = "prim::";
  if (kind.starts_with(kOfAten)) {
    return has_word(kAten, kind.substr(kOfAten.size()));
  }
  return kind.starts_with(kOfPrim) && has_word(kPrim, kind.substr(kOfPrim.size()));
}

void check_script_arguments(const Graph& inlined, const torch::jit::Module& module) {
  const Value* const self = inlined.inputs().at(0);
  for_each_node(*inlined.block(), [&](const Node& node) {
    const auto known = [&](std::size_t input) {
      return known_value(*node.input(input), *self, module);
    };
    const std::string_view kind = node.kind().toUnqualString();
    if (kind.ends_with("dropout") || kind.ends_with("dropout_")) {
      check_dropout(node, known);
    } else if (kind == "embedding" || kind == "_no_grad_embedding_renorm_") {
      check_embedding(node, known);
    }
  });
}

void check_script_operators(const torch::jit::Module& module) {
  Walk walk;
  for (const torch::jit::Module& part : module.modules()) {
    for (const torch::jit::Function* method : part.type()->methods()) {
      walk.method(*method);
    }
    if (!part.type()->getForwardHooks().empty() || !part.type()->getForwardPreHooks().empty()) {
      throw CheckpointError("has hooks on its modules; remove them before it is saved");
    }
  }
}

}  // namespace sr
