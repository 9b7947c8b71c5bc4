#pragma once

#include <chrono>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/util/intrusive_ptr.h>

namespace c10d {
class Backend;
class Work;
}  // namespace c10d

namespace sr {

/// A message of this rank to all others and theirs to it, again and again, in host memory. The
/// senders are told that the next ones may come as soon as the last ones have been read, mostly
/// while everyone computes. So each message goes straight from the thread that sends it to where it
/// is read; a collective operation of Gloo asks for it first, and wakes a thread for each turn.
class Mailbox {
 public:
  /// `own`: what this rank sends. `theirs`, by rank: where those of the others come to, each as
  /// long as what that rank sends; this rank's place is not used. All 1-dim and contiguous.
  /// `tag`: of no other mailbox of the group.
  Mailbox(c10::intrusive_ptr<c10d::Backend> group, int tag, at::Tensor own,
          std::vector<at::Tensor> theirs);
  ~Mailbox();
  Mailbox(Mailbox&&) noexcept;
  Mailbox& operator=(Mailbox&&) noexcept;

  const at::Tensor& own() const { return own_; }
  const at::Tensor& from(int rank) const { return theirs_.at(static_cast<std::size_t>(rank)); }

  /// From now on others' next messages may overwrite the last ones. A rank that is gone is not
  /// noticed here: it may have ended well.
  void expect() noexcept;
  /// Sends own(), which must stay as it is until collect(). Throws when a rank is gone; the others
  /// have got it.
  void send();
  /// Returns when all messages have come and own() is on its way. Throws when a rank is gone or
  /// does not answer in time.
  void collect(std::chrono::milliseconds timeout);

 private:
  using Works = std::vector<c10::intrusive_ptr<c10d::Work>>;

  template <typename Call>
  Works with_others(Call call) const;

  c10::intrusive_ptr<c10d::Backend> group_;
  int tag_;
  at::Tensor own_;
  std::vector<at::Tensor> theirs_;
  Works going_, coming_;  ///< `coming_`: empty unless the next messages are expected
};

}  // namespace sr
