#include "checkpoint/pth_tensor.h"

#include <limits>

#include "checkpoint/pth_samples.h"
#include "checkpoint/samples.h"
#include "core/error.h"
#include "support/catch.h"

using sr::CheckpointError;
using sr::DType;
using sr::gather;
using sr::TensorView;
using sr::test::bytes_of;

namespace {

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

TensorView view_of(std::uint64_t elements, std::uint64_t offset, std::vector<std::int64_t> shape,
                   std::vector<std::int64_t> strides) {
  return {DType::kUInt8, "0", elements, offset, std::move(shape), std::move(strides)};
}

}  // namespace

TEST_CASE("elements are gathered row by row, wherever they lie", "[checkpoint]") {
  const auto storage = bytes_of("abcdefgh");
  CHECK(gather(view_of(8, 0, {8}, {1}), storage) == storage);
  CHECK(gather(view_of(8, 2, {}, {}), storage) == bytes_of("c"));
  CHECK(gather(view_of(8, 1, {2, 3}, {3, 1}), storage) == bytes_of("bcdefg"));
  CHECK(gather(view_of(8, 0, {4, 2}, {1, 4}), storage) == bytes_of("aebfcgdh"));
  CHECK(gather(view_of(8, 7, {3}, {0}), storage) == bytes_of("hhh"));
  CHECK(gather(view_of(8, 0, {2, 2, 2}, {1, 4, 2}), storage) == bytes_of("acegbdfh"));
}

TEST_CASE("the stride of a dimension of one element says nothing", "[checkpoint]") {
  const auto storage = bytes_of("abcd");
  CHECK(gather(view_of(4, 1, {1, 3}, {kHuge, 1}), storage) == bytes_of("bcd"));
  CHECK(gather(view_of(4, 0, {2, 1}, {2, kHuge}), storage) == bytes_of("ac"));
}

TEST_CASE("a tensor without elements needs none", "[checkpoint]") {
  CHECK(gather(view_of(0, 0, {0, 3}, {3, 1}), {}).empty());
  CHECK(gather(view_of(0, 5, {3, 0}, {kHuge, kHuge}), {}).empty());
}

TEST_CASE("no element may lie outside of the storage", "[checkpoint]") {
  const auto storage = bytes_of("abcdefgh");
  for (const TensorView& view :
       {view_of(8, 0, {9}, {1}), view_of(8, 1, {8}, {1}), view_of(8, 8, {}, {}),
        view_of(8, 0, {2, 2}, {7, 1}), view_of(8, 0, {3}, {kHuge}),
        view_of(8, 0, {3, 3}, {kHuge, kHuge}), view_of(8, ~std::uint64_t{0}, {1}, {1})}) {
    CHECK_THROWS_AS(gather(view, storage), CheckpointError);
  }
}

TEST_CASE("a storage that is not as long as described is refused", "[checkpoint]") {
  CHECK_THROWS_AS(gather(view_of(9, 0, {1}, {1}), bytes_of("abcdefgh")), CheckpointError);
  CHECK_THROWS_AS(gather(view_of(7, 0, {1}, {1}), bytes_of("abcdefgh")), CheckpointError);
  TensorView wide = view_of(1, 0, {1}, {1});
  wide.type = DType::kFloat64;
  CHECK_THROWS_AS(gather(wide, bytes_of("abcdefghi")), CheckpointError);
}

TEST_CASE("a size beyond 64 bits is refused", "[checkpoint]") {
  CHECK(byte_count(view_of(1, 0, {3, 5}, {0, 0})) == 15);
  CHECK_THROWS_AS(byte_count(view_of(1, 0, {kHuge, 4}, {0, 0})), CheckpointError);
}
