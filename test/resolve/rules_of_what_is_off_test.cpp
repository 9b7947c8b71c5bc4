#include "resolve/examples.h"
#include "support/catch.h"

using sr::test::kSmallest;
using sr::test::load_text;

TEST_CASE("what belongs to something that is off has no effect, which is said", "[resolve]") {
  std::string said;
  const auto loaded =
      load_text(kSmallest, {"amp_bf16=true", "train.grad_clip_max_norm=1", "train.ema_decay=0",
                            "train.ema_switch_iter=3", "val.save_img=false", "val.keep_images=3",
                            "path.strict_load_g=false", "train.moa_probs=[1, 1]"});
  for (const std::string& notice : loaded.notices) {
    said += notice + "\n";
  }
  for (const char* key : {"amp_bf16", "train.grad_clip_max_norm", "train.ema_switch_iter",
                          "val.keep_images", "path.strict_load_g", "train.moa_probs"}) {
    CHECK_THAT(said, Catch::Contains(key));
  }
  // The default, and the limit that adaptive clipping begins with.
  for (const std::string more :
       {"train.grad_clip=false",
        "training_automations={enabled: true, AdaptiveGradientClipping: {enabled: true}}"}) {
    const std::string norm = more.starts_with("train.") ? "100" : "1";
    for (const std::string& notice :
         load_text(kSmallest, {"train.grad_clip_max_norm=" + norm, more}).notices) {
      CHECK_THAT(notice, !Catch::Contains("grad_clip_max_norm"));
    }
  }
}
