#include "dist/ranks.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "core/host.h"
#include "dist/errors.h"
#include "dist/mailbox.h"
#include "dist/meeting.h"
#include "dist/nccl_group.h"
#include "dist/roll_call.h"

namespace sr {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kHostNameBytes = 128;
constexpr auto kPatience = std::chrono::hours(24);

// Of mailboxes.
constexpr int kBallots = 1;
constexpr int kFirstVector = 2;  ///< and one for each further vector

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// The tensor's memory as bytes, whatever its type and strides.
at::Tensor bytes_of(const at::Tensor& tensor) {
  TORCH_CHECK(tensor.is_non_overlapping_and_dense(), "only dense tensors are sent");
  return tensor.detach().as_strided({tensor.numel()}, {1}).view(at::kByte);
}

std::byte* bytes_in(const at::Tensor& tensor) {
  return static_cast<std::byte*>(tensor.mutable_data_ptr());
}

Mailbox open_ballot_box(const c10::intrusive_ptr<c10d::Backend>& group, int world) {
  std::vector<at::Tensor> theirs;
  for (int rank = 0; rank < world; ++rank) {
    theirs.push_back(at::zeros({kBallotWords}, at::kLong));
  }
  return {group, kBallots, at::zeros({kBallotWords}, at::kLong), std::move(theirs)};
}

}  // namespace

struct Ranks::Impl {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::Backend> control;  ///< for host memory
  c10::intrusive_ptr<c10d::Backend> data;     ///< for the device's; on the CPU the same
  std::vector<std::int64_t> equal_parts;      ///< empty, which means that
  std::optional<Mailbox> ballots;
  std::vector<at::Tensor> vectors;  ///< that sum() adds up
  SumOrder order = SumOrder::kFastest;
  std::vector<Mailbox> swaps;  ///< one a vector, where two ranks swap them whole; else none
  // Scratch of sums by rank, as long as the longest vector takes.
  at::Tensor sent, received, part;

  /// Row r of `to` becomes what rank r has in its row for this one.
  static void trade(c10d::Backend& group, at::Tensor& to, at::Tensor& from,
                    std::vector<std::int64_t>& equal_parts) {
    group.alltoall_base(to, from, equal_parts, equal_parts)->wait();
  }
};

Ranks::Ranks(Place place)
    : roster_{std::move(place), {host_name()}},
      ballots_(1),
      work_us_(1),
      last_exchange_(Clock::now()) {}

Ranks::Ranks(const Place& place, std::chrono::milliseconds timeout)
    : roster_{place, {}},
      timeout_(timeout),
      ballots_(static_cast<std::size_t>(place.world)),
      work_us_(ballots_.size()),
      last_exchange_(Clock::now()) {
  if (place.alone()) {
    roster_.hosts = {host_name()};
    return;
  }
  impl_ = std::make_unique<Impl>();
  Meeting meeting = meet(place, timeout);
  impl_->store = std::move(meeting.store);
  impl_->control = std::move(meeting.group);
  learn_hosts();
  impl_->ballots.emplace(open_ballot_box(impl_->control, place.world));
}

Ranks::~Ranks() = default;

void Ranks::learn_hosts() {
  const std::string own = host_name();
  const at::Tensor rows = at::zeros({world(), kHostNameBytes}, at::kByte);
  for (int rank = 0; rank < world(); ++rank) {
    std::memcpy(rows[rank].mutable_data_ptr(), own.data(),
                std::min<std::size_t>(own.size(), kHostNameBytes - 1));
  }
  at::Tensor sent = rows.view({-1});
  at::Tensor received = at::zeros_like(sent);
  exchange(times_.vote_ms,
           [&] { Impl::trade(*impl_->control, received, sent, impl_->equal_parts); });
  for (int rank = 0; rank < world(); ++rank) {
    const auto* text = static_cast<const char*>(received.const_data_ptr());
    roster_.hosts.emplace_back(text + rank * kHostNameBytes);
  }
}

/// Runs what talks to the others; whatever goes wrong there means that one of them is lost.
template <typename Work>
void Ranks::exchange(double& spent_ms, Work work) {
  const Clock::time_point start = Clock::now();
  try {
    work();
  } catch (const std::exception& error) {
    throw RankLostError(roll_call(impl_->store, roster_) + " (" + first_line(error.what()) + ")");
  }
  spent_ms += milliseconds_since(start);
  last_exchange_ = Clock::now();
}

std::span<const Ballot> Ranks::vote(const Ballot& mine) {
  return vote_within(timeout_, mine);
}

std::span<const Ballot> Ranks::vote_patiently(const Ballot& mine) {
  return vote_within(kPatience, mine);
}

std::span<const Ballot> Ranks::vote_within(std::chrono::milliseconds timeout, Ballot mine) {
  mine.work_us =
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - last_exchange_).count();
  ballots_[static_cast<std::size_t>(rank())] = mine;
  if (alone()) {
    return ballots_;
  }
  Mailbox& box = *impl_->ballots;
  exchange(times_.vote_ms, [&] {
    std::memcpy(bytes_in(box.own()), &mine, sizeof mine);
    box.send();
    box.collect(timeout);
    for (int other = 0; other < world(); ++other) {
      if (other != rank()) {
        std::memcpy(&ballots_[static_cast<std::size_t>(other)], bytes_in(box.from(other)),
                    sizeof mine);
      }
    }
    box.expect();
  });
  for (std::size_t rank = 0; rank < ballots_.size(); ++rank) {
    work_us_[rank] += ballots_[rank].work_us;
  }
  return ballots_;
}

