#include "train/batch_upload.h"

#include <torch/torch.h>

#include "support/catch.h"
#include "train/toy_run.h"

using sr::BatchImages;
using sr::BatchUpload;
using sr::test::HostImages;

TEST_CASE("pixels arrive on the device as floats between 0 and 1 in the wanted layout", "[train]") {
  const HostImages images(2, 3, 5);
  for (const bool channels_last : {true, false}) {
    BatchUpload upload(at::kCPU, channels_last);
    upload.begin(images.batch);
    const BatchImages batch = upload.images(0, 2);
    CHECK(batch.lq.sizes() == at::IntArrayRef({2, 3, 3, 3}));
    CHECK(batch.gt.sizes() == at::IntArrayRef({2, 3, 6, 6}));
    CHECK(batch.lq.is_contiguous(channels_last ? at::MemoryFormat::ChannelsLast
                                               : at::MemoryFormat::Contiguous));
    CHECK(batch.lq[1][2][0][1].item<float>() ==
          static_cast<float>(images.lq[1 * 27 + 0 * 9 + 1 * 3 + 2]) / 255.0F);
  }
}

TEST_CASE("a piece of a batch is its samples, filled into room for them or not", "[train]") {
  const HostImages images(3, 4, 5);
  BatchUpload upload(at::kCPU, true);
  upload.begin(images.batch);
  const BatchImages whole = upload.images(0, 3);
  const BatchImages piece = upload.images(1, 2);
  CHECK(at::equal(piece.lq, whole.lq.narrow(0, 1, 2)));
  CHECK(at::equal(piece.gt, whole.gt.narrow(0, 1, 2)));
  BatchImages room = upload.empty_images();
  upload.fill(room);
  CHECK(at::equal(room.lq, whole.lq));
  CHECK(at::equal(room.narrow(1, 2).gt, piece.gt));
}

TEST_CASE("float pixels are taken as they are", "[train]") {
  const HostImages bytes(1, 2, 5);
  const std::vector<float> lq(1 * 2 * 2 * 3, 0.25F);
  const std::vector<float> gt(1 * 4 * 4 * 3, 0.75F);
  sr::Batch batch = bytes.batch;
  batch.lq = sr::test::host_pixels(lq, 1, 2);
  batch.gt = sr::test::host_pixels(gt, 1, 4);
  BatchUpload upload(at::kCPU, false);
  upload.begin(batch);
  const BatchImages images = upload.images(0, 1);
  CHECK(images.lq.eq(0.25F).all().item<bool>());
  CHECK(images.gt.eq(0.75F).all().item<bool>());
  CHECK(upload.bytes() == 0);  // on the CPU the host's memory is the device's
}
