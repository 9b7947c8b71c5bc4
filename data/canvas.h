#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include <opencv2/core/mat.hpp>

// A small antialiasing painter for the tiny data set. Only additions, multiplications, divisions,
// sqrt and floor are used, which IEEE 754 rounds the same way everywhere, so the pixels do not
// depend on the machine.

namespace sr::tiny {

struct Point {
  double x = 0.0;
  double y = 0.0;
};
inline Point operator+(Point a, Point b) {
  return {a.x + b.x, a.y + b.y};
}
inline Point operator-(Point a, Point b) {
  return {a.x - b.x, a.y - b.y};
}
inline Point operator*(double s, Point p) {
  return {s * p.x, s * p.y};
}
inline double dot(Point a, Point b) {
  return a.x * b.x + a.y * b.y;
}
double length(Point p);

/// In levels, 0..255.
struct Color {
  double r = 0.0;
  double g = 0.0;
  double b = 0.0;
};
Color mix(Color a, Color b, double share_of_b);

/// Random draws; the engine's sequence is fixed by the C++ standard.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  double between(double low, double high);
  int integer(int low, int high);  // both included
  bool chance(double probability) { return between(0.0, 1.0) < probability; }
  /// A unit vector, all directions.
  Point direction();
  /// Mostly muted, as in photographs.
  Color color();

 private:
  std::mt19937_64 engine_;
};

/// Signed distance to a shape's edge in pixels, negative inside.
using Shape = std::function<double(Point)>;
/// The colour of a shape at a place.
using Fill = std::function<Color(Point)>;

Shape everything();
Shape rectangle(Point center, Point direction, double half_length, double half_width);
Shape ellipse(Point center, Point direction, double half_length, double half_width);
Shape stroke(Point from, Point to, double half_width);
Shape ring(Point center, double radius, double half_width);

/// The share of a pixel that lies inside an edge at this signed distance from its centre.
double coverage(double distance);

class Canvas {
 public:
  Canvas(int width, int height)
      : width_(width),
        height_(height),
        pixels_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {}

  int width() const { return width_; }
  int height() const { return height_; }
  Point center() const { return {width_ / 2.0, height_ / 2.0}; }

  /// Paints within a square around a point (for speed: nothing of the shape may lie outside).
  void paint(const Shape& shape, const Fill& fill, Point around, double reach);
  /// Paints wherever the shape is.
  void paint(const Shape& shape, const Fill& fill);
  /// Adds sensor-like noise of this many levels at most.
  void add_noise(Dice& dice, double levels);

  /// Rounded to 8-bit RGB.
  cv::Mat image() const;

 private:
  Color& at(int x, int y) {
    return pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                   static_cast<std::size_t>(x)];
  }

  int width_;
  int height_;
  std::vector<Color> pixels_;
};

}  // namespace sr::tiny
