#pragma once

// What ProcessGroupGloo.hpp names of Gloo, declared and no more. The library itself is inside
// libtorch_cpu.so, and LibTorch does not bring its headers. Nothing here is constructed, derived
// from or laid out by this program: ProcessGroupGloo holds these types behind pointers only, so
// that its size does not depend on them (gloo_group_test).

#include <chrono>
#include <memory>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

namespace transport {
class Device;
class UnboundBuffer;
}  // namespace transport

}  // namespace gloo
