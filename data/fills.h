#pragma once

#include <cstdint>

#include "canvas.h"

// What the surfaces of the scenes look like. Lengths in pixels.

namespace sr::tiny {

Fill solid(Color color);
/// From one colour to another along a direction, over a length around a point.
Fill gradient(Color from, Color to, Point around, Point direction, double over);
/// Stripes with sharp edges: `share` of each period has the second colour.
Fill stripes(Fill ground, Color color, Point direction, double period, double share);
/// Rows of bricks of sides length x height with joints.
Fill bricks(Fill ground, Color joint, Point direction, double height, double joint_width);
/// Round dots on a square grid.
Fill dots(Fill ground, Color color, Point direction, double period, double radius);
/// Fractal value noise: `octaves` halvings of the period and of the strength (levels).
Fill rough(Fill ground, std::uint64_t seed, double period, int octaves, double strength);

/// One of all these with random parameters.
Fill any_fill(Dice& dice, Point around);

}  // namespace sr::tiny
