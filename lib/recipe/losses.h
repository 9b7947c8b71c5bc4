#pragma once

#include "core/catalogue.h"
#include "recipe/adists_loss.h"
#include "recipe/aesop_loss.h"
#include "recipe/bce_dice_loss.h"
#include "recipe/bicubic_loss.h"
#include "recipe/color_loss.h"
#include "recipe/consistency_loss.h"
#include "recipe/contextual_loss.h"
#include "recipe/dists_loss.h"
#include "recipe/fft_loss.h"
#include "recipe/flip_loss.h"
#include "recipe/focal_frequency_loss.h"
#include "recipe/gan_loss.h"
#include "recipe/gradient_loss.h"
#include "recipe/hsluv_loss.h"
#include "recipe/ldl_loss.h"
#include "recipe/line_distiller_loss.h"
#include "recipe/ms_ssim_l1_loss.h"
#include "recipe/mssim_loss.h"
#include "recipe/ncc_loss.h"
#include "recipe/perceptual_anime_loss.h"
#include "recipe/perceptual_loss.h"
#include "recipe/pixel_loss.h"
#include "recipe/psnr_loss.h"
#include "recipe/structure_texture_loss.h"

namespace sr::recipe {

/// Every loss, in the order of the documentation. All but ganloss, which loss/gan_loss.h
/// has, are made by make_loss() of their options.
inline constexpr std::tuple kLosses{
    row<L1Options>("l1loss", "mean absolute difference"),
    row<MseOptions>("mseloss", "mean squared difference"),
    row<CharbonnierOptions>("charbonnierloss", "mean of sqrt(difference^2 + eps)"),
    row<MssimOptions>("mssimloss", "1 - MS-SSIM (docs/losses.md describes all of them)"),
    row<SsimOptions>("ssimloss", "1 - SSIM"),
    row<MsSsimL1Options>("msssiml1loss", "MS-SSIM and L1 together"),
    row<PerceptualOptions>("perceptualloss",
                           "difference of VGG19's features; needs a file of weights",
                           "perceptualfp16loss"),
    row<PerceptualAnimeOptions>("perceptualanimeloss",
                                "difference of the features of a ResNet-50 that knows drawings; "
                                "needs a file of weights"),
    row<DistsOptions>("distsloss",
                      "DISTS: structure and texture in VGG16's features; needs a file of weights"),
    row<AdistsOptions>("adistsloss", "A-DISTS: DISTS in windows; needs a file of weights"),
    row<ContextualOptions>("contextualloss",
                           "VGG19's features, wherever their like is; needs a file of weights"),
    row<StructureTextureOptions>("structuretextureloss",
                                 "MS-SSIM of edges and VGG19's features of the rest; needs a file "
                                 "of weights"),
    row<FlipOptions>("fliploss", "LDR-FLIP, what an observer sees at a distance"),
    row<GanOptions>("ganloss", "what a discriminator says of the output", "multiscaleganloss"),
    row<LdlOptions>("ldlloss", "artefacts that the averaged network does not make"),
    row<FocalFrequencyOptions>("ffloss", "focal frequency loss"),
    row<HsluvOptions>("hsluvloss", "difference of hue, saturation and lightness"),
    row<ColorOptions>("colorloss", "difference of averaged Cb and Cr"),
    row<LumaOptions>("lumaloss", "difference of CIE L*"),
    row<AverageOptions>("averageloss", "difference of averaged RGB"),
    row<CosineSimilarityOptions>("cosimloss", "angle between RGB values"),
    row<ConsistencyOptions>("consistencyloss", "difference of blurred L* and of Oklab's chroma",
                            "consistency_loss"),
    row<TotalVariationOptions>("weightedtvloss", "total variation of the output alone"),
    row<GradientVarianceOptions>("gradientvarianceloss",
                                 "difference of the variance of Sobel gradients"),
    row<SobelEdgeOptions>("sobeledgeloss", "squared difference of Sobel gradients"),
    row<LineDistillerOptions>("linedistillerloss",
                              "difference of the line drawings that a network makes; needs a file "
                              "of weights"),
    row<AesopOptions>("aesoploss",
                      "difference of what an autoencoder makes of the images; needs a file of its "
                      "weights"),
    row<PsnrOptions>("psnrloss", "-PSNR in dB"),
    row<FftOptions>("fftloss", "difference of the spectra' real and imaginary parts"),
    row<BicubicOptions>("bicubicloss", "difference of images shrunk by bicubic"),
    row<NccOptions>("nccloss", "correlation of the channels", "ncc_loss"),
    row<BceDiceOptions>("bcewithlogitsdiceloss",
                        "cross entropy and Dice's coefficient of the output as logits"),
};

}  // namespace sr::recipe
