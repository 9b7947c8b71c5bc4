#include "arch/compact.h"

#include <string>

namespace sr::arch {

std::optional<Impossible> CompactOptions::impossible(int /*scale*/) const {
  const int frames = num_in_ch / num_out_ch;
  if (learn_residual && (num_in_ch % num_out_ch != 0 || frames % 2 == 0)) {
    return Impossible{"num_in_ch",
                      std::to_string(num_in_ch) + " is not an odd multiple of num_out_ch " +
                          std::to_string(num_out_ch) +
                          ", so there is no middle frame to add; set learn_residual: false"};
  }
  return std::nullopt;
}

}  // namespace sr::arch
