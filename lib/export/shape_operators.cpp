#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "export/operator_groups.h"

namespace sr {
namespace {

using Integers = std::vector<std::int64_t>;
using Names = std::vector<std::string>;

/// Of operators that change nothing but perhaps the type.
void same(const OperatorCall& call) {
  call.give(call[0].tensor());
}

/// The shape of the result, each dimension a term of the input's size.
std::vector<SizeTerm> result_terms(const OperatorCall& call) {
  const RecordedPasses& passes = call.graph().passes();
  std::vector<SizeTerm> terms;
  for (std::size_t i = 0; i < call.result_sizes().size(); ++i) {
    const auto term = size_term(static_cast<double>(call.result_sizes()[i]),
                                static_cast<double>(call.second_result_sizes().at(i)),
                                passes.first_size, passes.second_size);
    if (!term) {
      call.refuse(
          fmt::format("dimension {} of its result depends on the size of the image in a way "
                      "that is not known",
                      i));
    }
    terms.push_back(*term);
  }
  return terms;
}

/// That shape as a value: numbers where they suffice, with -1 for one that is free.
std::string shape_value(const OperatorCall& call, bool may_leave_one_open) {
  Lowering& graph = call.graph();
  const std::vector<SizeTerm> terms = result_terms(call);
  const auto free =
      std::ranges::count_if(terms, [](const SizeTerm& t) { return !t.is_constant(); });
  if (free == 0 || (free == 1 && may_leave_one_open)) {
    Integers sizes;
    for (const SizeTerm& term : terms) {
      sizes.push_back(term.is_constant() ? static_cast<std::int64_t>(term.coefficient) : -1);
    }
    return graph.integers(sizes);
  }
  Names parts;
  for (const SizeTerm& term : terms) {
    parts.push_back(graph.size_value(term));
  }
  return graph.add("Concat", parts, at::kLong, {{"axis", std::int64_t{0}}});
}

void reshape(const OperatorCall& call) {
  call.give_node("Reshape", {call[0].tensor(), shape_value(call, /*may_leave_one_open=*/true)});
}

void expand(const OperatorCall& call) {
  call.give_node("Expand", {call[0].tensor(), shape_value(call, /*may_leave_one_open=*/false)});
}

void unsqueeze(const OperatorCall& call) {
  const std::int64_t axis = call[1].integer();
  call.give_node(
      "Unsqueeze",
      {call[0].tensor(), call.graph().integers({axis < 0 ? axis + call[0].rank() + 1 : axis})});
}

void permuted(const OperatorCall& call, const Integers& order) {
  call.give_node("Transpose", {call[0].tensor()}, {{"perm", order}});
}

void permute(const OperatorCall& call) {
  Integers order = call[1].integers();
  for (std::int64_t& axis : order) {
    axis += axis < 0 ? call[0].rank() : 0;
  }
  permuted(call, order);
}

void transpose(const OperatorCall& call) {
  Integers order(static_cast<std::size_t>(call[0].rank()));
  std::iota(order.begin(), order.end(), 0);
  const bool named = !call[2].is_none();  // t() takes no axes
  const std::int64_t one = named ? call[1].axis() : 0;
  const std::int64_t other = named ? call[2].axis() : 1;
  std::swap(order.at(static_cast<std::size_t>(one)), order.at(static_cast<std::size_t>(other)));
  permuted(call, order);
}

void cat(const OperatorCall& call) {
  Names parts;
  for (std::size_t k = 0; k < call[0].count(); ++k) {
    parts.push_back(call[0].tensor(k));
  }
  call.give_node("Concat", parts, {{"axis", call[1].integer()}});
}

void stack(const OperatorCall& call) {
  Lowering& graph = call.graph();
  const std::string axis = graph.integers({call[1].integer()});
  Names parts;
  for (std::size_t k = 0; k < call[0].count(); ++k) {
    parts.push_back(graph.add("Unsqueeze", {call[0].tensor(k), axis}, call.result_type()));
  }
  call.give_node("Concat", parts, {{"axis", call[1].integer()}});
}

/// Each channel several times in turn.
void repeat_interleave(const OperatorCall& call) {
  if (call.overload() != "self_int") {
    call.refuse("by other counts than one number");
  }
  const std::int64_t axis = call[2].axis();
  const at::Tensor places =
      torch::arange(call[0].sizes().at(static_cast<std::size_t>(axis)), at::kLong)
          .repeat_interleave(call[1].integer());
  call.give_node("Gather", {call[0].tensor(), call.graph().add_initializer(places)},
                 {{"axis", axis}});
}

void pixel_shuffle(const OperatorCall& call) {
  if (call[0].rank() != 4) {
    call.refuse("of something else than images [N, C, H, W]");
  }
  call.give_node("DepthToSpace", {call[0].tensor()},
                 {{"blocksize", call[1].integer()}, {"mode", "CRD"}});
}

void pixel_unshuffle(const OperatorCall& call) {
  call.graph().unshuffles[call.result()] = {call[0].tensor(), call[1].integer(),
                                            call[0].sizes().at(1)};
}

/// H and W of the result over those of the input; nothing when they are others at the two sizes.
std::optional<std::array<double, 2>> enlargement(const OperatorCall& call) {
  const std::vector<std::int64_t>& second = call[0].second_sizes();
  std::array<double, 2> factors{};
  for (std::size_t i = 0; i < 2; ++i) {
    factors[i] = static_cast<double>(call.result_sizes()[i + 2]) /
                 static_cast<double>(call[0].sizes()[i + 2]);
    const double other =
        static_cast<double>(call.second_result_sizes()[i + 2]) / static_cast<double>(second[i + 2]);
    if (factors[i] != other) {
      return std::nullopt;
    }
  }
  return factors;
}

void resize(const OperatorCall& call, const std::map<std::string, Attribute>& how) {
  if (const auto factors = enlargement(call)) {
    const std::string scales = call.graph().add_initializer(
        torch::tensor(at::ArrayRef<double>({1, 1, (*factors)[0], (*factors)[1]}), at::kFloat));
    call.give_node("Resize", {call[0].tensor(), "", scales}, how);
    return;
  }
  const std::string sizes = shape_value(call, /*may_leave_one_open=*/false);
  call.give_node("Resize", {call[0].tensor(), "", "", sizes}, how);
}

void nearest(const OperatorCall& call) {
  resize(call, {{"mode", "nearest"},
                {"coordinate_transformation_mode", "asymmetric"},
                {"nearest_mode", "floor"}});
}

void bilinear(const OperatorCall& call) {
  resize(call,
         {{"mode", "linear"},
          {"coordinate_transformation_mode", call[2].flag() ? "align_corners" : "half_pixel"}});
}

void bicubic(const OperatorCall& call) {
  if (call[2].flag()) {
    call.refuse("with aligned corners");
  }
  constexpr double kCoefficient = -0.75;
  resize(call, {{"mode", "cubic"},
                {"cubic_coeff_a", kCoefficient},
                {"coordinate_transformation_mode", "half_pixel"}});
}

/// PyTorch's pads begin with the last axis; ONNX's with the first, all beginnings before all ends.
void padded(const OperatorCall& call, std::string_view mode, std::size_t value) {
  const Integers pads = call[1].integers();
  const auto rank = static_cast<std::size_t>(call[0].rank());
  Integers all(2 * rank, 0);
  for (std::size_t i = 0; i < pads.size() / 2; ++i) {
    all[rank - 1 - i] = pads[2 * i];
    all[2 * rank - 1 - i] = pads[2 * i + 1];
  }
  Names inputs{call[0].tensor(), call.graph().integers(all)};
  if (mode == "constant") {
    inputs.push_back(call[value].is_none() ? call.graph().number(0, call.result_type())
                                           : call[value].scalar());
  }
  call.give_node("Pad", inputs, {{"mode", std::string(mode)}});
}

void constant_pad(const OperatorCall& call) {
  padded(call, "constant", /*value=*/2);
}

void reflection_pad(const OperatorCall& call) {
  padded(call, "reflect", /*value=*/0);
}

void replication_pad(const OperatorCall& call) {
  padded(call, "edge", /*value=*/0);
}

/// Input, pads, mode, value.
void pad(const OperatorCall& call) {
  const std::string mode = call[2].text();
  if (mode != "constant" && mode != "reflect" && mode != "replicate") {
    call.refuse("in mode " + mode);
  }
  padded(call, mode == "replicate" ? "edge" : mode, /*value=*/3);
}

}  // namespace

OperatorTable shape_operators() {
  return {{"to", same},
          {"_to_copy", same},
          {"contiguous", same},
          {"clone", same},
          {"detach", same},
          {"alias", same},
          {"dropout", same},
          {"feature_dropout", same},
          {"view", reshape},
          {"reshape", reshape},
          {"_unsafe_view", reshape},
          {"flatten", reshape},
          {"unflatten", reshape},
          {"squeeze", reshape},
          {"unsqueeze", unsqueeze},
          {"expand", expand},
          {"expand_as", expand},
          {"permute", permute},
          {"transpose", transpose},
          {"t", transpose},
          {"cat", cat},
          {"stack", stack},
          {"repeat_interleave", repeat_interleave},
          {"pixel_shuffle", pixel_shuffle},
          {"pixel_unshuffle", pixel_unshuffle},
          {"upsample_nearest2d", nearest},
          {"upsample_bilinear2d", bilinear},
          {"upsample_bicubic2d", bicubic},
          {"pad", pad},
          {"constant_pad_nd", constant_pad},
          {"reflection_pad2d", reflection_pad},
          {"replication_pad2d", replication_pad}};
}

}  // namespace sr
