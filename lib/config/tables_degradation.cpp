#include "config/field_kinds.h"
#include "config/tables.h"

namespace sr::settings {
namespace {

using Stage = DegradationStage;

constexpr double kLargestKernel = 21;  // side, pixels: of Real-ESRGAN's kernels
constexpr double kLargestSigma = 50;
constexpr double kLargestBeta = 16;
constexpr double kLargestFactor = 8;

const Names<KernelShape> kShapes{{"iso", KernelShape::kIso},
                                 {"aniso", KernelShape::kAniso},
                                 {"generalized_iso", KernelShape::kGeneralizedIso},
                                 {"generalized_aniso", KernelShape::kGeneralizedAniso},
                                 {"plateau_iso", KernelShape::kPlateauIso},
                                 {"plateau_aniso", KernelShape::kPlateauAniso}};
const Names<ResizeMode> kModes{{"area", ResizeMode::kArea},
                               {"bilinear", ResizeMode::kBilinear},
                               {"bicubic", ResizeMode::kBicubic},
                               {"nearest-exact", ResizeMode::kNearest},
                               {"lanczos", ResizeMode::kLanczos}};

template <typename S>
Field<S> probability(std::string key, double S::*member, std::string help) {
  return number(std::move(key), member, between(0, 1), std::move(help));
}

Fields<Stage> blur_fields() {
  return {
      probability("blur_prob", &Stage::blur_prob, "Probability of blurring at all."),
      choices("kernel_list", &Stage::kernel_list, kShapes,
              "Shapes of blur kernels, with `kernel_prob`."),
      numbers("kernel_prob", &Stage::kernel_prob, at_least(0),
              "Weight of each shape of `kernel_list`."),
      interval("kernel_range", &Stage::kernel_range, between(1, kLargestKernel),
               "Side of the kernel, odd, pixels."),
      probability("sinc_prob", &Stage::sinc_prob,
                  "Probability of a sinc filter (ringing) instead of a kernel of the list."),
      interval("blur_sigma", &Stage::blur_sigma, between(0.01, kLargestSigma),
               "Standard deviations of the kernel, pixels."),
      interval("betag_range", &Stage::betag_range, between(0.01, kLargestBeta),
               "Exponent of the generalized shapes; below and above 1 equally often."),
      interval("betap_range", &Stage::betap_range, between(0.01, kLargestBeta),
               "Exponent of the plateau shapes; below and above 1 equally often."),
  };
}

Fields<Stage> resize_and_noise_fields() {
  return {
      numbers("resize_prob", &Stage::resize_prob, at_least(0),
              "Weights of enlarging, shrinking and keeping the size."),
      interval("resize_range", &Stage::resize_range, between(0.01, kLargestFactor),
               "Factor of the resize: of GT's size in the first stage, of LQ's in the second."),
      choices("resize_mode_list", &Stage::resize_mode_list, kModes,
              "Kinds of resize, with `resize_mode_prob`."),
      numbers("resize_mode_prob", &Stage::resize_mode_prob, at_least(0),
              "Weight of each kind of `resize_mode_list`."),
      probability("gaussian_noise_prob", &Stage::gaussian_noise_prob,
                  "Probability of Gaussian noise; otherwise there is Poisson noise."),
      interval("noise_range", &Stage::noise_range, between(0, 255),
               "Standard deviation of Gaussian noise, levels of 255."),
      interval("poisson_scale_range", &Stage::poisson_scale_range, between(0, 100),
               "Factor of Poisson noise; `[0, 0]` is none."),
      probability("gray_noise_prob", &Stage::gray_noise_prob,
                  "Probability that noise is the same in all channels."),
      probability("jpeg_prob", &Stage::jpeg_prob, "Probability of JPEG compression."),
      interval("jpeg_range", &Stage::jpeg_range, between(1, 100), "Quality of JPEG compression."),
  };
}

/// auto is what the section begins with.
Field<DegradationConfig> antialias_field() {
  Field<DegradationConfig> field{
      FieldText{"resize_antialias", "auto, true or false", "",
                "Whether bilinear, bicubic and lanczos smooth what they shrink, as in "
                "traiNNer-redux; without it they are OpenCV's, as in Real-ESRGAN."}};
  field.read = [wanted = static_cast<const FieldText&>(field)](
                   const Node& node, DegradationConfig& config, const Site&) -> Problem {
    const std::optional<bool> on = node.boolean();
    if (!on && !(node.is_scalar() && lower(node.text) == "auto")) {
      return expected(wanted, node);
    }
    config.resize_antialias = on.value_or(config.resize_antialias);
    return std::nullopt;
  };
  field.write = [](const DegradationConfig& config) { return node_of(config.resize_antialias); };
  return std::move(field).default_is("auto: true in a file of traiNNer-redux, else false");
}

/// A field of one stage as a field of the whole.
Field<DegradationConfig> of_stage(const Field<Stage>& field, Stage DegradationConfig::*stage) {
  Field<DegradationConfig> result(static_cast<const FieldText&>(field));
  result.read = [read = field.read, stage](const Node& node, DegradationConfig& config,
                                           const Site& site) -> Problem {
    return read(node, config.*stage, site);
  };
  result.write = [write = field.write, stage](const DegradationConfig& config) {
    return write(config.*stage);
  };
  return result;
}

Field<DegradationConfig> of_second_stage(const Field<Stage>& first) {
  Field<DegradationConfig> field = of_stage(first, &DegradationConfig::second);
  field.key += '2';
  field.help = fmt::format("`{}` of the second stage.", first.key);
  if (field.key == "blur_prob2") {
    field.aliases = {"second_blur_prob"};
  }
  return field;
}

}  // namespace

const Fields<DegradationConfig>& degradation_fields() {
  static const Fields<DegradationConfig> kFields = [] {
    using D = DegradationConfig;
    Fields<Stage> stage = blur_fields();
    for (Field<Stage>& field : resize_and_noise_fields()) {
      stage.push_back(std::move(field));
    }
    Fields<D> fields{
        flag("gt_usm", &D::gt_usm, "Sharpens GT (unsharp mask), and so what LQ is made from."),
        flag("lq_usm", &D::lq_usm, "Sharpens only what LQ is made from."),
        interval("lq_usm_radius_range", &D::lq_usm_radius_range, between(1, 101),
                 "Window of the sharpening of `lq_usm`, pixels, whole numbers."),
        antialias_field(),
    };
    for (const Field<Stage>& field : stage) {
      fields.push_back(of_stage(field, &D::first));
    }
    for (const Field<Stage>& field : stage) {
      fields.push_back(of_second_stage(field));
    }
    fields.push_back(probability("final_sinc_prob", &D::final_sinc_prob,
                                 "Probability of a sinc filter at the end."));
    fields.push_back(interval("final_kernel_range", &D::final_kernel_range,
                              between(1, kLargestKernel), "Side of that filter, odd, pixels."));
    fields.push_back(choices("resize_mode_list3", &D::resize_mode_list3, kModes,
                             "Kinds of the last resize, to LQ's size, with `resize_mode_prob3`."));
    fields.push_back(numbers("resize_mode_prob3", &D::resize_mode_prob3, at_least(0),
                             "Weight of each kind of `resize_mode_list3`."));
    return fields;
  }();
  return kFields;
}

}  // namespace sr::settings
