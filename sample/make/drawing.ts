import type { Raster } from './png.ts';

/** Red, green, blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** Signed distance in pixels from a point to the edge of a shape, negative inside. */
export type Shape = (x: number, y: number) => number;

/** A shape and its colour, painted over what came before; `opacity` 0 to 1, default 1. */
export interface Layer {
  readonly shape: Shape;
  readonly colour: Colour;
  readonly opacity?: number;
}

/** A picture: a sky that runs from top to bottom through its colours, and layers over it. */
export interface Scene {
  readonly sky: readonly Colour[];
  readonly layers: readonly Layer[];
}

/** A colour from #rrggbb. */
export function colour(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** A disc. */
export function disc(cx: number, cy: number, radius: number): Shape {
  return (x, y) => Math.hypot(x - cx, y - cy) - radius;
}

/** A ring of the given width around a circle. */
export function ring(cx: number, cy: number, radius: number, width: number): Shape {
  return (x, y) => Math.abs(Math.hypot(x - cx, y - cy) - radius) - width / 2;
}

/** A rectangle with rounded corners. */
export function box(left: number, top: number, width: number, height: number, radius = 0): Shape {
  const cx = left + width / 2;
  const cy = top + height / 2;
  return (x, y) => {
    const dx = Math.abs(x - cx) - width / 2 + radius;
    const dy = Math.abs(y - cy) - height / 2 + radius;
    return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius;
  };
}

/** A straight stroke with round ends. */
export function stroke(x1: number, y1: number, x2: number, y2: number, width: number): Shape {
  const dx = x2 - x1;
  const dy = y2 - y1;
  const squared = dx * dx + dy * dy || 1;
  return (x, y) => {
    const t = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / squared));
    return Math.hypot(x - x1 - t * dx, y - y1 - t * dy) - width / 2;
  };
}

/** A polygon of any form, corners in order. */
export function polygon(...points: readonly (readonly [number, number])[]): Shape {
  return (x, y) => {
    let nearest = Infinity;
    let inside = false;
    points.forEach(([ax, ay], i) => {
      const [bx, by] = points[(i + 1) % points.length] ?? [ax, ay];
      nearest = Math.min(nearest, stroke(ax, ay, bx, by, 0)(x, y));
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    });
    return inside ? -nearest : nearest;
  };
}

/** Everything below a line of hills: `level` is its mean height, waves are (amplitude, length, shift) in pixels. */
export function hills(level: number, ...waves: readonly (readonly [number, number, number])[]): Shape {
  return (x, y) => {
    const height = waves.reduce(
      (sum, [amplitude, length, shift]) => sum + amplitude * Math.sin(((x + shift) * 2 * Math.PI) / length),
      level,
    );
    const slope = waves.reduce(
      (sum, [amplitude, length, shift]) => sum + ((amplitude * 2 * Math.PI) / length) * Math.cos(((x + shift) * 2 * Math.PI) / length),
      0,
    );
    return (height - y) / Math.hypot(1, slope);
  };
}

/** The part of a shape that lies in another. */
export function within(shape: Shape, mask: Shape): Shape {
  return (x, y) => Math.max(shape(x, y), mask(x, y));
}

/** A shape without another. */
export function without(shape: Shape, hole: Shape): Shape {
  return (x, y) => Math.max(shape(x, y), -hole(x, y));
}

/** Paints a scene with edges softened over one pixel. */
export function paint(scene: Scene, width: number, height: number): Raster {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    const sky = skyAt(scene.sky, y / (height - 1));
    for (let x = 0; x < width; x += 1) {
      let [red, green, blue] = sky;
      for (const layer of scene.layers) {
        const cover = Math.min(1, Math.max(0, 0.5 - layer.shape(x + 0.5, y + 0.5))) * (layer.opacity ?? 1);
        if (cover === 0) continue;
        red += (layer.colour[0] - red) * cover;
        green += (layer.colour[1] - green) * cover;
        blue += (layer.colour[2] - blue) * cover;
      }
      pixels.set([Math.round(red), Math.round(green), Math.round(blue)], (y * width + x) * 3);
    }
  }
  return { width, height, pixels };
}

function skyAt(colours: readonly Colour[], t: number): Colour {
  const scaled = t * (colours.length - 1);
  const i = Math.min(colours.length - 2, Math.floor(scaled));
  const from = colours[i] ?? [0, 0, 0];
  const to = colours[i + 1] ?? from;
  const mix = (channel: 0 | 1 | 2): number => Math.round(from[channel] + (to[channel] - from[channel]) * (scaled - i));
  return [mix(0), mix(1), mix(2)];
}
