import { describe, expect, test } from '@jest/globals';
import { sourceOfForm } from '../../src/subscribers/joining/sign-up.ts';

describe('the label of a form in the log of consent', () => {
  test.each([
    ['open day', 'form: open day'],
    ['  fair\n2026 ', 'form: fair 2026'],
    ['at the fair', 'form: at the fair'],
    ['our-site.example_1', 'form: our-site.example_1'],
    [undefined, 'form'],
    ['', 'form'],
    ['<b>', 'form'],
  ])('%j is written as %j', (label, source) => {
    expect(sourceOfForm(label)).toBe(source);
  });

  test.each([
    'ann@b.co',
    'fair of ann@b.co',
    '@ann',
    'ann%40b.co',
    'ann＠b.co',
    'ann (at) b.co',
    'ann at b.co',
    'ann-at-b.co',
    'ann=40b.co',
  ])('is left out where it holds an address: %j', (label) => {
    expect(sourceOfForm(label)).toBe('form');
  });
});
