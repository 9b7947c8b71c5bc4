#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "dist/ballot.h"
#include "dist/place.h"

namespace sr {

/// The processes of one run. All functions that exchange something are to be called in the same
/// order on all ranks; each throws RankLostError when a rank is gone, or does not answer within the
/// timeout. A run of one process opens nothing: there every exchange returns at once.
///
/// What a rank does before an exchange may fail there alone. So everything that may fail lies
/// before a vote, and a rank that fails casts a ballot that says so.
class Ranks {
 public:
  struct Options {
    std::chrono::milliseconds timeout = std::chrono::minutes(10);
    /// Sums are taken in the order of ranks, as if one process added them up one after the other;
    /// else in the order that is fastest. Either gives all ranks the same bits.
    bool ordered = false;
  };

  /// A run of one process, whoever started it.
  explicit Ranks(Place place = {});
  /// Meets the others. `options` must be the same on all.
  Ranks(const Place& place, const Options& options);
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  bool alone() const { return place_.alone(); }
  int rank() const { return place_.rank; }
  int world() const { return place_.world; }
  bool is_first() const { return place_.rank == 0; }
  const Place& place() const { return place_; }
  /// "rank 1 on gpu07".
  std::string name_of(int rank) const;
  const std::string& host_of(int rank) const { return hosts_.at(static_cast<std::size_t>(rank)); }
  /// Each host once, in the order of ranks.
  std::vector<std::string> hosts() const;
  void set_timeout(std::chrono::milliseconds timeout);
  void set_ordered(bool ordered) { options_.ordered = ordered; }

  /// All ballots, by rank; valid until the next vote. Allocates no tensor. Fills in work_us.
  std::span<const Ballot> vote(Ballot mine);

  /// The same for work that may take one rank much longer than the timeout: as long as nobody is
  /// gone it waits.
  std::span<const Ballot> vote_patiently(const Ballot& mine);

  /// Allocates what sum() of these tensors takes, and has the network's connections made. Their
  /// values must be 0 and stay so. They are float32, 1-dim, on one device: of CUDA through NCCL.
  /// Throws ConfigError when this build cannot do that.
  void prepare(std::span<const at::Tensor> vectors);
  /// Each vector becomes its sum over the ranks. Allocates no tensor. On CUDA it is queued.
  void sum(std::span<const at::Tensor> vectors);
  /// Numbers in host memory become their sums over the ranks.
  void add_up(std::span<double> values);
  /// Tensors, dense and of any type, become those of rank 0. Of CUDA only after prepare().
  void broadcast(std::span<const at::Tensor> tensors);
  /// The text that this rank gives.
  std::string from(int rank, const std::string& text);
  std::string from_first(const std::string& text) { return from(0, text); }

  /// Calls work() and then votes. What it throws on one rank is thrown on all, as a SharedError
  /// that names the rank unless it is the first.
  void together(const std::function<void()>& work);
  /// The last exchange of a rank. One that fails (`code` is not kDone) answers the vote that the
  /// others are in, or will be in; one that is done waits for the others. When any has failed, the
  /// error of the lowest that has is thrown on all, as by together().
  void part(ExitCode code, const std::string& message);
  /// After a vote (but one of part()) of which the verdict is kFailed: throws the error of that
  /// rank.
  [[noreturn]] void leave(const Verdict& verdict);

  /// What votes and sums took since the last call.
  struct Times {
    double vote_ms = 0, sum_ms = 0;  ///< of this rank, the waiting for others included
    int slowest = 0;                 ///< the rank that worked longest between the exchanges
    double slowest_work_ms = 0, mean_work_ms = 0;  ///< totals of that rank, and of all in the mean
  };
  Times take_times();

 private:
  struct Impl;

  template <typename Work>
  void exchange(double& spent_ms, Work work);
  std::string text_of(int rank, const std::string& message) const;
  void learn_hosts();
  void sum_in_order(const at::Tensor& vector);

  Place place_;
  Options options_;
  std::vector<std::string> hosts_;  ///< by rank
  std::vector<Ballot> ballots_;
  std::vector<std::int64_t> work_us_;  ///< by rank, since take_times()
  Times times_;
  std::int64_t votes_together_ = 0;
  std::chrono::steady_clock::time_point last_exchange_;
  std::unique_ptr<Impl> impl_;  ///< null for one process
};

}  // namespace sr
