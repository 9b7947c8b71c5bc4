#include "encoded.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::test::EncodedFile;

TEST_CASE("binary and text PNM with comments are told and decoded", "[image]") {
  const EncodedFile binary("P6 # made by\n#hand\n2 1\n255\nabcdef");
  CHECK(binary.probe().format == "pnm");
  CHECK(binary.probe().width == 2);
  CHECK(binary.probe().height == 1);
  CHECK(binary.probe().channels == 3);
  CHECK(binary.decode().at<cv::Vec3b>(0, 1) == cv::Vec3b('d', 'e', 'f'));
  const EncodedFile text("P2\n2 1\n255\n7 250\n");
  CHECK(text.probe().channels == 1);
  CHECK(text.decode().at<cv::Vec3b>(0, 1) == cv::Vec3b(250, 250, 250));
  const EncodedFile deep(std::string("P5\n1 1\n65535\n\x12\x34"));
  CHECK(deep.probe().bits == 16);
  CHECK(deep.decode().at<cv::Vec3w>(0, 0)[2] == 0x1234);
  CHECK(EncodedFile("P4\n9 1\n\xaa\x80").probe().bits == 1);
}

TEST_CASE("every kind of PNM is decoded to its samples", "[image]") {
  const cv::Vec3b black(0, 0, 0), white(255, 255, 255);
  const auto pixel = [](const std::string& bytes, int x) {
    return EncodedFile(bytes).decode().at<cv::Vec3b>(0, x);
  };
  CHECK(pixel("P1\n3 1\n0 1\n#c\n1", 0) == white);
  CHECK(pixel("P1\n3 1\n011", 2) == black);  // without space, and nothing behind
  CHECK(pixel("P2 2 1 255 7 250", 1) == cv::Vec3b(250, 250, 250));
  CHECK(pixel("P3\n1 1\n255\n1 2\n3", 0) == cv::Vec3b(1, 2, 3));
  CHECK(pixel("P4\n9 2\n\xaa\x80\1\1", 0) == black);
  CHECK(pixel("P4\n9 2\n\xaa\x80\1\1", 1) == white);
  CHECK(pixel("P6\n1 1\n255\n#\n ", 0) == cv::Vec3b('#', '\n', ' '));
  CHECK(EncodedFile("P3\n1 1\n65535\n1 258 65535").decode().at<cv::Vec3w>(0, 0) ==
        cv::Vec3w(1, 258, 65535));
}

TEST_CASE("samples of a PNM that are no numbers, too large or too few are damage", "[image]") {
  CHECK(EncodedFile("P2\n2 1\n255\n7 256\n").decode_refusal() ==
        "damaged: no number from 0 to 255 for its pixel x=1 y=0");
  CHECK(EncodedFile("P2\n2 1\n255\n-7 25\n").decode_refusal().starts_with("damaged"));
  CHECK(EncodedFile("P1\n2 1\n0 2\n").decode_refusal().starts_with("damaged"));
  CHECK(EncodedFile("P2\n2 1\n255\n7\n").decode_refusal().starts_with("truncated"));
  CHECK(EncodedFile("P5\n2 1\n255#c\nab").probe_refusal() ==
        "damaged PNM header: no white space in front of the pixels");
}

TEST_CASE("PNM that is cut off or has an odd maximum is refused", "[image]") {
  CHECK(EncodedFile("P6\n2 1\n255\nabcde").probe_refusal() ==
        "truncated: it ends after 16 of 17 bytes");
  CHECK(EncodedFile("P6\n2 1\n100\nabcdef").probe_refusal() ==
        "PNM with the maximum 100 is not supported (255 and 65535 are)");
  CHECK(EncodedFile("P6\n2 x\n").probe_refusal() == "damaged PNM header: a number is missing");
  CHECK(EncodedFile("P6\n2 ").probe_refusal().starts_with("truncated"));
  CHECK(EncodedFile("P6\n99999999999999999999 1\n255\n").probe_refusal().find("limit") !=
        std::string::npos);
}
