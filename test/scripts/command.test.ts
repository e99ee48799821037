import { describe, expect, test } from '@jest/globals';
import { columns } from '../../scripts/command.ts';
import { columnsOf } from '../../src/content/text/wrap-text.ts';
import { createInstallation, runMain } from './run-main.ts';

describe('columns on a terminal', () => {
  test('stand under each other, whatever the width of their letters', () => {
    const lines = columns([
      ['ID', 'NAME', 'STATE'],
      ['1', '日本語', 'active'],
      ['2', 'Zoe\u0308', 'left'],
    ]);
    expect(lines).toEqual(['ID  NAME    STATE', '1   日本語  active', '2   Zoe\u0308     left']);
  });

  test('a long cell is cut with an ellipsis, in the last column later', () => {
    const [line] = columns([['x'.repeat(500), '日'.repeat(500)]]);
    expect(line).toBe(`${'x'.repeat(79)}…  ${'日'.repeat(79)}…`);
  });

  test('a cell of nothing but marks is cut as well', () => {
    const [line] = columns([['1', `a${'\u0301'.repeat(100_000)}`]]);
    expect(line!.length).toBeLessThan(2_000);
  });

  test('an address stays whole, to be copied', () => {
    const url = `https://example.org/${'a'.repeat(300)}`;
    expect(columns([['1', url]])).toEqual([`1  ${url}`]);
  });

  test('a cell is one line without orders to the terminal', () => {
    expect(columns([['1', '[a]\nb\u001B[31m\u202Ec\u2067', 'z']])).toEqual(['1  [a] b c  z']);
  });

  test('100,000 rows are no more arguments than a function takes', () => {
    expect(columns(Array.from({ length: 200_000 }, (_, index) => [String(index), 'x']))).toHaveLength(200_000);
  });

  test('what is cut has the width that it may have', () => {
    const [line] = columns([['👨‍👩‍👧'.repeat(300)]]);
    expect(columnsOf(line!)).toBeLessThanOrEqual(160);
    expect(line).toMatch(/👨‍👩‍👧…$/u);
  });
});

describe('what a command prints', () => {
  test('has no orders to the terminal in it, whatever it quotes', async () => {
    const { stderr } = await runMain(['posts', 'list\u001B]0;owned\u0007', '--source=\u202Ex\u009B31m'], {});
    expect(stderr).not.toMatch(/[^\n\P{Cc}]|[\u202A-\u202E\u2066-\u2069]/u);
    const unknown = await runMain(['\u001B[31mred\u202E'], {});
    expect(unknown).toMatchObject({ exitCode: 2, stderr: 'gazette: expected a command, got "red ". "gazette --help" lists them.\n' });
  });

  test('as JSON says the same and has none either', async () => {
    const gazette = await createInstallation();
    try {
      await gazette.done('newsletters add nl --name Name --sender news@example.org --postal-address "Street 1"');
      await gazette.stored.database.query(String.raw`update newsletter set name = E'a\u001B[31m\u009Bb\u202E\u2067c'`);
      const list = await gazette.done('newsletters list');
      expect(list).not.toMatch(/[^\n\P{Cc}]|[\u202A-\u202E\u2066-\u2069]/u);
      const json = await gazette.done('newsletters list --json');
      expect(json).not.toMatch(/[^\n\P{Cc}]|[\u202A-\u202E\u2066-\u2069]/u);
      expect((JSON.parse(json) as { name: string }[])[0]!.name).toBe('a\u001B[31m\u009Bb\u202E\u2067c');
    } finally {
      await gazette.remove();
    }
  });
});
