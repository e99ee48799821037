import { crc32, deflateSync } from 'node:zlib';

/** Pixels of a picture, three bytes each (red, green, blue), row by row. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Encodes a raster as PNG: 8-bit truecolour, each row with the filter (none, sub, up) that leaves the smallest sum of differences. */
export function encodePng(raster: Raster): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(raster.width, 0);
  header.writeUInt32BE(raster.height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const data = deflateSync(filterRows(raster), { level: 9, memLevel: 9 });
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

/** Halves a raster in both directions by averaging four pixels. */
export function halve(raster: Raster): Raster {
  const width = Math.floor(raster.width / 2);
  const height = Math.floor(raster.height / 2);
  const pixels = new Uint8Array(width * height * 3);
  const stride = raster.width * 3;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width * 3; x += 1) {
      const from = y * 2 * stride + Math.floor(x / 3) * 6 + (x % 3);
      const at = (offset: number): number => raster.pixels[from + offset] ?? 0;
      pixels[y * width * 3 + x] = Math.round((at(0) + at(3) + at(stride) + at(stride + 3)) / 4);
    }
  }
  return { width, height, pixels };
}

function filterRows({ width, height, pixels }: Raster): Buffer {
  const stride = width * 3;
  const out = Buffer.alloc((stride + 1) * height);
  for (let y = 0; y < height; y += 1) {
    const row = pixels.subarray(y * stride, (y + 1) * stride);
    const above = y === 0 ? new Uint8Array(stride) : pixels.subarray((y - 1) * stride, y * stride);
    const candidates = [
      row,
      row.map((value, i) => value - (i < 3 ? 0 : (row[i - 3] ?? 0))),
      row.map((value, i) => value - (above[i] ?? 0)),
    ];
    const costs = candidates.map((candidate) => candidate.reduce((sum, value) => sum + (value < 128 ? value : 256 - value), 0));
    const filter = costs.indexOf(Math.min(...costs));
    out[y * (stride + 1)] = filter;
    out.set(candidates[filter] ?? row, y * (stride + 1) + 1);
  }
  return out;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
