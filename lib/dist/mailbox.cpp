#include "dist/mailbox.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <c10/util/Exception.h>
#include <torch/csrc/distributed/c10d/Backend.hpp>

namespace sr {
namespace {

using Clock = std::chrono::steady_clock;

/// What is left until `end`; never 0, which LibTorch takes for "as long as usual".
std::chrono::milliseconds until(Clock::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
  return std::max(left, std::chrono::milliseconds(1));
}

}  // namespace

Mailbox::Mailbox(c10::intrusive_ptr<c10d::Backend> group, int tag, at::Tensor own,
                 std::vector<at::Tensor> theirs)
    : group_(std::move(group)), tag_(tag), own_(std::move(own)), theirs_(std::move(theirs)) {
  expect();
}

Mailbox::~Mailbox() = default;
Mailbox::Mailbox(Mailbox&&) noexcept = default;
Mailbox& Mailbox::operator=(Mailbox&&) noexcept = default;

template <typename Call>
Mailbox::Works Mailbox::with_others(Call call) const {
  Works works;
  for (int rank = 0; rank < group_->getSize(); ++rank) {
    if (rank != group_->getRank()) {
      works.push_back(call(rank));
    }
  }
  return works;
}

void Mailbox::expect() noexcept {
  try {
    coming_ = with_others([&](int rank) {
      std::vector<at::Tensor> one{from(rank)};
      return group_->recv(one, rank, tag_);
    });
  } catch (const std::exception&) {  // NOLINT: send() or collect() meets it as well
    coming_.clear();
  }
}

void Mailbox::send() {
  // Whoever is still there gets it: who waits for this rank could not notice that another is gone.
  std::exception_ptr problem;
  going_ = with_others([&](int rank) -> c10::intrusive_ptr<c10d::Work> {
    try {
      std::vector<at::Tensor> one{own_};
      return group_->send(one, rank, tag_);
    } catch (const std::exception&) {
      problem = std::current_exception();
      return {};
    }
  });
  if (problem) {
    std::rethrow_exception(problem);
  }
}

void Mailbox::collect(std::chrono::milliseconds timeout) {
  TORCH_CHECK(!coming_.empty(), "connection closed by peer");
  const Clock::time_point end = Clock::now() + timeout;
  for (Works* works : {&coming_, &going_}) {
    for (const auto& work : *works) {
      TORCH_CHECK(work->wait(until(end)), "broken off");
    }
    works->clear();
  }
}

}  // namespace sr
