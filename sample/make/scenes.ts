import { box, colour, disc, hills, polygon, ring, stroke, within, without } from './drawing.ts';
import type { Layer, Scene, Shape } from './drawing.ts';

/** The illustrations of the sample site by file name; each is drawn on 1200 × 630 pixels. */
export const scenes: Readonly<Record<string, Scene>> = {
  'early-light': earlyLight(),
  'two-chairs': twoChairs(),
  'reading-shelf': readingShelf(),
  'round-table': roundTable(),
  'mentor-map': mentorMap(),
  'small-school': smallSchool(),
  'lecture-night': lectureNight(),
};

function layer(shape: Shape, hex: string, opacity = 1): Layer {
  return { shape, colour: colour(hex), opacity };
}

/** Sunrise over hills, with a school on one of them. */
function earlyLight(): Scene {
  const birds = [
    [300, 150],
    [352, 128],
    [398, 160],
  ].flatMap(([x = 0, y = 0]) => [layer(stroke(x - 16, y - 8, x, y, 4), '#7a4b57'), layer(stroke(x, y, x + 16, y - 8, 4), '#7a4b57')]);
  return {
    sky: ['#f6c9a0', '#f9dfb8', '#fdf1d8'].map(colour),
    layers: [
      layer(disc(820, 330, 190), '#fbe7b4', 0.6),
      layer(disc(820, 330, 120), '#f5a65b'),
      ...birds,
      layer(hills(400, [46, 900, 80], [14, 330, 0]), '#d99a86'),
      layer(hills(455, [38, 700, 420], [12, 260, 90]), '#a9687a'),
      ...house(330, 372, '#4d2f4f', '#ffd98a'),
      layer(hills(505, [32, 820, 120], [10, 300, 40]), '#6d4468'),
      layer(hills(570, [24, 640, 500]), '#43304f'),
    ],
  };
}

function house(x: number, y: number, wall: string, light: string): Layer[] {
  return [
    layer(box(x, y, 190, 110), wall),
    layer(polygon([x - 14, y], [x + 95, y - 52], [x + 204, y]), wall),
    layer(box(x + 86, y - 96, 18, 60), wall),
    layer(stroke(x + 95, y - 96, x + 95, y - 126, 4), wall),
    ...[16, 62, 108, 154].map((dx) => layer(box(x + dx, y + 22, 22, 30, 3), light)),
  ];
}

/** Two chairs before a window: a handover. */
function twoChairs(): Scene {
  const panes = [0, 1, 2].flatMap((i) =>
    [0, 1].map((j) => layer(box(386 + i * 146, 74 + j * 146, 136, 136, 2), j === 0 ? '#bfe0e6' : '#d8ecec')),
  );
  return {
    sky: ['#e9e2d4', '#efe9dd'].map(colour),
    layers: [
      layer(box(366, 54, 468, 312, 6), '#8d6e57'),
      ...panes,
      layer(within(hills(330, [16, 420, 60]), box(386, 220, 428, 136)), '#8fb89a'),
      layer(within(disc(716, 132, 34), box(386, 74, 428, 282)), '#f7d774'),
      layer(box(0, 500, 1200, 130), '#b78f6c'),
      layer(box(0, 500, 1200, 6), '#9c7656'),
      ...chair(230, '#1f5f6b', 1),
      ...chair(970, '#c2553f', -1),
      layer(box(510, 436, 180, 14, 7), '#5c4436'),
      layer(stroke(600, 448, 600, 560, 12), '#5c4436'),
      layer(box(540, 552, 120, 10, 5), '#5c4436'),
      layer(box(536, 408, 30, 28, 5), '#f4efe6'),
      layer(ring(570, 422, 9, 5), '#f4efe6'),
      layer(box(618, 424, 56, 6), '#e2b94d'),
      layer(box(622, 416, 50, 8), '#3f7d58'),
    ],
  };
}

function chair(x: number, hex: string, facing: 1 | -1): Layer[] {
  const at = (dx: number): number => x + dx * facing;
  return [
    layer(stroke(at(-60), 470, at(-70), 572, 12), '#4a382d'),
    layer(stroke(at(64), 470, at(72), 572, 12), '#4a382d'),
    layer(box(Math.min(at(-86), at(-52)), 276, 34, 200, 17), hex),
    layer(box(Math.min(at(-86), at(86)), 440, 172, 46, 20), hex),
    layer(box(Math.min(at(-40), at(80)), 396, 120, 16, 8), '#4a382d'),
    layer(stroke(at(72), 404, at(72), 444, 10), '#4a382d'),
  ];
}

