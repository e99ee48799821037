/** TeX as a line: without what only delimits it or says how large it is drawn. */
export function plainTex(tex: string): string {
  let line = tex
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .replace(/^LaTeX: /, '');
  for (let round = 0; round < 3; round++) {
    const inner = /^(?:\$\$?(.*?)\$\$?|\\\((.*)\\\)|\\\[(.*)\\\]|\{\\(?:display|text)style (.*)\}|\\(?:display|text)style\b(.*))$/su.exec(
      line,
    );
    if (!inner) return line;
    line =
      inner
        .slice(1)
        .find((group) => group !== undefined)
        ?.trim() ?? '';
  }
  return line;
}
