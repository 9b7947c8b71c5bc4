#include "data/pair_decoder.h"

#include <utility>

namespace sr {

struct PairDecoder::Impl {
  std::vector<ImagePair> pairs;
  int scale;
};

PairDecoder::PairDecoder(std::vector<ImagePair> pairs, int scale)
    : impl_(std::make_unique<Impl>(Impl{std::move(pairs), scale})) {}

PairDecoder::~PairDecoder() = default;

const std::vector<ImagePair>& PairDecoder::pairs() const {
  return impl_->pairs;
}

PairImage PairDecoder::decode(std::size_t index) {
  return decode_pair(impl_->pairs.at(index), impl_->scale);
}

}  // namespace sr