void Ranks::prepare(std::span<const at::Tensor> vectors, SumOrder order) {
  if (alone() || vectors.empty()) {
    return;
  }
  TORCH_CHECK(impl_->vectors.empty(), "sums are prepared once");
  impl_->vectors.assign(vectors.begin(), vectors.end());
  impl_->order = order;
  const at::Device device = vectors.front().device();
  if (!impl_->data) {
    impl_->data = device.is_cuda() ? open_nccl_group(impl_->store, roster_.place, timeout_, device)
                                   : impl_->control;
  }
  constexpr int kPair = 2;
  if (device.is_cpu() && world() == kPair) {
    for (const at::Tensor& vector : vectors) {
      const int tag = kFirstVector + static_cast<int>(impl_->swaps.size());
      impl_->swaps.emplace_back(impl_->data, tag, vector,
                                std::vector<at::Tensor>(kPair, at::zeros_like(vector)));
    }
  } else if (order == SumOrder::kByRank) {
    std::int64_t longest = 0;
    for (const at::Tensor& vector : vectors) {
      longest = std::max(longest, vector.numel());
    }
    const std::int64_t part = (longest + world() - 1) / world();
    impl_->sent = at::zeros({part * world()}, vectors.front().options());
    impl_->received = at::zeros_like(impl_->sent);
    impl_->part = at::zeros({part}, vectors.front().options());
  }
  sum();
}

void Ranks::sum(std::size_t first) {
  if (alone()) {
    return;
  }
  const at::NoGradGuard no_grad;
  exchange(times_.sum_ms, [&] {
    if (!impl_->swaps.empty()) {
      swap(std::span(impl_->swaps).subspan(first));
      return;
    }
    for (const at::Tensor& vector : std::span(impl_->vectors).subspan(first)) {
      if (impl_->order == SumOrder::kByRank) {
        sum_in_order(vector);
      } else {
        std::vector<at::Tensor> one{vector};
        impl_->data->allreduce(one)->wait();
      }
    }
  });
}

/// Two ranks send each other all they have: as many bytes as in a ring, in one turn instead of two,
/// and a sum of two has but one order.
void Ranks::swap(std::span<Mailbox> boxes) {
  for (Mailbox& box : boxes) {
    box.send();
  }
  for (Mailbox& box : boxes) {
    box.collect(timeout_);
    box.own().add_(box.from(1 - rank()));
    box.expect();
  }
}

/// Part p of everyone's vector goes to rank p, which adds the parts up in the order of ranks; then
/// everyone gets every part. As many bytes travel as in a ring, and no order depends on the ways
/// they take.
void Ranks::sum_in_order(const at::Tensor& vector) {
  const std::int64_t length = vector.numel();
  const std::int64_t part_length = (length + world() - 1) / world();
  at::Tensor sent = impl_->sent.narrow(0, 0, part_length * world());
  at::Tensor received = impl_->received.narrow(0, 0, part_length * world());
  const at::Tensor part = impl_->part.narrow(0, 0, part_length);
  sent.narrow(0, 0, length).copy_(vector);
  Impl::trade(*impl_->data, received, sent, impl_->equal_parts);
  part.copy_(received.narrow(0, 0, part_length));
  for (std::int64_t rank = 1; rank < world(); ++rank) {
    part.add_(received.narrow(0, rank * part_length, part_length));
  }
  sent.view({world(), part_length}).copy_(part);
  Impl::trade(*impl_->data, received, sent, impl_->equal_parts);
  vector.copy_(received.narrow(0, 0, length));
}

void Ranks::add_up(std::span<double> values) {
  if (alone() || values.empty()) {
    return;
  }
  std::vector<at::Tensor> one{at::from_blob(
      values.data(), {static_cast<std::int64_t>(values.size())}, at::dtype(at::kDouble))};
  exchange(times_.sum_ms, [&] { impl_->control->allreduce(one)->wait(); });
}

void Ranks::broadcast(std::span<const at::Tensor> tensors) {
  if (alone()) {
    return;
  }
  const at::NoGradGuard no_grad;
  exchange(times_.sum_ms, [&] {
    for (const at::Tensor& tensor : tensors) {
      if (tensor.numel() > 0) {
        std::vector<at::Tensor> one{bytes_of(tensor)};
        const auto& group = tensor.device().is_cpu() ? impl_->control : impl_->data;
        group->broadcast(one)->wait();
      }
    }
  });
}

std::string Ranks::from(int rank, const std::string& text) {
  if (alone()) {
    return text;
  }
  c10d::BroadcastOptions options;
  options.rootRank = rank;
  std::vector<at::Tensor> length{at::full({1}, static_cast<std::int64_t>(text.size()), at::kLong)};
  exchange(times_.sum_ms, [&] { impl_->control->broadcast(length, options)->wait(); });
  std::string result = rank == this->rank() ? text : std::string();
  result.resize(static_cast<std::size_t>(length.front().item<std::int64_t>()));
  if (!result.empty()) {
    std::vector<at::Tensor> bytes{at::from_blob(
        result.data(), {static_cast<std::int64_t>(result.size())}, at::dtype(at::kByte))};
    exchange(times_.sum_ms, [&] { impl_->control->broadcast(bytes, options)->wait(); });
  }
  return result;
}

ExchangeTimes Ranks::take_times() {
  ExchangeTimes times = std::exchange(times_, {});
  const auto most = std::max_element(work_us_.begin(), work_us_.end());
  constexpr double kMicrosecondsPerMs = 1000;
  const auto sum = std::accumulate(work_us_.begin(), work_us_.end(), std::int64_t{0});
  times.slowest = static_cast<int>(most - work_us_.begin());
  times.slowest_work_ms = static_cast<double>(*most) / kMicrosecondsPerMs;
  times.mean_work_ms = static_cast<double>(sum) / kMicrosecondsPerMs / world();
  std::fill(work_us_.begin(), work_us_.end(), 0);
  return times;
}

}  // namespace sr
