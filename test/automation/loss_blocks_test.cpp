#include "automation/loss_blocks.h"

#include "support/catch.h"

TEST_CASE("losses become means of blocks and the oldest give way", "[automation]") {
  sr::LossBlocks blocks(2, 2);
  CHECK_FALSE(blocks.add(1));
  CHECK(blocks.add(3));
  CHECK_FALSE(blocks.full());
  for (const double loss : {5.0, 7.0, 9.0, 11.0}) {
    blocks.add(loss);
  }
  CHECK(blocks.full());
  CHECK(blocks.means() == std::vector<double>{6, 10});
  blocks.clear();
  CHECK(blocks.means().empty());
}

TEST_CASE("blocks go on in the middle of one after they were saved", "[automation]") {
  sr::LossBlocks blocks(3, 2);
  blocks.add(0.1);
  blocks.add(0.2);
  sr::LossBlocks restored(3, 2);
  restored.restore(sr::Json::parse(blocks.state().dump()));
  CHECK(restored.state() == blocks.state());
  CHECK(restored.add(0.3) == blocks.add(0.3));
  CHECK(restored.means() == blocks.means());
  sr::LossBlocks longer(4, 2);
  longer.add(1);
  longer.restore(blocks.state());
  CHECK(longer.means().empty());
}
