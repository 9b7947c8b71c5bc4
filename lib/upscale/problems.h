#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace sr {

/// What cannot be used, and what else a user should know, told by several threads.
class Problems {
 public:
  void add(std::string problem);
  void note(std::string note);

  /// Does a part of the work on one picture. False when that failed by what the picture is or by
  /// its size, which is a problem then: `name` stands before what does not name it. Anything else
  /// concerns more than one picture and passes.
  bool attempt(const std::string& name, const std::function<void()>& work);

  std::vector<std::string> take();
  std::vector<std::string> take_notes();

 private:
  std::mutex mutex_;
  std::vector<std::string> problems_, notes_;
};

}  // namespace sr
