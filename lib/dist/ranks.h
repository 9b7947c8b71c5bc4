#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "dist/ballot.h"
#include "dist/roster.h"

namespace sr {

class Mailbox;

/// In which order the ranks' numbers are added up. Either gives all ranks the same bits.
enum class SumOrder {
  kFastest,
  kByRank,  ///< as if one process added them up one after the other
};

/// What votes and sums took.
struct ExchangeTimes {
  double vote_ms = 0, sum_ms = 0;  ///< of this rank, the waiting for others included
  int slowest = 0;                 ///< the rank that worked longest between the exchanges
  double slowest_work_ms = 0, mean_work_ms = 0;  ///< totals of that rank, and of all in the mean
};

/// What the processes of one run say to each other. All functions that exchange something are to
/// be called in the same order on all ranks; each throws RankLostError when a rank is gone, or does
/// not answer within the timeout. A run of one process opens nothing: there every exchange returns
/// at once.
///
/// What a rank does before an exchange may fail there alone. So everything that may fail lies
/// before a vote, and a rank that fails casts a ballot that says so (dist/together.h).
class Ranks {
 public:
  /// A run of one process, whoever started it.
  explicit Ranks(Place place = {});
  /// Meets the others. `timeout` must be the same on all.
  Ranks(const Place& place, std::chrono::milliseconds timeout);
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  const Roster& roster() const { return roster_; }
  bool alone() const { return roster_.place.alone(); }
  int rank() const { return roster_.place.rank; }
  int world() const { return roster_.place.world; }
  bool is_first() const { return rank() == 0; }

  /// All ballots, by rank; valid until the next vote. Allocates no tensor. Fills in work_us.
  std::span<const Ballot> vote(const Ballot& mine);
  /// The same for work that may take one rank much longer than the timeout: as long as nobody is
  /// gone it waits.
  std::span<const Ballot> vote_patiently(const Ballot& mine);

  /// Allocates what sum() of these tensors takes, and has the network's connections made. Their
  /// values must be 0 and stay so. They are float32, 1-dim, on one device: of CUDA through NCCL.
  /// `order` is that of all sums. Throws ConfigError when this build cannot do that. Once.
  void prepare(std::span<const at::Tensor> vectors, SumOrder order);
  /// Each vector of prepare() becomes its sum over the ranks, or each from number `first` on.
  /// Allocates no tensor. On CUDA it is queued.
  void sum(std::size_t first = 0);
  /// Numbers in host memory become their sums over the ranks.
  void add_up(std::span<double> values);
  /// Tensors, dense and of any type, become those of rank 0. Of CUDA only after prepare().
  void broadcast(std::span<const at::Tensor> tensors);
  /// The text that this rank gives.
  std::string from(int rank, const std::string& text);

  /// Since the last call.
  ExchangeTimes take_times();

 private:
  struct Impl;

  template <typename Work>
  void exchange(double& spent_ms, Work work);
  void learn_hosts();
  std::span<const Ballot> vote_within(std::chrono::milliseconds timeout, Ballot mine);
  void swap(std::span<Mailbox> boxes);
  void sum_in_order(const at::Tensor& vector);

  Roster roster_;
  std::chrono::milliseconds timeout_{0};
  std::vector<Ballot> ballots_;
  std::vector<std::int64_t> work_us_;  ///< by rank, since take_times()
  ExchangeTimes times_;
  std::chrono::steady_clock::time_point last_exchange_;
  std::unique_ptr<Impl> impl_;  ///< null for one process
};

}  // namespace sr