/** A shelf of books and a lamp. */
function readingShelf(): Scene {
  const inks = ['#b5483a', '#e0a63a', '#2f6f73', '#3d4e7a', '#7b5a8c', '#d8c7a3', '#55793f'];
  let x = 150;
  const books = Array.from({ length: 17 }, (_, i) => {
    const width = 30 + ((i * 17) % 26);
    const height = 190 + ((i * 47) % 90);
    const left = x;
    x += width + 5;
    const ink = inks[(i * 3) % inks.length] ?? '#000000';
    return [
      layer(box(left, 470 - height, width, height, 3), ink),
      layer(box(left + 5, 492 - height, width - 10, 8), '#f6ecd6', 0.8),
      layer(box(left + 5, 440, width - 10, 4), '#f6ecd6', 0.6),
    ];
  });
  return {
    sky: ['#23414a', '#2f555c'].map(colour),
    layers: [
      layer(disc(1010, 250, 300), '#f3cf7a', 0.12),
      layer(disc(1010, 250, 190), '#f3cf7a', 0.16),
      ...books.flat(),
      layer(polygon([930, 270], [1090, 270], [1050, 160], [970, 160]), '#f3cf7a'),
      layer(stroke(1010, 270, 1010, 460, 10), '#d8c7a3'),
      layer(box(950, 456, 120, 16, 8), '#d8c7a3'),
      layer(box(90, 470, 1020, 22, 4), '#8a5a3b'),
      layer(box(90, 492, 1020, 8), '#5f3c27'),
      layer(polygon([180, 500], [220, 500], [220, 580]), '#5f3c27'),
      layer(polygon([980, 500], [1020, 500], [980, 580]), '#5f3c27'),
    ],
  };
}

/** A meeting seen from above. */
function roundTable(): Scene {
  const inks = ['#d9694f', '#e9b44c', '#3f7d8c', '#6b8f5e', '#8a5f8f', '#c98a5a', '#4a5f9a', '#b8524f'];
  const place = (i: number, radius: number): [number, number] => {
    const angle = (i / inks.length) * 2 * Math.PI + 0.2;
    return [600 + radius * 1.45 * Math.cos(angle), 315 + radius * Math.sin(angle)];
  };
  const people = inks.flatMap((ink, i) => {
    const [x, y] = place(i, 246);
    return [layer(disc(x + 5, y + 7, 40), '#2a2a35', 0.18), layer(disc(x, y, 40), ink), layer(disc(x, y, 18), '#3c2f2f')];
  });
  const papers = inks.flatMap((_ink, i) => {
    const [x, y] = place(i, 140);
    return [
      ...(i === 5 ? [] : [layer(box(x - 24, y - 16, 48, 32, 3), '#fbf7ee')]),
      ...(i % 3 === 1 ? [layer(disc(x + 42, y - 6, 11), '#ffffff'), layer(disc(x + 42, y - 6, 8), '#7a4a2d')] : []),
    ];
  });
  return {
    sky: ['#dfe6df', '#cfdad6'].map(colour),
    layers: [
      ...people,
      layer(oval(208, 8, 12), '#2a2a35', 0.16),
      layer(oval(208), '#a8744a'),
      layer(oval(196), '#c48f5f'),
      ...papers,
      layer(disc(600, 315, 34), '#5b8f6b'),
      layer(disc(588, 306, 14), '#8fbf8f'),
      layer(disc(616, 324, 12), '#79ad7d'),
    ],
  };
}

function oval(radius: number, dx = 0, dy = 0): Shape {
  return (x, y) => Math.hypot((x - dx - 600) / 1.45, y - dy - 315) - radius;
}

/** Schools and mentors as dots on a map. */
function mentorMap(): Scene {
  const towns = [
    [190, 420],
    [330, 210],
    [420, 470],
    [560, 300],
    [690, 150],
    [740, 430],
    [880, 270],
    [1010, 460],
    [1040, 160],
  ] as const;
  const ties = [
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 3],
    [3, 4],
    [3, 5],
    [4, 6],
    [5, 6],
    [5, 7],
    [6, 8],
    [6, 7],
  ] as const;
  return {
    sky: ['#f2ead9', '#efe4cd'].map(colour),
    layers: [
      layer(hills(210, [60, 1100, 300], [22, 420, 0]), '#e3dab8'),
      layer(hills(370, [50, 900, 700], [20, 360, 60]), '#d3d2a4'),
      layer(hills(520, [36, 1000, 100], [16, 400, 0]), '#bcc694'),
      layer((x, y) => Math.abs(y - 60 - x * 0.42 - 40 * Math.sin(x / 130)) * 0.85 - 13, '#9cc4cf'),
      ...ties.map(([a, b]) => layer(stroke(towns[a][0], towns[a][1], towns[b][0], towns[b][1], 5), '#6b4d57', 0.75)),
      ...towns.flatMap(([x, y], i) => [
        layer(disc(x + 3, y + 5, i % 3 === 0 ? 28 : 20), '#40303a', 0.2),
        layer(disc(x, y, i % 3 === 0 ? 28 : 20), i % 3 === 0 ? '#c2553f' : '#2f6f73'),
        layer(disc(x, y, i % 3 === 0 ? 12 : 8), '#fbf3e1'),
      ]),
    ],
  };
}

