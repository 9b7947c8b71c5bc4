#include "automation/proven_sizes.h"

#include "support/catch.h"
#include "support/size_text.h"

using sr::ProvenSizes;
using sr::TrainingSize;

namespace {

bool any(TrainingSize) {
  return true;
}

}  // namespace

TEST_CASE("a rollback goes to the proven size with the most pixels below the failed one",
          "[automation]") {
  ProvenSizes proven(50);
  proven.add({32, 4}, 0);
  proven.add({64, 4}, 0);
  proven.add({64, 8}, 0);
  proven.add({256, 2}, 0);
  CHECK(proven.largest_below({128, 8}, any) == TrainingSize{64, 8});
  CHECK(proven.largest_below({64, 8}, any) == TrainingSize{64, 4});
  CHECK_FALSE(proven.largest_below({32, 4}, any).has_value());
  CHECK(proven.largest_below({128, 8}, [](TrainingSize size) { return size.batch_size < 8; }) ==
        TrainingSize{64, 4});
}

TEST_CASE("of equally many pixels the larger lq_size is preferred", "[automation]") {
  ProvenSizes proven(50);
  proven.add({64, 4}, 0);
  proven.add({32, 16}, 0);
  CHECK(proven.largest_below({128, 64}, any) == TrainingSize{64, 4});
}

TEST_CASE("a proven size remembers what others held last and leaves when it is the oldest",
          "[automation]") {
  ProvenSizes proven(2);
  proven.add({32, 4}, 10);
  proven.add({64, 4}, 10);
  proven.add({32, 4}, 30);
  REQUIRE(proven.proof_of({32, 4}) != nullptr);
  CHECK(proven.proof_of({32, 4})->external == 30);
  proven.add({96, 2}, 10);
  CHECK(proven.proof_of({64, 4}) == nullptr);
  proven.remove_if([](TrainingSize size) { return size.lq_size == 96; });
  CHECK(proven.entries().size() == 1);
}

TEST_CASE("a size is proven by every size that exceeds it, best by the one beside most of others",
          "[automation]") {
  ProvenSizes proven(5);
  proven.add({64, 8}, 10);
  proven.add({96, 6}, 30);
  proven.add({48, 6}, 20);
  REQUIRE(proven.proof_of({48, 6}) != nullptr);
  CHECK(proven.proof_of({48, 6})->size == TrainingSize{96, 6});
  REQUIRE(proven.proof_of({64, 7}) != nullptr);
  CHECK(proven.proof_of({64, 7})->external == 10);
  CHECK(proven.proof_of({96, 7}) == nullptr);
}

TEST_CASE("proven sizes survive saving", "[automation]") {
  ProvenSizes proven(5), restored(5);
  proven.add({32, 4}, 10);
  proven.add({64, 4}, 11);
  restored.restore(sr::Json::parse(proven.state().dump()));
  CHECK(restored.state() == proven.state());
}
