#include "train/preview_json.h"

#include <algorithm>
#include <string>

namespace sr {
namespace {

using Json = nlohmann::ordered_json;

template <typename E>
std::string word_of(const Names<E>& names, E value) {
  const auto found = std::ranges::find(names, value, &std::pair<std::string, E>::second);
  return found != names.end() ? found->first : "";
}

Json sinc_json(const SincPlan& sinc) {
  return {{"kernel", "sinc"}, {"size", sinc.size}, {"cutoff", sinc.cutoff}};
}

Json blur_json(const BlurPlan& blur) {
  if (blur.sinc) {
    return sinc_json(*blur.sinc);
  }
  return {{"kernel", word_of(kernel_shapes(), blur.shape)},
          {"size", blur.size},
          {"sigma_x", blur.ellipse.sigma_x},
          {"sigma_y", blur.ellipse.sigma_y},
          {"rotation", blur.ellipse.rotation},
          {"beta", blur.beta}};
}

Json stage_json(const StagePlan& stage) {
  return {{"blur", stage.blur ? blur_json(*stage.blur) : Json()},
          {"resize", stage.resize_factor},
          {"resize_mode", word_of(resize_modes(), stage.resize_mode)},
          {"noise", stage.noise.gaussian ? "gaussian" : "poisson"},
          {"noise_strength", stage.noise.strength},
          {"gray_noise", stage.noise.field.gray},
          {"jpeg_quality", stage.jpeg_quality ? Json(*stage.jpeg_quality) : Json()}};
}

}  // namespace

nlohmann::ordered_json plan_json(const DegradationPlan& plan) {
  return {{"sharpen_radius", plan.sharpen_radius ? Json(*plan.sharpen_radius) : Json()},
          {"thick_lines", plan.thick_lines},
          {"antialias", plan.antialias},
          {"first", stage_json(plan.first)},
          {"second", stage_json(plan.second)},
          {"resize_before_jpeg", plan.resize_before_jpeg},
          {"last_resize_mode", word_of(resize_modes(), plan.final_mode)},
          {"last_sinc", plan.final_sinc ? sinc_json(*plan.final_sinc) : Json()}};
}

nlohmann::ordered_json mix_json(const MixDraw& draw, std::uint64_t partner, int side) {
  Json json{{"aug", word_of(batch_mixes(), draw.kind)}};
  if (draw.kind == BatchMix::kNone) {
    return json;
  }
  if (draw.kind != BatchMix::kCutblur) {
    json["with_sample"] = partner;
  }
  if (draw.kind == BatchMix::kMixup) {
    json["weight"] = draw.amount;
    return json;
  }
  const MixBox box = mix_box(draw, side);
  json["lq_box"] = {
      {"left", box.left}, {"top", box.top}, {"width", box.width()}, {"height", box.height()}};
  return json;
}

}  // namespace sr