/** A small school in the snow. */
function smallSchool(): Scene {
  const flakes = Array.from({ length: 60 }, (_, i) => layer(disc((i * 197) % 1200, (i * 131) % 560, 3 + (i % 3)), '#ffffff', 0.85));
  const trees = [
    [170, 420, 1],
    [250, 440, 0.7],
    [960, 430, 1.1],
    [1060, 450, 0.8],
  ].flatMap(([x = 0, y = 0, s = 1]) => [
    layer(box(x - 8 * s, y, 16 * s, 60 * s), '#4a3a35'),
    layer(polygon([x - 62 * s, y + 10], [x, y - 120 * s], [x + 62 * s, y + 10]), '#2f5d55'),
    layer(polygon([x - 46 * s, y - 60 * s], [x, y - 160 * s], [x + 46 * s, y - 60 * s]), '#3d7266'),
  ]);
  return {
    sky: ['#5f7f9c', '#8ea9bd', '#c7d4dc'].map(colour),
    layers: [
      layer(hills(410, [40, 900, 200], [14, 300, 0]), '#dfe8ee'),
      ...trees,
      layer(box(430, 300, 340, 200), '#b4533f'),
      layer(polygon([400, 306], [600, 196], [800, 306]), '#f4f8fa'),
      layer(polygon([430, 306], [600, 214], [770, 306]), '#8c3d31'),
      layer(disc(600, 268, 24), '#f4f0e4'),
      layer(stroke(600, 268, 600, 254, 4), '#43303a'),
      layer(stroke(600, 268, 610, 272, 4), '#43303a'),
      layer(box(570, 400, 60, 100, 6), '#5a3a34'),
      layer(disc(618, 452, 4), '#e9c46a'),
      ...[460, 515, 650, 705].map((x) => layer(box(x, 350, 36, 56, 4), '#ffe0a1')),
      layer(hills(510, [22, 800, 0], [10, 260, 70]), '#f3f7fa'),
      layer(hills(580, [16, 620, 200]), '#ffffff'),
      ...flakes,
    ],
  };
}

/** A lit lecture hall and its audience at night. */
function lectureNight(): Scene {
  const heads = [0, 1, 2].flatMap((row) =>
    Array.from({ length: 11 }, (_, i) => {
      const x = 40 + i * 116 + (row % 2) * 58;
      const y = 440 + row * 76;
      const ink = ['#2c3354', '#232945', '#191d35'][row] ?? '#191d35';
      return [layer(disc(x, y, 30), ink), layer(box(x - 46, y + 26, 92, 90, 34), ink)];
    }).flat(),
  );
  return {
    sky: ['#1d2340', '#2a3157', '#39406c'].map(colour),
    layers: [
      layer(polygon([600, -40], [250, 420], [950, 420]), '#f3cf7a', 0.12),
      layer(polygon([600, -40], [380, 420], [820, 420]), '#f3cf7a', 0.14),
      layer(without(box(330, 70, 540, 250, 8), box(342, 82, 516, 226, 4)), '#8f7f6a'),
      layer(box(342, 82, 516, 226, 4), '#f4ecd8'),
      layer(stroke(400, 260, 480, 220, 6), '#c2553f'),
      layer(stroke(480, 220, 560, 236, 6), '#c2553f'),
      layer(stroke(560, 236, 640, 170, 6), '#c2553f'),
      layer(stroke(640, 170, 800, 130, 6), '#c2553f'),
      ...[
        [400, 260],
        [480, 220],
        [560, 236],
        [640, 170],
        [800, 130],
      ].map(([x = 0, y = 0]) => layer(disc(x, y, 10), '#2f6f73')),
      layer(box(0, 390, 1200, 40), '#4a3346'),
      layer(box(930, 316, 90, 90, 6), '#6e4a3f'),
      layer(disc(975, 250, 24), '#d9a07c'),
      layer(box(944, 276, 62, 60, 26), '#c2553f'),
      ...heads,
    ],
  };
}
