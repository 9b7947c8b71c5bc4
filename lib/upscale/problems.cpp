#include "upscale/problems.h"

#include <new>
#include <utility>

#include <opencv2/core.hpp>

#include "core/error.h"

namespace sr {
namespace {

constexpr const char* kNoMemory = ": not enough memory for a picture of this size";

}  // namespace

void Problems::add(std::string problem) {
  const std::lock_guard lock(mutex_);
  problems_.push_back(std::move(problem));
}

void Problems::note(std::string note) {
  const std::lock_guard lock(mutex_);
  notes_.push_back(std::move(note));
}

bool Problems::attempt(const std::string& name, const std::function<void()>& work) {
  try {
    work();
    return true;
  } catch (const DataError& error) {
    add(error.what());
  } catch (const cv::Exception& error) {
    add(name + (error.code == cv::Error::StsNoMem ? kNoMemory : ": " + error.err));
  } catch (const std::bad_alloc&) {
    add(name + kNoMemory);
  }
  return false;
}

std::vector<std::string> Problems::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(problems_, {});
}

std::vector<std::string> Problems::take_notes() {
  const std::lock_guard lock(mutex_);
  return std::exchange(notes_, {});
}

}  // namespace sr
