#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "arch/arguments.h"
#include "arch/artcnn.h"
#include "arch/atd.h"
#include "arch/cascadedgaze.h"
#include "arch/compact.h"
#include "arch/craft.h"
#include "arch/dat.h"
#include "arch/dctlsa.h"
#include "arch/dis.h"
#include "arch/ditn.h"
#include "arch/docres.h"
#include "arch/drct.h"
#include "arch/dwt.h"
#include "arch/edsr.h"
#include "arch/eimn.h"
#include "arch/elan.h"
#include "arch/emt.h"
#include "arch/escrealm.h"
#include "arch/fdat.h"
#include "arch/flexnet.h"
#include "arch/gaterv3.h"
#include "arch/grl.h"
#include "arch/hat.h"
#include "arch/hit.h"
#include "arch/lkfmixer.h"
#include "arch/lmlt.h"
#include "arch/man.h"
#include "arch/moesr2.h"
#include "arch/mosr.h"
#include "arch/mosrv2.h"
#include "arch/network_options.h"
#include "arch/omnisr.h"
#include "arch/plksr.h"
#include "arch/rcan.h"
#include "arch/realcugan.h"
#include "arch/realplksr.h"
#include "arch/rgt.h"
#include "arch/rrdb.h"
#include "arch/rtmosr.h"
#include "arch/safmn.h"
#include "arch/scunet.h"
#include "arch/sebica.h"
#include "arch/seemore.h"
#include "arch/span.h"
#include "arch/spanf3.h"
#include "arch/spanplus.h"
#include "arch/srformer.h"
#include "arch/swin2sr.h"
#include "arch/swinir.h"
#include "arch/temporal_span.h"
#include "arch/temporal_span_v2.h"
#include "arch/tensor_shapes.h"
#include "arch/tfdat.h"
#include "arch/torchscript.h"
#include "arch/tscunet.h"

// Every network that can be trained, without LibTorch: its name in the YAML, what it is, its
// options. nn/network.h builds the graph that belongs to the options.

namespace sr::arch {

/// Each alternative is a family, whose graph nn/ builds from its options.
using Families =
    std::variant<CompactOptions, EsrganOptions, RrdbNetOptions, SpanOptions, SpanPlusOptions,
                 RcanOptions, RealPlksrOptions, PlksrOptions, MosrOptions, MosrV2Options,
                 SwinIrOptions, OmniSrOptions, HatOptions, DrctOptions, DatOptions, SrFormerOptions,
                 ArtCnnOptions, DisOptions, RealCuganOptions, RtMosrOptions, TemporalSpanOptions,
                 TemporalSpanV2Options, FdatOptions, AtdOptions, TfdatOptions, ScuNetOptions,
                 TScuNetOptions, RgtOptions, Swin2SrOptions, CraftOptions, LmltOptions, EimnOptions,
                 DitnOptions, DctlsaOptions, LkfMixerOptions, ManOptions, SafmnOptions,
                 GaterV3Options, ElanOptions, SeemoreOptions, SebicaOptions, EscRealMOptions,
                 MoEsr2Options, CascadedGazeOptions, FlexNetOptions, DocResOptions, SpanF3Options,
                 HitSirOptions, HitSngOptions, HitSrfOptions, GrlOptions, EmtOptions, DwtOptions,
                 EdsrOptions, MsrResNetOptions, TorchScriptOptions>;

/// The options of one network.
struct Options : Families {
  using Families::Families;
  using Families::operator=;
};

template <typename O>
NetworkOptions::NetworkOptions(O options)
    : options_(std::make_shared<const Options>(std::move(options))) {}

/// One name a network has in the YAML. A variant is a row with other defaults.
struct Architecture {
  std::string_view type;         ///< lower case, as `network_g.type` and weight files have it
  std::string_view description;  ///< one phrase
  Options defaults;
  std::string_view aliases{};  ///< other trainers' names of it, separated by spaces
  /// False: activations of this network leave float16's range, so mixed precision is bfloat16.
  bool allows_fp16 = true;
};

/// In the order of the documentation; a family's first row is its plain form.
std::span<const Architecture> architectures();
/// By type in lower case, aliases not included; null for others.
const Architecture* find_architecture(std::string_view type);

/// The options as text, by name.
Arguments arguments(const Options& options);
/// The options of `row` with `arguments` in place of defaults; arguments that the family does not
/// have are passed over. Throws CheckpointError for a value that an option cannot have.
Options options_from(const Architecture& row, const Arguments& arguments);
/// 3 x the frames of a clip.
int input_channels(const Options& options);
/// What of these options, each legal by itself, cannot be built at this scale.
std::optional<Impossible> impossible(const Options& options, int scale);

/// A network that normalises by statistics of its batch in training: what a sample gives depends on
/// the others, and one sample alone gives nothing.
bool mixes_samples(const Options& options);

/// A network that takes crops of any side: it gives them the room that it needs by itself. Others
/// take multiples of Network::size_multiple() alone.
bool takes_any_side(const Options& options);

/// A network with blocks that can be computed twice in training.
bool can_compute_twice(const Options& options);
/// Its options ask for that.
bool computes_twice(const Options& options);

struct RecognisedNetwork {
  std::string type;  ///< the row whose defaults these are, else the family's first row
  Options options;
  int scale = 0;
};
/// What a file without metadata holds, by its tensors' names and shapes. Options that leave no
/// trace there have their defaults. Nothing when no family fits.
std::optional<RecognisedNetwork> recognise(const TensorShapes& shapes);

}  // namespace sr::arch
