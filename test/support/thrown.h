#pragma once

#include <string>

namespace sr::test {

/// What `call` throws as an `E`, as text; empty when it throws nothing.
template <typename E, typename Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  return {};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace sr::test
