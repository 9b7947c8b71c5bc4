#include <numeric>

#include "export/operator_groups.h"

namespace sr {
namespace {

using Integers = std::vector<std::int64_t>;
using Names = std::vector<std::string>;

constexpr std::int64_t kToTheEnd = std::int64_t{1} << 62U;

struct Range {
  std::int64_t axis, begin, end;
  std::int64_t step = 1;
};

std::string sliced(Lowering& graph, const std::string& name, const Range& range,
                   at::ScalarType type) {
  return graph.add("Slice",
                   {name, graph.integers({range.begin}), graph.integers({range.end}),
                    graph.integers({range.axis}), graph.integers({range.step})},
                   type);
}

/// Whether the result has all of the input, at both sizes.
bool is_whole(const OperatorCall& call) {
  return call.result_sizes() == call[0].sizes() &&
         call.second_result_sizes() == call[0].second_sizes();
}

/// A part of an axis as long as the result: where that depends on the size of the image, it ends
/// as many elements before the end of the axis at both sizes.
Range part_from(const OperatorCall& call, std::int64_t axis, std::int64_t begin) {
  const auto at = static_cast<std::size_t>(axis);
  const std::int64_t end = begin + call.result_sizes()[at];
  const std::int64_t second_end = begin + call.second_result_sizes()[at];
  if (end == second_end) {
    return {axis, begin, end};
  }
  const std::int64_t left = call[0].sizes()[at] - end;
  if (left != call[0].second_sizes()[at] - second_end) {
    call.refuse("its length depends on the size of the image in a way that is not known");
  }
  return {axis, begin, left == 0 ? kToTheEnd : -left};
}

void narrow(const OperatorCall& call) {
  if (is_whole(call)) {
    call.give(call[0].tensor());
    return;
  }
  const Range range = part_from(call, call[1].axis(), call[2].integer());
  call.give(sliced(call.graph(), call[0].tensor(), range, call.result_type()));
}

void slice(const OperatorCall& call) {
  if (is_whole(call)) {
    call.give(call[0].tensor());
    return;
  }
  const std::int64_t begin = call[2].integer(0);
  const std::int64_t step = call[4].integer(1);
  const Range range = step == 1 && begin >= 0
                          ? part_from(call, call[1].axis(), begin)
                          : Range{call[1].axis(), begin, call[3].integer(kToTheEnd), step};
  call.give(sliced(call.graph(), call[0].tensor(), range, call.result_type()));
}

void select(const OperatorCall& call) {
  call.give_node(
      "Gather",
      {call[0].tensor(), call.graph().number(static_cast<double>(call[2].integer()), at::kLong)},
      {{"axis", call[1].axis()}});
}

/// Of chunk, split and split_with_sizes: results one behind the other along an axis.
void split(const OperatorCall& call) {
  const std::int64_t axis = call[2].axis();
  std::int64_t begin = 0;
  for (std::size_t k = 0; k < call.results(); ++k) {
    const std::int64_t size = call.result_sizes(k).at(static_cast<std::size_t>(axis));
    if (size != call.second_result_sizes(k).at(static_cast<std::size_t>(axis))) {
      call.refuse("its parts depend on the size of the image");
    }
    call.give(
        sliced(call.graph(), call[0].tensor(), {axis, begin, begin + size}, call.result_type()), k);
    begin += size;
  }
}

void unbind(const OperatorCall& call) {
  for (std::size_t k = 0; k < call.results(); ++k) {
    const std::string index = call.graph().number(static_cast<double>(k), at::kLong);
    call.give(call.graph().add("Gather", {call[0].tensor(), index}, call.result_type(),
                               {{"axis", call[1].axis()}}),
              k);
  }
}

void roll(const OperatorCall& call) {
  const Integers shifts = call[1].integers();
  const Integers axes = call[2].integers();
  if (shifts.size() != axes.size()) {
    call.refuse("over all axes at once");
  }
  std::string name = call[0].tensor();
  for (std::size_t i = 0; i < shifts.size(); ++i) {
    if (shifts[i] == 0) {
      continue;
    }
    const at::ScalarType type = call.result_type();
    const std::string front = sliced(call.graph(), name, {axes[i], -shifts[i], kToTheEnd}, type);
    const std::string back = sliced(call.graph(), name, {axes[i], 0, -shifts[i]}, type);
    name = call.graph().add("Concat", {front, back}, type, {{"axis", axes[i]}});
  }
  call.give(name);
}

/// Windows along an axis, which may overlap: x[..., n * step + k, ...] at [..., n, ..., k]. Made of
/// slices of the largest blocks that both a window and a step consist of, as few as there are.
void unfold(const OperatorCall& call) {
  const std::int64_t axis = call[1].axis();
  const std::int64_t side = call[2].integer();
  const std::int64_t step = call[3].integer();
  const std::int64_t rank = call[0].rank();
  const auto has_blocks = [&](const RecordedValue& value, std::int64_t of) {
    return value.sizes[static_cast<std::size_t>(axis)] % of == 0;
  };
  Lowering& graph = call.graph();
  std::int64_t block = std::gcd(side, step);
  if (!has_blocks(graph.first(call[0].value()), block) ||
      !has_blocks(graph.second(call[0].value()), block)) {
    block = 1;
  }
  const auto transposed = [&](const std::string& name, const Integers& order) {
    return graph.add("Transpose", {name}, call.result_type(), {{"perm", order}});
  };
  Integers to_end;  // the axis behind the others
  for (std::int64_t i = 0; i < rank; ++i) {
    to_end.push_back(i == rank - 1 ? axis : i < axis ? i : i + 1);
  }
  Integers blocks(static_cast<std::size_t>(rank) + 1, 0);  // 0: as it is
  blocks[static_cast<std::size_t>(rank) - 1] = -1;
  blocks.back() = block;
  const std::string whole =
      graph.add("Reshape", {transposed(call[0].tensor(), to_end), graph.integers(blocks)},
                call.result_type());
  const std::int64_t pieces = side / block;
  Names parts;
  for (std::int64_t k = 0; k < pieces; ++k) {
    const std::int64_t end = k == pieces - 1 ? kToTheEnd : k + 1 - pieces;
    parts.push_back(sliced(graph, whole, {rank - 1, k, end, step / block}, call.result_type()));
  }
  Integers back;
  for (std::int64_t i = 0; i <= rank; ++i) {
    back.push_back(i == axis ? rank - 1 : i < axis || i == rank ? i : i - 1);
  }
  const std::string windows = graph.add("Concat", parts, call.result_type(), {{"axis", rank}});
  call.give(transposed(windows, back));
}

void flip(const OperatorCall& call) {
  std::string name = call[0].tensor();
  for (const std::int64_t axis : call[1].integers()) {
    const Range backwards{axis < 0 ? axis + call[0].rank() : axis, -1, -kToTheEnd, -1};
    name = sliced(call.graph(), name, backwards, call.result_type());
  }
  call.give(name);
}

}  // namespace

OperatorTable slice_operators() {
  return {{"narrow", narrow}, {"slice", slice}, {"select", select},
          {"chunk", split},   {"split", split}, {"split_with_sizes", split},
          {"unbind", unbind}, {"roll", roll},   {"unfold", unfold},
          {"flip", flip}};
}

}  // namespace sr
