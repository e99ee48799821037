/*
 * The text that stands for a picture: whether it tells a reader anything where the picture itself cannot be shown.
 */

// What editors and programs write where they had nothing to say.
const emptyWords = new Set(
  (
    'image images img picture pic photo photos photograph foto fotografía fotografia imagen imágenes imagem immagine bild bilder grafik abbildung afbeelding ' +
    'photographie صورة figure fig graphic icon icons icono icône ícone icona symbol logo spacer space blank empty separator divider rule line bullet dot ' +
    'arrow placeholder loading loader spinner preloader lazy wait please untitled unnamed default thumbnail thumb avatar button banner header footer ' +
    'background decoration decorative ornament pixel tracking tracker counter beacon stats null undefined none alt text title description caption ' +
    'featured hero cover of the a an file attachment svg png gif jpg jpeg webp width height screenshot'
  ).split(' '),
);
const counterWords = /pixel|track|count|beacon|stat(?:s|istic)|analytic|z[äa]hl|vg.?wort|facebook|ivw/i;
const socialNames = new Set(
  'facebook twitter x instagram linkedin youtube pinterest whatsapp telegram mastodon bluesky threads tiktok reddit flickr email e-mail mail print rss share tweet'.split(
    ' ',
  ),
);

/** Whether a picture's text tells something: no word such as "image", no name of a file. */
export function isTelling(alt: string): boolean {
  // A tick or a cross in a table, a formula.
  if (/^\p{So}{1,4}$/u.test(alt)) return true;
  if (!/[\p{L}\p{N}]/u.test(alt) || isFileLike(alt)) return false;
  if (/[=^×÷≤≥√∑∫]/.test(alt)) return true;
  return alt
    .toLowerCase()
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .some((word) => word !== '' && !/^\d+$/.test(word) && !emptyWords.has(word));
}

function isFileLike(alt: string): boolean {
  if (/\.(?:jpe?g|png|gif|svgz?|webp|avif|bmp|tiff?|heic|pdf|mp4)$/i.test(alt)) return true;
  if (/\s/.test(alt)) return false;
  return (
    /^(?:img|dsc[nf]?|pict?|image|photo|foto|mvi|screenshot|wp|pxl)[-_]?\d+/i.test(alt) ||
    (alt.match(/[-_]/g)?.length ?? 0) >= 2 ||
    alt.includes('_')
  );
}

/** Whether the text of a picture that nobody could see is meant for a reader all the same: some words, and none of a counter. */
export function isTellingUnseen(alt: string): boolean {
  return isTelling(alt) && (/\S\s+\S/.test(alt) || alt.length >= 12) && !counterWords.test(alt);
}

/** Whether a picture in a link is the sign of a service to share with or to follow on. */
export function isSocialSign(alt: string): boolean {
  return socialNames.has(
    alt
      .toLowerCase()
      .replace(/^(?:share|follow us|find us|follow|post) (?:on|via|by|to) /, '')
      .replace(/ (?:icon|logo)$/, ''),
  );
}
