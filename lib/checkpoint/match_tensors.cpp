#include "checkpoint/match_tensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "checkpoint/safetensors_header.h"
#include "core/error.h"

namespace sr {
namespace {

using Kind = TensorDifference::Kind;

constexpr std::size_t kLinesShown = 20;

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

std::string line_of(const TensorDifference& difference) {
  const std::string name = quote_name(difference.name);
  switch (difference.kind) {
    case Kind::kMissing:
      return fmt::format("{} {} is missing in the file", name, shape_text(difference.wanted));
    case Kind::kShape:
      return fmt::format("{} is {} in the network and {} in the file", name,
                         shape_text(difference.wanted), shape_text(difference.found));
    case Kind::kUnexpected:
      break;
  }
  return fmt::format("{} {} is not in the network", name, shape_text(difference.found));
}

}  // namespace

std::string_view without_wrapper_prefix(std::string_view name) {
  constexpr std::array<std::string_view, 3> kPrefixes = {"module.", "_orig_mod.", "netG."};
  for (bool stripped = true; stripped;) {
    stripped = false;
    for (const std::string_view prefix : kPrefixes) {
      if (name.starts_with(prefix)) {
        name.remove_prefix(prefix.size());
        stripped = true;
      }
    }
  }
  return name;
}

std::string_view foreign_prefix(std::span<const StoredTensor> available,
                                const std::function<bool(std::string_view)>& known) {
  std::string_view common = available.empty() ? std::string_view() : available.front().name;
  for (const StoredTensor& tensor : available) {
    const auto end = std::ranges::mismatch(common, tensor.name).in1;
    common = common.substr(0, static_cast<std::size_t>(end - common.begin()));
  }
  const auto known_without = [&](std::size_t length) {
    return std::ranges::count_if(available, [&](const StoredTensor& tensor) {
      return known(std::string_view(tensor.name).substr(length));
    });
  };
  std::size_t best = 0;
  auto most = known_without(0);
  for (std::size_t dot = common.find('.'); dot != std::string_view::npos;
       dot = common.find('.', dot + 1)) {
    if (const auto count = known_without(dot + 1); count > most) {
      best = dot + 1;
      most = count;
    }
  }
  return common.substr(0, best);
}

TensorMatch match_tensors(std::span<const WantedTensor> wanted,
                          std::span<const StoredTensor> available) {
  std::unordered_map<std::string_view, std::size_t> index_in_network;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    index_in_network.emplace(wanted[i].name, i);
  }
  std::vector<std::optional<std::size_t>> named(wanted.size());
  std::vector<bool> used(available.size());
  const auto assign = [&](std::string_view name, std::size_t k) {
    const auto found = index_in_network.find(name);
    if (!used[k] && found != index_in_network.end() && !named[found->second]) {
      named[found->second] = k;
      used[k] = true;
    }
  };
  // Exact names first, so that "module.x" never takes the place of an "x" that is there as well.
  for (std::size_t k = 0; k < available.size(); ++k) {
    assign(available[k].name, k);
  }
  for (std::size_t k = 0; k < available.size(); ++k) {
    assign(without_wrapper_prefix(available[k].name), k);
  }

  TensorMatch match;
  match.source.resize(wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!named[i]) {
      match.differences.push_back({Kind::kMissing, wanted[i].name, wanted[i].shape, {}});
    } else if (available[*named[i]].shape != wanted[i].shape) {
      match.differences.push_back(
          {Kind::kShape, wanted[i].name, wanted[i].shape, available[*named[i]].shape});
    } else {
      match.source[i] = named[i];
    }
  }
  for (std::size_t k = 0; k < available.size(); ++k) {
    if (!used[k]) {
      match.differences.push_back({Kind::kUnexpected, available[k].name, {}, available[k].shape});
    }
  }
  return match;
}

std::string TensorMatch::describe() const {
  const auto count = [this](Kind kind) {
    return std::ranges::count(differences, kind, &TensorDifference::kind);
  };
  std::string text =
      fmt::format("{} tensors missing, {} of another shape, {} unexpected", count(Kind::kMissing),
                  count(Kind::kShape), count(Kind::kUnexpected));
  const std::size_t shown = std::min(differences.size(), kLinesShown);
  for (std::size_t i = 0; i < shown; ++i) {
    text += "\n  " + line_of(differences[i]);
  }
  if (shown < differences.size()) {
    text += fmt::format("\n  and {} more", differences.size() - shown);
  }
  return text;
}

void require_exact(const TensorMatch& match, const std::string& file) {
  if (!match.differences.empty()) {
    throw CheckpointError(fmt::format("{}: does not fit the network: {}\n{}", file,
                                      line_of(match.differences.front()), match.describe()));
  }
}

}  // namespace sr
