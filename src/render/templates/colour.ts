/*
 * The newsletter's accent colour, made readable. Staff choose one colour; a digest needs it as text on white and on a dark ground.
 * Contrast is WCAG 2's: 4.5 to 1 at least for text.
 */

type Rgb = readonly [red: number, green: number, blue: number];

/** What a template gets to paint with. */
export interface Accent {
  /** For text and rules on a light ground. */
  readonly light: string;
  /** For text and rules on a dark ground. */
  readonly dark: string;
  /** For text on a surface of `light`. */
  readonly onLight: string;
  /** For text on a surface of `dark`. */
  readonly onDark: string;
}

/** What is painted with where nobody chose: the accent of a new newsletter, and of what comes from none. */
export const defaultColour = '#1f5f8b';

const textContrast = 4.5;

/** The accent for both grounds, as near to the chosen colour as contrast allows. */
export function accentFrom(colour: string, lightGround: string, darkGround: string): Accent {
  const light = readableOn(colour, lightGround);
  const dark = readableOn(colour, darkGround);
  return { light, dark, onLight: inkOn(light), onDark: inkOn(dark) };
}

/** The nearest mix with black or white, in steps of 4 %, that reads on a ground. */
function readableOn(colour: string, ground: string): string {
  const towards: Rgb = luminance(parse(ground)) > 0.4 ? [0, 0, 0] : [255, 255, 255];
  for (let share = 0; share <= 1; share += 0.04) {
    const mixed = write(mix(parse(colour), towards, share));
    if (contrast(mixed, ground) >= textContrast) return mixed;
  }
  return write(towards);
}

/** WCAG contrast of two colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [brighter, darker] = [luminance(parse(one)), luminance(parse(other))].sort((a, b) => b - a) as [number, number];
  return (brighter + 0.05) / (darker + 0.05);
}

function inkOn(surface: string): string {
  return contrast('#ffffff', surface) >= contrast('#16171a', surface) ? '#ffffff' : '#16171a';
}

function parse(colour: string): Rgb {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour)?.[1] ?? defaultColour.slice(1);
  return [0, 2, 4].map((start) => Number.parseInt(hex.slice(start, start + 2), 16)) as unknown as Rgb;
}

function write(colour: Rgb): string {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

function mix(colour: Rgb, towards: Rgb, share: number): Rgb {
  return colour.map((part, index) => part + ((towards[index] ?? part) - part) * share) as unknown as Rgb;
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
