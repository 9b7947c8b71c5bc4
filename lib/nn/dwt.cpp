#include "nn/dwt.h"

#include "nn/swin_groups.h"

namespace sr {
namespace {

using arch::DwtOptions;

class Dwt final : public SwinGroups {
 public:
  Dwt(const DwtOptions& options, int scale, std::uint64_t seed)
      : SwinGroups(options, scale, seed,
                   [&options](std::size_t group, std::size_t place, SwinShape& shape) {
                     const int kind = options.layer_kinds[group][place];
                     shape.parts = kind > 0 ? kind : 0;
                     shape.keeps_mask = kind != DwtOptions::kInPlace;
                     shape.qk_scale = options.qk_scale;
                   }),
        grid_(options.grid()) {}
  int size_multiple() const override { return grid_; }

 private:
  int grid_;
};

}  // namespace

std::unique_ptr<Network> make_network(const arch::DwtOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Dwt>(options, scale, seed);
}

}  // namespace sr
